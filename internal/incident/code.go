package incident

import (
	"fmt"
	"time"
)

// DistrictTime is the district's clock: China has one zone and no daylight saving.
var DistrictTime = time.FixedZone("Asia/Shanghai", 8*60*60)

// Day is the district day of an instant, as midnight UTC of that date.
func Day(t time.Time) time.Time {
	y, m, d := t.In(DistrictTime).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Code names the serial-th incident of a district day: "20261123-0001". From the ten-thousandth on it has five digits.
func Code(day time.Time, serial int) string {
	return fmt.Sprintf("%s-%04d", day.Format("20060102"), serial)
}

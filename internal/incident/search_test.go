package incident

import (
	"testing"
	"time"
)

func TestTheDistrictDayBeginsAtMidnightInChina(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-23T15:59:59Z": "2026-11-22T16:00:00Z",
		"2026-11-23T16:00:00Z": "2026-11-23T16:00:00Z",
		"2026-12-31T20:00:00Z": "2026-12-31T16:00:00Z",
	} {
		instant, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := DayStart(instant).Format(time.RFC3339); got != want {
			t.Errorf("the day of %s began at %s, want %s", at, got, want)
		}
	}
}

package tracking

import (
	"math"
	"time"
)

// MaxClockAhead is how far a device's clock may be ahead before the server's time counts instead (ingest-formats.md).
const MaxClockAhead = 60 * time.Second

// Bounds of a device's time that storage and clients can still write down.
var (
	earliest = time.Unix(0, 0)
	latest   = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
)

// heartbeat tells whether the message has no position at all.
func (f *Fix) heartbeat() bool { return math.IsNaN(f.Lon) && math.IsNaN(f.Lat) }

// wrong tells which rule the fix breaks; empty when it is sane. Latitudes beyond ±90 whose longitude would do as one are taken for
// swapped, so that the person at the phone learns what to mend.
func (f *Fix) wrong() string {
	switch {
	case !f.Time.IsZero() && (f.Time.Before(earliest) || f.Time.After(latest)):
		return CodeTime
	case f.heartbeat():
		return ""
	case math.IsNaN(f.Lon) || math.IsNaN(f.Lat):
		return CodePosition
	case math.Abs(f.Lat) <= 90 && math.Abs(f.Lon) <= 180:
		return ""
	case math.Abs(f.Lat) <= 180 && math.Abs(f.Lon) <= 90:
		return CodeSwapped
	}
	return CodeRange
}

// row turns a sane fix into what is stored. order tells fixes of one request apart that came without a time.
func (f *Fix) row(d *Device, now time.Time, order int) Row {
	received := now.UnixMicro()
	r := Row{
		Device: d.ID, Worker: d.WorkerID, ReceivedAt: received,
		Lon: degrees(f.Lon), Lat: degrees(f.Lat),
		Speed: known(f.Speed, 0, math.MaxFloat32), Course: bearing(f.Course),
		Altitude: known(f.Altitude, -math.MaxFloat32, math.MaxFloat32),
		Accuracy: known(f.Accuracy, 0, math.MaxFloat32), Battery: known(f.Battery, 0, 1),
		Attrs: f.Attrs,
	}
	switch {
	case f.Time.IsZero():
		r.FixAt = received + int64(order)
		r.At = r.FixAt
	case f.Time.After(now.Add(MaxClockAhead)):
		r.FixAt, r.At = f.Time.UnixMicro(), received
		r.Flags |= FlagClockWrong
	default:
		r.FixAt = f.Time.UnixMicro()
		r.At = r.FixAt
	}
	if f.Invalid {
		r.Flags |= FlagInvalid
	}
	if f.Charging == 1 {
		r.Flags |= FlagCharging
	}
	return r
}

// degrees in 1e-7.
func degrees(v float64) int32 { return int32(math.Round(v * 1e7)) }

// known is v, or NaN when it lies outside of what it can be: devices write −1 and the like for "unknown".
func known(v, low, high float64) float32 {
	if v >= low && v <= high {
		return float32(v)
	}
	return float32(math.NaN())
}

// bearing brings 360 and more back into [0, 360); a negative course is unknown.
func bearing(v float64) float32 {
	if !(v >= 0 && v < math.MaxInt32) {
		return float32(math.NaN())
	}
	return float32(math.Mod(v, 360))
}

package bench

import (
	"math"
	"strconv"
	"sync"
	"time"
)

// device is one of the fleet: a phone whose worker walks in a circle of 13 m about the middle of the grid.
type device struct {
	uid      string
	worker   int32 // the handle in frames
	lon, lat int32 // of the middle, 1e-6 degree
	steps    int
	last     int64    // time of its last fix, ms since 1970: no two fixes have the same
	trace    *tracing // set for those whose fixes are timed on their way to a viewer
}

// circle is the way round, in 1e-6 degree: 64 places about 1.2 m apart, all different.
var circle = func() (places [64][2]int32) {
	const radius = 120 // 13 m north and south, 11 m east and west
	for i := range places {
		angle := 2 * math.Pi * float64(i) / float64(len(places))
		places[i] = [2]int32{int32(math.Round(radius * math.Cos(angle))), int32(math.Round(radius * math.Sin(angle)))}
	}
	return places
}()

// fix is what a device sends.
type fix struct {
	device   *device
	at       int64 // ms since 1970
	lon, lat int32 // 1e-6 degree
}

// step makes the device's next fix, at an instant or just behind the one before.
func (d *device) step(now time.Time) fix {
	d.last = max(now.UnixMilli(), d.last+1)
	place := circle[d.steps%len(circle)]
	d.steps++
	f := fix{d, d.last, d.lon + place[0], d.lat + place[1]}
	if d.trace != nil {
		d.trace.sent(f.lon, f.lat, now)
	}
	return f
}

// appendDegrees writes 1e-6 degree as degrees: 116.300123.
func appendDegrees(b []byte, micro int32) []byte {
	if micro < 0 {
		b, micro = append(b, '-'), -micro
	}
	b = strconv.AppendInt(b, int64(micro/1e6), 10)
	b = append(b, '.')
	fraction := micro % 1e6
	for unit := int32(1e5); unit > 0; unit /= 10 {
		b = append(b, byte('0'+fraction/unit%10))
	}
	return b
}

// appendTime writes milliseconds since 1970 as RFC 3339.
func appendTime(b []byte, ms int64) []byte {
	return time.UnixMilli(ms).UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
}

// tracing remembers when a device's last fixes were sent, by their places.
type tracing struct {
	mu   sync.Mutex
	ring [32]sentFix // fewer than there are places on the circle: a place is in it once
	next int
}

type sentFix struct {
	lon, lat int32
	at       time.Time
}

func (t *tracing) sent(lon, lat int32, at time.Time) {
	t.mu.Lock()
	t.ring[t.next%len(t.ring)] = sentFix{lon, lat, at}
	t.next++
	t.mu.Unlock()
}

// seen tells how long ago the fix with this place was sent, once.
func (t *tracing) seen(lon, lat int32, now time.Time) (age time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.ring {
		if s := &t.ring[i]; s.lon == lon && s.lat == lat && !s.at.IsZero() {
			age = now.Sub(s.at)
			s.at = time.Time{}
			return age, true
		}
	}
	return 0, false
}

package tracking

import "math"

// Sink takes the newest positions as they come in: the live brokers implement it. Publish applies the batch to this node's Table before it
// returns, and sends it on to other nodes soon. It is called for every request, from many goroutines: it never waits, and keeps nothing of
// the batch. Publishing a motion that is older than what a Table holds, or the same one again, is harmless.
type Sink interface {
	Publish(batch []Motion)
}

// Motion packs a row for the live stream.
func (r *Row) Motion() Motion {
	return Motion{
		Worker: r.Worker, Lon: r.Lon, Lat: r.Lat, Grid: r.Grid, Flags: r.Flags,
		At:       r.At / 1000,
		Seen:     r.ReceivedAt / 1000,
		Speed:    packed(r.Speed, 100),
		Course:   packed(r.Course, 100),
		Accuracy: packed(r.Accuracy, 10),
		Battery:  percent(r.Battery),
	}
}

// packed is v in units of 1/scale; 65535 for what is unknown or doesn't fit.
func packed(v float32, scale float64) uint16 {
	n := math.Round(float64(v) * scale)
	if !(n >= 0 && n < math.MaxUint16) {
		return math.MaxUint16
	}
	return uint16(n)
}

func percent(battery float32) uint8 {
	if !(battery >= 0 && battery <= 1) {
		return math.MaxUint8
	}
	return uint8(math.Round(float64(battery) * 100))
}

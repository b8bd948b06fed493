package bench

import (
	"context"
	"math"
	"net"
	"sync/atomic"
	"time"

	"wangge/internal/live"
	"wangge/internal/tracking"
)

// march is the workers' walk: each worker sends a fix per second, at a phase of its own, from a place that can be computed from the worker
// and the number of the fix alone, so that whoever decodes a position can say whether it is right and when it was sent.
type march struct {
	workers int
	start   int64          // ms since 1970 UTC; a multiple of nothing in particular, so that ticks and phases don't coincide
	sent    []atomic.Int64 // by slot since start: when the batch was handed to the socket, ns since 1970 UTC
}

// Slots of a second in which batches are sent: every 40 ms, as a node gets its positions from the others over Redis.
const (
	slotsPerSecond = 25
	slotMillis     = 1000 / slotsPerSecond
)

func newMarch(workers int, longest time.Duration) *march {
	return &march{
		workers: workers, start: time.Now().UnixMilli(),
		sent: make([]atomic.Int64, int(longest/time.Second+2)*slotsPerSecond),
	}
}

// slot is the slot of a second in which a worker's fixes are sent. Neighbouring handles are in different slots, as phones have no order.
func (m *march) slot(worker int32) int { return int(uint32(worker) * 7 % slotsPerSecond) }

// at is when a worker's fix is made, ms since 1970 UTC.
func (m *march) at(worker int32, step int) int64 {
	return m.start + int64(step)*1000 + int64(m.slot(worker))*slotMillis
}

// stepOf finds which fix was made at an instant that may be up to 100 ms late.
func (m *march) stepOf(worker int32, at int64) int {
	return int(math.Floor(float64(at-m.at(worker, 0)+500) / 1000))
}

// place is where a worker's fix is, in 1e-6 degree: walking 1.2 m a second to and fro along a direction of its own, with 3 m of noise.
func (m *march) place(worker int32, step int) (lon, lat int32) {
	h := scramble(uint64(worker))
	width, height := (districtEast-districtWest)*1e6, (districtNorth-districtSouth)*1e6
	x := districtWest*1e6 + fraction(h)*width
	y := districtSouth*1e6 + fraction(scramble(h))*height
	angle := 2 * math.Pi * fraction(scramble(h+1))
	along := float64(120 - abs(step%240-120)) // seconds from the turning point
	noise := scramble(uint64(worker)<<32 + uint64(step))
	x += along*13.5*math.Cos(angle) + (fraction(noise)-0.5)*60
	y += along*10.8*math.Sin(angle) + (fraction(scramble(noise))-0.5)*50
	return int32(x), int32(y)
}

func (m *march) motion(worker int32, step int) tracking.Motion {
	lon, lat := m.place(worker, step)
	at := m.at(worker, step)
	return tracking.Motion{
		Worker: worker, Lon: lon * 10, Lat: lat * 10, At: at, Seen: at, Speed: uint16(100 + step%50),
		Course: uint16((int(worker)*77 + step*300) % 36000), Accuracy: 50, Battery: 80,
	}
}

// feed sends every worker's fixes at their times until the context ends.
func (m *march) feed(ctx context.Context, addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	bySlot := make([][]int32, slotsPerSecond)
	for worker := int32(1); worker <= int32(m.workers); worker++ {
		bySlot[m.slot(worker)] = append(bySlot[m.slot(worker)], worker)
	}
	var batch []tracking.Motion
	var block []byte
	for slot := 0; slot < len(m.sent); slot++ {
		if !until(ctx, time.UnixMilli(m.start+int64(slot)*slotMillis)) {
			return nil
		}
		batch = batch[:0]
		for _, worker := range bySlot[slot%slotsPerSecond] {
			batch = append(batch, m.motion(worker, slot/slotsPerSecond))
		}
		m.sent[slot].Store(time.Now().UnixNano())
		block = live.AppendMotions(block[:0], batch)
		if err := writeBlock(conn, block); err != nil {
			return err
		}
	}
	return nil
}

// sentAt is when a worker's fix was handed to the socket, ns since 1970 UTC; 0 when it wasn't yet.
func (m *march) sentAt(worker int32, step int) int64 {
	slot := step*slotsPerSecond + m.slot(worker)
	if step < 0 || slot >= len(m.sent) {
		return 0
	}
	return m.sent[slot].Load()
}

// until waits for an instant; false when the context ends first.
func until(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// scramble is splitmix64: numbers that look random and can be computed again.
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// fraction maps to [0, 1).
func fraction(x uint64) float64 { return float64(x>>11) / (1 << 53) }

func abs(x int) int { return max(x, -x) }

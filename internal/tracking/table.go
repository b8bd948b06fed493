package tracking

import (
	"math/bits"
	"sync"
)

// MaxWorker bounds the handles that a Table takes, so that one broken message from another node cannot make it ask for all memory.
const MaxWorker = 1<<20 - 1

// Table holds the newest Motion of every worker on the map, in arrays indexed by the worker's handle. It is safe for any number of
// goroutines; Drain is for one consumer.
type Table struct {
	mu      sync.Mutex
	motions []Motion // by handle; Worker 0 where there is none
	changed bitmap   // moved, refreshed or removed since the last Drain
	count   int
	canary  int64 // when the newest canary since the last Drain was made; 0 for none
}

// Changes is what Drain hands over. Its memory is reused from one Drain to the next.
type Changes struct {
	Moved   []Motion // the newest of each worker, by ascending handle
	Removed []int32  // workers that are not in the table any more, ascending; one that was never drained may be among them
	Canary  int64    // when the newest canary was made, ms since 1970 UTC; 0 for none
}

// bitmap is a set of handles that yields them in ascending order without sorting.
type bitmap []uint64

func (b bitmap) set(i int32) { b[i>>6] |= 1 << (i & 63) }

// NewTable returns an empty table.
func NewTable() *Table { return &Table{} }

// Apply takes a batch of positions: of each worker the newest (by At, then by Seen) stays. One with an older At changes nothing but
// the last sign of life. Motions whose handle is not in 1 … MaxWorker are ignored. The batch is not kept.
func (t *Table) Apply(batch []Motion) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range batch {
		t.apply(&batch[i])
	}
}

func (t *Table) apply(m *Motion) {
	if m.Worker <= 0 || m.Worker > MaxWorker {
		return
	}
	t.grow(m.Worker)
	held := &t.motions[m.Worker]
	switch {
	case held.Worker == 0:
		t.count++
		*held = *m
	case m.At > held.At || m.At == held.At && m.Seen > held.Seen:
		seen := max(held.Seen, m.Seen)
		*held = *m
		held.Seen = seen
	case m.Seen > held.Seen:
		held.Seen = m.Seen
	default:
		return
	}
	t.changed.set(m.Worker)
}

// grow makes room for a handle, doubling so that growth is paid once.
func (t *Table) grow(worker int32) {
	if int(worker) < len(t.motions) {
		return
	}
	size := max(1024, 1<<bits.Len32(uint32(worker)))
	motions, changed := make([]Motion, size), make(bitmap, (size+63)/64)
	copy(motions, t.motions)
	copy(changed, t.changed)
	t.motions, t.changed = motions, changed
}

// Get tells the newest position of a worker; false when the worker is not on the map.
func (t *Table) Get(worker int32) (Motion, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if worker <= 0 || int(worker) >= len(t.motions) || t.motions[worker].Worker == 0 {
		return Motion{}, false
	}
	return t.motions[worker], true
}

// Remove takes a worker off the map. Removing one who is not there does nothing.
func (t *Table) Remove(worker int32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if worker <= 0 || int(worker) >= len(t.motions) || t.motions[worker].Worker == 0 {
		return
	}
	t.motions[worker] = Motion{}
	t.changed.set(worker)
	t.count--
}

// Len tells how many workers are on the map.
func (t *Table) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count
}

// Drain fills c with what has changed since the last Drain: each worker once, in the state it has now. There must be one consumer.
func (t *Table) Drain(c *Changes) {
	c.Moved, c.Removed = c.Moved[:0], c.Removed[:0]
	t.mu.Lock()
	defer t.mu.Unlock()
	c.Canary, t.canary = t.canary, 0
	for w, word := range t.changed {
		if word == 0 {
			continue
		}
		t.changed[w] = 0
		for ; word != 0; word &= word - 1 {
			worker := int32(w<<6 + bits.TrailingZeros64(word))
			if m := t.motions[worker]; m.Worker != 0 {
				c.Moved = append(c.Moved, m)
			} else {
				c.Removed = append(c.Removed, worker)
			}
		}
	}
}

// Each calls f for every worker on the map by ascending handle until f returns false. The table is locked meanwhile: f must be short
// and must not use the table.
func (t *Table) Each(f func(Motion) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.motions {
		if t.motions[i].Worker != 0 && !f(t.motions[i]) {
			return
		}
	}
}

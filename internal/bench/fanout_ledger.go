package bench

import (
	"encoding/binary"
	"errors"
	"hash/maphash"
	"math"
	"sync"
	"sync/atomic"

	"wangge/internal/live"
)

// ledger books what all spectators see. A frame that is the same for all is decoded and checked once, by whoever gets it first; the others
// recognise it by its hash.
type ledger struct {
	march *march
	seed  maphash.Seed

	// The window: fixes (and frames) of these steps are counted; those from later on are booked as late.
	from, later, to atomic.Int64

	mu     sync.Mutex
	shared live.Holding // what everybody with the whole scope holds
	sheets map[uint64]*sheet
	echo   chan []byte // every tick's frame, with its header, for the plain TCP server; nil when there is none
}

// sheet is what one frame tells, booked once.
type sheet struct {
	now       int64 // ms since 1970 UTC
	anew      bool
	positions int
	fixes     int // of the window
	wrong     int
	sent      []batchSent
}

// batchSent is how many positions of a frame were sent at one instant.
type batchSent struct {
	ns   int64
	n    uint32
	late bool
}

func newLedger(m *march) *ledger {
	l := &ledger{march: m, seed: maphash.MakeSeed(), sheets: map[uint64]*sheet{}}
	l.from.Store(math.MaxInt64)
	l.later.Store(math.MaxInt64)
	l.to.Store(math.MaxInt64)
	return l
}

// window sets which steps count.
func (l *ledger) window(from, later, to int) {
	l.from.Store(int64(from))
	l.later.Store(int64(later))
	l.to.Store(int64(to))
}

func (l *ledger) within(step int) bool {
	return int64(step) >= l.from.Load() && int64(step) < l.to.Load()
}

// made tells whether a frame was made in the window.
func (l *ledger) made(now int64) bool {
	return l.within(int(math.Floor(float64(now-l.march.start) / 1000)))
}

// take books the frame in s.body.
func (l *ledger) take(s *spectator, header int, received int64) error {
	if s.own {
		return l.takeOwn(s, header, received)
	}
	sh, err := l.sheet(s.body, header)
	if err != nil {
		return err
	}
	s.newest.Store(sh.now)
	if sh.anew {
		s.ready.Store(true)
	}
	l.book(&s.count, sh, header+len(s.body))
	for _, b := range sh.sent {
		s.count.histogram(b.late).add(received-b.ns, b.n)
	}
	return nil
}

func (c *count) histogram(late bool) *latencies {
	if late {
		return &c.late
	}
	return &c.early
}

func (l *ledger) book(c *count, sh *sheet, size int) {
	if l.made(sh.now) {
		c.bytes += int64(size)
		c.positions += int64(sh.positions)
		if sh.anew {
			c.anew++
		}
	}
	c.fixes += int64(sh.fixes)
	c.wrong += int64(sh.wrong)
}

// sheet finds or makes the sheet of a frame that all see.
func (l *ledger) sheet(body []byte, header int) (*sheet, error) {
	key := maphash.Bytes(l.seed, body)
	l.mu.Lock()
	defer l.mu.Unlock()
	if sh := l.sheets[key]; sh != nil {
		return sh, nil
	}
	sh, err := l.decode(body)
	if err != nil {
		return nil, err
	}
	l.sheets[key] = sh
	if !sh.anew && l.echo != nil {
		l.echo <- append(rawHeader(len(body), header), body...)
	}
	return sh, nil
}

// rawHeader builds the header of a frame anew: the same bytes for the plain TCP server.
func rawHeader(size, header int) []byte {
	switch header {
	case 2:
		return []byte{0x82, byte(size)}
	case 4:
		return binary.BigEndian.AppendUint16([]byte{0x82, 126}, uint16(size))
	default:
		return binary.BigEndian.AppendUint64([]byte{0x82, 127}, uint64(size))
	}
}

var errHeader = errors.New("bench: a frame without a head")

// decode applies a frame to what everybody holds and checks its positions. Of a tick whose state is held already (a keyframe for one who
// has just come) only the head is read.
func (l *ledger) decode(body []byte) (*sheet, error) {
	anew, now, tick, err := head(body)
	if err != nil {
		return nil, err
	}
	sh := &sheet{now: now, anew: anew}
	if l.shared.Sections != nil && tick <= l.shared.Tick {
		return sh, nil
	}
	sent := map[batchSent]uint32{}
	l.shared.Changed = func(_ uint64, worker int32, p live.Position) {
		step, right := l.check(worker, p)
		if !right {
			sh.wrong++
		}
		if !anew && l.within(step) {
			sh.fixes++
			sent[batchSent{ns: l.march.sentAt(worker, step), late: int64(step) >= l.later.Load()}]++
		}
	}
	if err := l.shared.Apply(body); err != nil {
		return nil, err
	}
	sh.positions = l.shared.Positions
	for b, n := range sent {
		b.n = n
		sh.sent = append(sh.sent, b)
	}
	return sh, nil
}

// check finds which fix a position is of, and whether it is where the worker was.
func (l *ledger) check(worker int32, p live.Position) (step int, right bool) {
	step = l.march.stepOf(worker, p.At)
	lon, lat := l.march.place(worker, step)
	return step, lon == p.Lon && lat == p.Lat
}

// takeOwn keeps a frame that is for one spectator alone. It is decoded after the measurement, which must not compete with the server for
// the machine more than it has to.
func (l *ledger) takeOwn(s *spectator, header int, received int64) error {
	anew, now, _, err := head(s.body)
	if err != nil {
		return err
	}
	s.kept = append(s.kept, kept{received: received, header: header, from: len(s.bytes), to: len(s.bytes) + len(s.body)})
	s.bytes = append(s.bytes, s.body...)
	s.newest.Store(now)
	if anew {
		s.ready.Store(true)
	}
	return nil
}

// audit decodes and books all that was kept of a spectator with a view of its own.
func (l *ledger) audit(s *spectator) error {
	var holding live.Holding
	for _, k := range s.kept {
		body := s.bytes[k.from:k.to]
		anew, now, _, err := head(body)
		if err != nil {
			return err
		}
		holding.Changed = func(_ uint64, worker int32, p live.Position) {
			step, right := l.check(worker, p)
			if !right {
				s.count.wrong++
			}
			if anew || !l.within(step) {
				return
			}
			s.count.early.add(k.received-l.march.sentAt(worker, step), 1)
			if s.box.has(p.Lon, p.Lat) {
				s.count.fixes++
			}
		}
		if err := holding.Apply(body); err != nil {
			return err
		}
		l.book(&s.count, &sheet{now: now, anew: anew, positions: holding.Positions}, k.header+len(body))
	}
	return nil
}

// head reads the head of a binary frame.
func head(body []byte) (anew bool, now int64, tick uint64, err error) {
	if len(body) < 4 {
		return false, 0, 0, errHeader
	}
	ms, n := binary.Uvarint(body[2:])
	if n <= 0 {
		return false, 0, 0, errHeader
	}
	tick, m := binary.Uvarint(body[2+n:])
	if m <= 0 {
		return false, 0, 0, errHeader
	}
	return body[1]&1 != 0, int64(ms), tick, nil
}

// expected counts the fixes of the window that lie in a box.
func (l *ledger) expected(b box) (n int64) {
	for worker := int32(1); worker <= int32(l.march.workers); worker++ {
		for step := l.from.Load(); step < l.to.Load(); step++ {
			if b.has(l.march.place(worker, int(step))) {
				n++
			}
		}
	}
	return n
}

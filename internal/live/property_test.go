package live

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"wangge/internal/area"
	"wangge/internal/tracking"
)

// valve is a socket in memory that takes bytes only while it is open.
type valve struct {
	mu   sync.Mutex
	cond *sync.Cond
	open bool
	room int // what it still takes while closed, as a system's buffer does
	got  []byte
}

func newValve() *valve {
	v := &valve{open: true}
	v.cond = sync.NewCond(&v.mu)
	return v
}

func (v *valve) try(b []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := len(b)
	if !v.open {
		n = min(n, v.room)
		v.room -= n
	}
	v.got = append(v.got, b[:n]...)
	return n, nil
}

func (v *valve) wait(b []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for !v.open {
		v.cond.Wait()
	}
	v.got = append(v.got, b...)
	return nil
}

func (v *valve) set(open bool, room int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.open, v.room = open, room
	v.cond.Broadcast()
}

// onlooker is a client of a hub without a network, and what its page holds.
type onlooker struct {
	*client
	valve   *valve
	holding Holding
	known   map[int32]bool
	box     *orb.Bound
	follow  []int32
}

// drain applies what has come.
func (o *onlooker) drain(t *testing.T) {
	o.valve.mu.Lock()
	defer o.valve.mu.Unlock()
	for len(o.valve.got) > 0 {
		opcode, body, rest, ok := splitMessage(o.valve.got)
		if !ok {
			return
		}
		o.valve.got = rest
		switch opcode {
		case opBinary:
			if err := o.holding.Apply(body); err != nil {
				t.Fatalf("client %d: %v", o.number, err)
			}
		case opText:
			var id int32
			for at := 0; at < len(body); at++ {
				if n, _ := fmt.Sscanf(string(body[at:min(len(body), at+16)]), `{"id":%d`, &id); n == 1 {
					o.known[id] = true
				}
			}
		}
	}
}

func splitMessage(b []byte) (opcode byte, body, rest []byte, ok bool) {
	if len(b) < 2 {
		return 0, nil, nil, false
	}
	size, at := int(b[1]), 2
	switch {
	case size == 126 && len(b) >= 4:
		size, at = int(b[2])<<8|int(b[3]), 4
	case size == 127 && len(b) >= 10:
		size, at = int(b[6])<<24|int(b[7])<<16|int(b[8])<<8|int(b[9]), 10
	case size >= 126:
		return 0, nil, nil, false
	}
	if len(b) < at+size {
		return 0, nil, nil, false
	}
	return b[0] & 15, b[at : at+size], b[at+size:], true
}

// playground is a hub driven by hand, at a time of its own.
type playground struct {
	*Hub
	t     *testing.T
	rand  *rand.Rand
	crowd *crowd
	now   time.Time
	tickN uint64
	all   []*onlooker
}

func newPlayground(t *testing.T, seed uint64) *playground {
	table, index := tracking.NewTable(), testAreas(t)
	g := &playground{
		t: t, rand: rand.New(rand.NewPCG(seed, 7)), now: time.UnixMilli(1_763_892_000_000),
		crowd: &crowd{off: map[int32]bool{}, area: map[int32]string{}},
	}
	g.Hub = New(Options{
		Broker: NewMemoryBroker(table), Table: table, Directory: g.crowd, Log: newMemoryLog(), Areas: func() *area.Index { return index },
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), MaxPerAccount: 1000,
	})
	return g
}

func (g *playground) enter(scope string) *onlooker {
	v := newValve()
	c := &client{hub: g.Hub, principal: operator(scope), socket: v, gone: make(chan struct{}), room: make(chan struct{}, 1), pinged: g.now.UnixMilli()}
	c.heard.Store(1 << 60)
	c.want.view.detail = DetailNone
	g.join(c)
	o := &onlooker{client: c, valve: v, known: map[int32]bool{}}
	o.holding.Changed = func(_ uint64, worker int32, _ Position) {
		if !o.known[worker] {
			g.t.Fatalf("client %d is told a position of %d, whom it doesn't know", c.number, worker)
		}
	}
	g.all = append(g.all, o)
	return o
}

// step advances one tick.
func (g *playground) step() {
	g.now = g.now.Add(Tick)
	g.tickN++
	g.tick(g.now, g.tickN)
	for _, o := range g.all {
		o.drain(g.t)
	}
}

// stir does one random thing.
func (g *playground) stir() {
	r := g.rand
	worker := int32(1 + r.IntN(60))
	o := g.all[r.IntN(len(g.all))]
	switch r.IntN(20) {
	case 0:
		g.crowd.endShift(worker, r.IntN(2) == 0)
	case 1:
		g.crowd.mu.Lock()
		g.crowd.area[worker] = []string{westGrid, eastGrid}[r.IntN(2)]
		g.crowd.mu.Unlock()
	case 2:
		o.valve.set(r.IntN(2) == 0, r.IntN(200))
	case 3, 4:
		w, s := west+r.Float64()*0.3, south+r.Float64()*0.3
		o.box = &orb.Bound{Min: orb.Point{w, s}, Max: orb.Point{w + r.Float64()*0.15, s + r.Float64()*0.15}}
		o.wish(control{Op: opView, Detail: DetailPositions, BBox: []float64{o.box.Min[0], o.box.Min[1], o.box.Max[0], o.box.Max[1]}})
	case 5:
		o.box = nil
		o.wish(control{Op: opView, Detail: DetailPositions})
	case 6:
		o.follow = []int32{int32(1 + r.IntN(30)), int32(31 + r.IntN(30))}
		o.wish(control{Op: opFollow, Workers: o.follow})
	case 7:
		o.wish(control{Op: opPace, Hidden: r.IntN(2) == 0})
	default:
		m := tracking.Motion{
			Worker: worker, Lon: int32((west + r.Float64()*(east-west)) * 1e7), Lat: int32((south + r.Float64()*(north-south)) * 1e7),
			At: g.now.UnixMilli() - int64(r.IntN(90_000)), Speed: uint16(r.IntN(65536)), Course: uint16(r.IntN(36000)), Battery: 50,
		}
		if old, ok := g.opts.Table.Get(worker); ok && r.IntN(3) > 0 { // walk, mostly
			m.Lon, m.Lat, m.At = old.Lon+int32(r.IntN(400)-200), old.Lat+int32(r.IntN(400)-200), g.now.UnixMilli()
		}
		m.Seen = m.At
		g.opts.Broker.Publish([]tracking.Motion{m})
	}
}

// TestEveryClientEndsWithWhatTheTableSays moves workers, ends shifts, changes posts, views, follows and paces at random, while sockets stop
// and go. When all has come to rest, each client must hold exactly what the table says of its view, whatever it was told in between; and
// never be told of somebody without being told who that is.
func TestEveryClientEndsWithWhatTheTableSays(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		g := newPlayground(t, seed)
		for i := range 12 {
			g.enter([]string{testDistrict, testDistrict + "001", testDistrict + "002"}[i%3])
		}
		for range 300 {
			for range g.rand.IntN(30) {
				g.stir()
			}
			g.step()
		}
		for _, o := range g.all {
			o.valve.set(true, 0)
		}
		for _, o := range g.all {
			eventually(t, "the socket is drained", func() bool {
				o.client.mu.Lock()
				defer o.client.mu.Unlock()
				return !o.flushing
			})
		}
		for range 2 * HiddenTicks {
			g.step()
		}
		for _, o := range g.all {
			g.check(seed, o)
		}
	}
}

func (g *playground) check(seed uint64, o *onlooker) {
	g.t.Helper()
	w, _ := o.wanted()
	window := window{0, latticeSide - 1, 0, latticeSide - 1}
	if o.box != nil {
		window = g.lattice.window(*o.box)
	}
	told := g.now.Add(-HiddenTicks*Tick - sweepEvery).UnixMilli() // a state that has changed since may not have been told yet
	want := map[uint64]map[int32]Position{SectionScope: {}, SectionView: {}, SectionFollowed: {}}
	g.opts.Table.Each(func(m tracking.Motion) bool {
		worker, _ := g.crowd.Worker(m.Worker)
		if !inScope(o.principal.Scope, worker.Area) {
			return true
		}
		p := wire(m, g.now.UnixMilli())
		if held, ok := o.heldSomewhere(m.Worker); ok && held.State == m.StateAt(told) {
			p.State = held.State
		}
		for _, section := range []uint64{SectionScope, SectionView, SectionFollowed} {
			if section != SectionFollowed || slices.Contains(o.follow, m.Worker) {
				if section != SectionView || window.has(spotOf(int16(g.lattice.cell(p.Lon, p.Lat)))) {
					want[section][m.Worker] = p
				}
			}
		}
		return true
	})
	switch {
	case w.view.detail == DetailNone:
		delete(want, SectionScope)
		delete(want, SectionView)
	case o.gaze.mode == modeWhole:
		delete(want, SectionView)
		delete(want, SectionFollowed)
	default:
		delete(want, SectionScope)
	}
	for section := uint64(0); section <= SectionView; section++ {
		g.compare(fmt.Sprintf("seed %d, client %d, section %d", seed, o.number, section), o.holding.Sections[section], want[section])
	}
}

// heldSomewhere is a worker's position in any section: all tell the same.
func (o *onlooker) heldSomewhere(worker int32) (p Position, ok bool) {
	for _, held := range o.holding.Sections {
		if p, ok = held[worker]; ok {
			return p, ok
		}
	}
	return p, false
}

func (g *playground) compare(where string, held, want map[int32]Position) {
	g.t.Helper()
	for worker, p := range want {
		if got, ok := held[worker]; !ok || !same(got, p) {
			g.t.Fatalf("%s, worker %d: holds %+v (%v), the table says %+v", where, worker, got, ok, p)
		}
	}
	for worker := range held {
		if _, ok := want[worker]; !ok {
			g.t.Fatalf("%s: holds worker %d, who isn't there", where, worker)
		}
	}
}

package live

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"wangge/internal/area"
	"wangge/internal/identity"
	"wangge/internal/tracking"
)

// wire is what a client holds of a motion.
func wire(m tracking.Motion, now int64) Position {
	q := quantise(&m, m.StateAt(now))
	return Position{Lon: q.lon, Lat: q.lat, At: m.At, Course: q.course, Speed: q.speed, State: q.state}
}

// same compares what is held with what should be; the time of a fix travels with 100 ms.
func same(held, want Position) bool {
	late := held.At - want.At
	held.At = want.At
	return held == want && late >= 0 && late < ageUnit
}

func TestPositionsReachEverybodyWhoMaySeeThem(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.principals["west"] = operator(testDistrict + "001")
	all, westerner := s.dial("operator"), s.dial("west")
	all.everything()
	westerner.everything()
	first, second := s.put(1, 116.1, 37.1), s.put(2, 116.3, 37.3)
	all.await("both are held", func() bool { return slices.Equal(all.holds(SectionScope), []int32{1, 2}) })
	westerner.await("the western one is held", func() bool { return slices.Equal(westerner.holds(SectionScope), []int32{1}) })
	all.await("as they were put", func() bool {
		held := all.holding.Sections[SectionScope]
		return same(held[1], wire(first, first.At)) && same(held[2], wire(second, second.At))
	})
	moved := s.put(1, 116.1002, 37.1001)
	all.await("the move arrives", func() bool { return same(all.holding.Sections[SectionScope][1], wire(moved, moved.At)) })
	s.crowd.endShift(1, true)
	for _, p := range []*peer{all, westerner} {
		p.await("off shift is off the map", func() bool { return !slices.Contains(p.holds(SectionScope), 1) })
	}
	if _, still := s.table.Get(1); still {
		t.Error("the table still has the position of a worker off shift")
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	if len(all.strangers)+len(all.twice) > 0 || all.known[2] != "worker 2" {
		t.Errorf("identities: before %v, twice %v, known %v", all.strangers, all.twice, all.known)
	}
}

func TestWorkerOffShiftNeverComesOntoTheMap(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.crowd.endShift(5, true)
	p := s.dial("operator")
	p.everything()
	s.put(5, 116.1, 37.1)
	s.put(6, 116.1, 37.1)
	p.await("the other one is held", func() bool { return slices.Contains(p.holds(SectionScope), 6) })
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.holds(SectionScope), []int32{6}) || p.known[5] != "" {
		t.Errorf("held %v, known %v", p.holds(SectionScope), p.known)
	}
}

func TestViewIsAnsweredWithWhatItTouches(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	for worker := int32(1); worker <= 20; worker++ { // from west to east
		s.put(worker, west+0.02*float64(worker)-0.01, 37.2)
	}
	p := s.dial("operator")
	p.look(116.001, 37.1, 116.055, 37.3)
	p.await("the three in the west", func() bool { return slices.Equal(p.holds(SectionView), []int32{1, 2, 3}) })
	s.put(3, 116.3, 37.2)
	s.put(9, 116.03, 37.2)
	p.await("one has left, one has come", func() bool { return slices.Equal(p.holds(SectionView), []int32{1, 2, 9}) })
	p.look(116.341, 37.1, 116.395, 37.3)
	p.await("the view has moved east", func() bool { return slices.Equal(p.holds(SectionView), []int32{18, 19, 20}) })
	p.look(115, 36, 118, 39)
	p.await("all of the map is the whole scope", func() bool { return len(p.holds(SectionScope)) == 20 && len(p.holds(SectionView)) == 0 })
	p.say(`{"op":"view","bbox":[116,37,117,38],"zoom":9}`)
	p.await("below zoom 13 there are none", func() bool { return len(p.holding.Sections) == 0 })
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.strangers)+len(p.twice) > 0 {
		t.Errorf("identities: before %v, twice %v", p.strangers, p.twice)
	}
}

// TestLatticeFollowsTheAreas begins with a server that knows no areas: one view is the whole world. After the import views are cut anew.
func TestLatticeFollowsTheAreas(t *testing.T) {
	t.Parallel()
	none, err := area.NewIndex(nil)
	if err != nil {
		t.Fatal(err)
	}
	var index atomic.Pointer[area.Index]
	index.Store(none)
	s := newStage(t, func(o *Options) { o.Areas = index.Load })
	for worker := int32(1); worker <= 20; worker++ { // from west to east, 15 of them east of the view
		s.put(worker, west+0.02*float64(worker)-0.01, 37.2)
	}
	p := s.dial("operator")
	p.look(west, 37.1, west+0.1, 37.3)
	p.await("everybody, since the world is one cell", func() bool { return len(p.holds(SectionScope))+len(p.holds(SectionView)) == 20 })
	index.Store(testAreas(t))
	p.await("what the view touches", func() bool {
		return slices.Equal(p.holds(SectionView), []int32{1, 2, 3, 4, 5}) && len(p.holds(SectionScope)) == 0
	})
	s.put(5, west+0.3, 37.2)
	s.put(20, west+0.05, 37.2)
	p.await("one has left, one has come", func() bool { return slices.Equal(p.holds(SectionView), []int32{1, 2, 3, 4, 20}) })
}

func TestFollowedWorkerStreamsOutsideOfTheView(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.principals["west"] = operator(testDistrict + "001")
	for worker := int32(1); worker <= 9; worker++ {
		s.put(worker, 116.3, 37.3)
	}
	p := s.dial("west")
	p.look(116, 37, 116.01, 37.01)
	p.say(`{"op":"follow","workers":[3,2,99999999,3]}`) // 2 is not in scope, the large one nobody
	p.await("only the one in scope", func() bool { return slices.Equal(p.holds(SectionFollowed), []int32{3}) })
	moved := s.put(3, 116.31, 37.31)
	p.await("it moves", func() bool { return same(p.holding.Sections[SectionFollowed][3], wire(moved, moved.At)) })
	s.crowd.endShift(3, true)
	p.await("and goes", func() bool { return len(p.holds(SectionFollowed)) == 0 })
}

func TestGridWorkerSeesOnlyItself(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.principals["worker"] = identity.Principal{AccountID: 9, Name: "w", Role: identity.GridWorker, Scope: testDistrict + "001", WorkerID: 4}
	s.principals["department"] = identity.Principal{AccountID: 10, Name: "d", Role: identity.Department, Scope: testDistrict}
	p, d := s.dial("worker"), s.dial("department")
	for _, q := range []*peer{p, d} {
		q.everything()
		q.say(`{"op":"follow","workers":[1,2,3]}`)
	}
	for worker := int32(1); worker <= 4; worker++ {
		s.put(worker, 116.1, 37.1)
	}
	p.await("itself", func() bool { return slices.Equal(p.holds(SectionFollowed), []int32{4}) })
	s.put(4, 116.2, 37.1)
	d.say(`{"op":"ping","id":5}`)
	d.await("pong", func() bool { return len(d.said("pong")) == 1 })
	for name, q := range map[string]*peer{"worker": p, "department": d} {
		q.mu.Lock()
		hello := q.said("hello")[0]["me"].(map[string]any)
		if hello["positions"] != false || len(q.holds(SectionScope)) != 0 || len(q.known) > 1 {
			t.Errorf("%s: hello %v, scope %v, known %v", name, hello, q.holds(SectionScope), q.known)
		}
		q.mu.Unlock()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for section, held := range d.holding.Sections {
		if len(held) > 0 {
			t.Errorf("the department sees positions in section %d", section)
		}
	}
}

func TestSilentWorkersAreStaleThenLost(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	now := time.Now().UnixMilli()
	s.table.Apply([]tracking.Motion{
		{Worker: 1, Lon: 1161000000, Lat: 371000000, At: now, Seen: now - tracking.StaleAfter.Milliseconds() + 1500},
		{Worker: 2, Lon: 1161000000, Lat: 371000000, At: now, Seen: now - tracking.LostAfter.Milliseconds() + 1500},
	})
	p := s.dial("operator")
	p.everything()
	state := func(w int32) tracking.State { return p.holding.Sections[SectionScope][w].State }
	p.await("both are there", func() bool { return len(p.holds(SectionScope)) == 2 })
	p.await("silence shows", func() bool { return state(1) == tracking.Stale && state(2) == tracking.Lost })
	seen := time.Now().UnixMilli()
	s.table.Apply([]tracking.Motion{{Worker: 2, Lon: 1161000000, Lat: 371000000, At: now, Seen: seen}})
	p.await("a sign of life brings back", func() bool { return state(2) == tracking.Live })
}

func TestWorkerPostedElsewhereChangesScope(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.principals["west"], s.principals["east"] = operator(testDistrict+"001"), operator(testDistrict+"002")
	w, e := s.dial("west"), s.dial("east")
	w.everything()
	e.everything()
	s.put(1, 116.1, 37.1)
	w.await("in the west", func() bool { return slices.Equal(w.holds(SectionScope), []int32{1}) })
	s.crowd.mu.Lock()
	s.crowd.area[1] = testDistrict + "0020010001"
	s.crowd.mu.Unlock()
	w.await("no longer in the west", func() bool { return len(w.holds(SectionScope)) == 0 })
	e.await("in the east", func() bool { return slices.Equal(e.holds(SectionScope), []int32{1}) })
}

func TestHiddenPageIsToldLessOften(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	p, hidden := s.dial("operator"), s.dial("operator")
	p.everything()
	hidden.say(`{"op":"pace","hidden":true}`)
	hidden.everything()
	var last tracking.Motion
	for i := range 40 {
		last = s.put(1, 116.1+float64(i)*1e-4, 37.1)
		p.await("each step", func() bool { return same(p.holding.Sections[SectionScope][1], wire(last, last.At)) })
	}
	hidden.await("the newest", func() bool { return same(hidden.holding.Sections[SectionScope][1], wire(last, last.At)) })
	p.mu.Lock()
	hidden.mu.Lock()
	defer p.mu.Unlock()
	defer hidden.mu.Unlock()
	if p.frames < 40 || hidden.frames > p.frames/4 {
		t.Errorf("%d frames, hidden %d", p.frames, hidden.frames)
	}
}

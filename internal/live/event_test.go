package live

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wangge/internal/event"
	"wangge/internal/identity"
)

const westGrid, eastGrid = testDistrict + "0010010001", testDistrict + "0020010001"

// report appends incidents first … last to the log.
func (s *stage) report(first, last int) (c event.Cursor) {
	for i := first; i <= last; i++ {
		c = s.log.append(event.IncidentReported, fmt.Sprint(i), westGrid, 1, `{"text":"垃圾"}`)
	}
	return c
}

func incidents(first, last int) (ids []string) {
	for i := first; i <= last; i++ {
		ids = append(ids, fmt.Sprintf("%d/1", i))
	}
	return ids
}

func TestSnapshotThenDeltasWithoutGap(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.report(1, 700) // more than one portion
	done := make(chan struct{})
	go func() { // while it goes on, viewers come
		defer close(done)
		for i := 701; i <= 1500; i++ {
			s.report(i, i)
			if i%10 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
	}()
	var peers []*peer
	for range 8 {
		p := s.dial("operator")
		p.say(`{"op":"events"}`)
		peers = append(peers, p)
		time.Sleep(10 * time.Millisecond)
	}
	<-done
	for _, p := range peers {
		known := func() []string {
			ids := map[string]bool{}
			for _, m := range p.said("snapshot") {
				for _, item := range m["items"].([]any) {
					ids[fmt.Sprint(item.(map[string]any)["id"])] = true
				}
			}
			for _, id := range p.eventIDs() {
				ids[strings.TrimSuffix(id, "/1")] = true
			}
			out := []string{}
			for id := range ids {
				out = append(out, id)
			}
			return out
		}
		p.await("every incident", func() bool { return len(known()) == 1500 })
		p.mu.Lock()
		parts := p.said("snapshot")
		for i, m := range parts {
			if m["more"] != (i < len(parts)-1) {
				t.Errorf("part %d of %d: more is %v", i, len(parts), m["more"])
			}
		}
		p.mu.Unlock()
	}
}

func TestResumeWithoutLossOrRepetition(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	first := s.dial("operator")
	first.say(`{"op":"events"}`)
	first.await("the snapshot", func() bool { return len(first.said("snapshot")) == 2 })
	s.report(1, 3)
	first.await("three", func() bool { return slices.Equal(first.eventIDs(), incidents(1, 3)) })
	first.conn.Close()
	s.report(4, 1800) // more than is given at once
	second := s.dial("operator")
	second.say(`{"op":"events","cursor":"%s"}`, first.cursor)
	second.await("the rest", func() bool { return len(second.eventIDs()) >= 1797 })
	s.report(1801, 1803)
	second.await("and what comes", func() bool { return slices.Equal(second.eventIDs(), incidents(4, 1803)) })
	second.mu.Lock()
	defer second.mu.Unlock()
	if len(second.said("snapshot"))+len(second.said("resync")) > 0 {
		t.Error("a cursor that is fine was answered with a snapshot")
	}
}

// TestResumeFromTheLog resumes at a node that has just started, from a cursor older than what it has in memory.
func TestResumeFromTheLog(t *testing.T) {
	t.Parallel()
	log := newMemoryLog()
	old := &stage{log: log}
	old.report(1, 2)
	cursor := log.events[0].Cursor
	old.report(3, 1300)
	s := newStage(t, func(o *Options) { o.Log = log })
	s.log = log
	p := s.dial("operator")
	p.say(`{"op":"events","cursor":"%s"}`, cursor)
	p.await("from the log", func() bool { return len(p.eventIDs()) == 1299 })
	s.report(1301, 1301)
	p.await("then from memory", func() bool { return slices.Equal(p.eventIDs(), incidents(2, 1301)) })
}

func TestResyncWhenTheCursorIsOfNoUse(t *testing.T) {
	t.Parallel()
	log := newMemoryLog()
	(&stage{log: log}).report(1, 10)
	log.drop(5)
	s := newStage(t, func(o *Options) { o.Log = log; o.Snapshot = log.snapshot })
	foreign := log.events[7].Cursor
	foreign.Epoch++
	for name, cursor := range map[string]string{
		resyncOld: log.events[2].Cursor.String(), resyncForeign: foreign.String(), resyncUnreadable: "nonsense",
	} {
		p := s.dial("operator")
		p.say(`{"op":"events","cursor":"%s"}`, cursor)
		p.await("a snapshot after "+name, func() bool { return len(p.said("snapshot")) == 2 })
		p.mu.Lock()
		if r := p.said("resync"); len(r) != 1 || r[0]["reason"] != name || len(p.eventIDs()) != 0 {
			t.Errorf("%s: %v, events %v", name, r, p.eventIDs())
		}
		p.mu.Unlock()
	}
}

func TestEventsAreFilteredByScopeAndRight(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.principals["east"] = operator(testDistrict + "002")
	s.principals["department"] = identity.Principal{AccountID: 10, Role: identity.Department, Scope: testDistrict}
	peers := map[string]*peer{}
	for _, name := range []string{"operator", "east", "department"} {
		peers[name] = s.dial(name)
		peers[name].say(`{"op":"events"}`)
		peers[name].await("the snapshot", func() bool { return len(peers[name].said("snapshot")) == 2 })
	}
	s.log.append(event.IncidentReported, "1", westGrid, 1, `{}`)
	s.log.append(event.ShiftStarted, "2", westGrid, 1, `{}`)
	s.log.append(event.DeviceChanged, "3", testDistrict, 1, `{}`)
	s.log.append(event.AccountChanged, "999", testDistrict, 1, `{}`)
	s.log.append(event.WorkerEntered, "5", eastGrid, 1, `{}`)
	s.log.append(event.AreaChanged, "6", eastGrid, 1, `{}`)
	s.log.append(event.AlarmRaised, "8", eastGrid, 1, `{}`)
	s.log.append(event.IncidentMoved, "7", eastGrid, 2, ``)
	for name, want := range map[string][]string{
		"operator": {"1/1", "2/1", "5/1", "6/1", "8/1", "7/2"}, "east": {"5/1", "6/1", "8/1", "7/2"}, "department": {"1/1", "6/1", "7/2"},
	} {
		p := peers[name]
		p.await(name+"'s last", func() bool { return slices.Contains(p.eventIDs(), "7/2") })
		p.mu.Lock()
		if got := p.eventIDs(); !slices.Equal(got, want) {
			t.Errorf("%s sees %v, want %v", name, got, want)
		}
		p.mu.Unlock()
	}
}

func TestReaderThatLosesEventsIsDisconnectedAndResumes(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	slow, other := s.dial("operator"), s.dial("operator")
	for _, p := range []*peer{slow, other} {
		p.say(`{"op":"events"}`)
		p.await("the snapshot", func() bool { return len(p.said("snapshot")) == 2 })
	}
	resume := slow.pause()
	big := `{"text":"` + strings.Repeat("x", 4000) + `"}`
	n := 3 * queueBytes / 4000 // more than the queue and the socket's buffers together take
	for i := 1; i <= n; i++ {
		s.log.append(event.IncidentReported, fmt.Sprint(i), westGrid, 1, big)
		if i%200 == 0 {
			other.await("the other one keeps up", func() bool { return len(other.eventIDs()) == i })
		}
	}
	other.await("all", func() bool { return len(other.eventIDs()) == n })
	resume()
	if code := slow.closed(); code != CloseOverflow {
		t.Fatalf("closed with %d (%v)", code, slow.err)
	}
	again := s.dial("operator")
	again.say(`{"op":"events","cursor":"%s"}`, slow.cursor)
	again.await("the rest", func() bool { return len(again.eventIDs())+len(slow.eventIDs()) == n })
	if got := append(slices.Clone(slow.eventIDs()), again.eventIDs()...); !slices.Equal(got, incidents(1, n)) {
		t.Error("events were lost, repeated or out of order")
	}
}

func TestStoppedReaderSkipsPositionsAndIsCurrentAfterwards(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	for worker := int32(1); worker <= 3000; worker++ {
		s.put(worker, 116.1, 37.1)
	}
	slow, other := s.dial("operator"), s.dial("operator")
	for _, p := range []*peer{slow, other} {
		p.everything()
		p.await("everybody", func() bool { return len(p.holds(SectionScope)) == 3000 })
	}
	c := s.hub.everyone()[0]
	resume := slow.pause()
	for step := 1; ; step++ {
		for worker := int32(1); worker <= 3000; worker++ {
			s.put(worker, 116.1+float64(step%20)*1e-2, 37.1)
		}
		frames := 0
		other.await("the other one is not held up", func() bool {
			if frames == 0 {
				frames = other.frames
			}
			return other.frames > frames
		})
		c.mu.Lock()
		stuck, waiting := c.flushing, len(c.pending)
		c.mu.Unlock()
		if waiting > 1<<20 {
			t.Fatalf("%d bytes wait for one reader", waiting)
		}
		if stuck && step > 5 {
			break
		}
		if step > 400 {
			t.Fatal("the sockets take everything")
		}
	}
	s.crowd.endShift(7, true)
	other.await("one goes meanwhile", func() bool { return len(other.holds(SectionScope)) == 2999 })
	resume()
	last := s.put(9, 116.3333, 37.3333)
	for _, p := range []*peer{slow, other} {
		p.await("the present", func() bool {
			return same(p.holding.Sections[SectionScope][9], wire(last, last.At)) && len(p.holds(SectionScope)) == 2999
		})
	}
	slow.mu.Lock()
	other.mu.Lock()
	defer slow.mu.Unlock()
	defer other.mu.Unlock()
	for worker, held := range other.holding.Sections[SectionScope] {
		if got := slow.holding.Sections[SectionScope][worker]; got.Lon != held.Lon || got.Lat != held.Lat {
			t.Fatalf("worker %d: %+v, the other holds %+v", worker, got, held)
		}
	}
}

func TestCountsPerAreaWithinScope(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.principals["west"] = operator(testDistrict + "001")
	for worker := int32(1); worker <= 4; worker++ { // 1 and 3 are posted to the west; 4 walks in the east
		s.put(worker, 116.1+0.2*float64(worker/4), 37.1)
	}
	all, w := s.dial("operator"), s.dial("west")
	all.say(`{"op":"view","zoom":9}`)
	w.say(`{"op":"view","zoom":11,"bbox":[116,37,116.1,37.1]}`)
	counts := func(p *peer) string {
		m := p.said("counts")
		if len(m) == 0 {
			return ""
		}
		text := fmt.Sprint(m[len(m)-1]["level"])
		for _, a := range m[len(m)-1]["areas"].([]any) {
			area := a.(map[string]any)
			text += fmt.Sprintf(" %v:%v/%v/%v", area["code"], area["live"], area["stale"], area["lost"])
		}
		return text
	}
	all.await("both subdistricts", func() bool { return counts(all) == "subdistrict 371402001:3/0/0 371402002:1/0/0" })
	w.await("its own community", func() bool { return counts(w) == "community 371402001001:2/0/0" })
	s.crowd.endShift(1, true)
	w.await("one less", func() bool { return counts(w) == "community 371402001001:1/0/0" })
	all.say(`{"op":"view","zoom":11}`)
	all.await("the finer level", func() bool { return counts(all) == "community 371402001001:2/0/0 371402002001:1/0/0" })
	all.mu.Lock()
	defer all.mu.Unlock()
	if len(all.holding.Sections) > 0 || all.frames > 1 {
		t.Errorf("positions came with counts: %d frames", all.frames)
	}
}

func TestSessionsAreLookedAtAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.principals["other"] = identity.Principal{AccountID: 2, Role: identity.Operator, Scope: testDistrict}
	ends, changes := s.dial("operator"), s.dial("other")
	s.principals["third"] = identity.Principal{AccountID: 3, Role: identity.Operator, Scope: testDistrict}
	stays := s.dial("third")
	s.mu.Lock()
	s.ended["operator"] = true
	s.principals["other"] = identity.Principal{AccountID: 2, Role: identity.Operator, Scope: testDistrict + "001"}
	s.mu.Unlock()
	s.log.append(event.AccountChanged, "2", testDistrict, 2, `{}`)
	if code := changes.closed(); code != CloseChanged {
		t.Errorf("a changed scope closed with %d", code)
	}
	if code := ends.closed(); code != CloseSignedOut { // no event tells of it: the regular look finds it
		t.Errorf("an ended session closed with %d", code)
	}
	stays.say(`{"op":"ping","id":1}`)
	stays.await("the unchanged one stays", func() bool { return len(stays.said("pong")) == 1 })
}

func TestProtocolBreaksAreClosedWithTheirCode(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	for name, message := range map[string]string{
		"no JSON": "hello", "unknown op": `{"op":"dance"}`, "bbox": `{"op":"view","bbox":[1,2,3]}`,
		"swapped": `{"op":"view","bbox":[117,37,116,38]}`, "detail": `{"op":"view","detail":"all"}`,
		"too long": `{"op":"ping","x":"` + strings.Repeat("x", MessageLimit) + `"}`,
		"follow":   `{"op":"follow","workers":[` + strings.Repeat("1,", FollowLimit) + `2]}`,
		"twice":    "",
	} {
		p := s.dial("operator")
		if name == "twice" {
			p.say(`{"op":"events"}`)
			message = `{"op":"events"}`
		}
		p.say("%s", message)
		if code := p.closed(); code != CloseMalformed {
			t.Errorf("%s: closed with %d", name, code)
		}
		p.mu.Lock()
		if byes := p.said("bye"); len(byes) != 1 || byes[0]["code"] != float64(CloseMalformed) {
			t.Errorf("%s: goodbye was %v", name, byes)
		}
		p.mu.Unlock()
	}
}

func TestOldestConnectionOfAnAccountGivesWay(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(o *Options) { o.MaxPerAccount = 2 })
	first, second, third := s.dial("operator"), s.dial("operator"), s.dial("operator")
	if code := first.closed(); code != CloseSurplus {
		t.Errorf("closed with %d", code)
	}
	for _, p := range []*peer{second, third} {
		p.say(`{"op":"ping","id":1}`)
		p.await("still open", func() bool { return len(p.said("pong")) == 1 })
	}
}

func TestRefusalsBeforeTheUpgrade(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(o *Options) { o.Origins = []string{"https://wall.example"}; o.MaxViewers = 3 })
	s.principals["nobody"] = identity.Principal{AccountID: 5, Scope: testDistrict}
	dial := func(session, origin string) error {
		_, err := s.tryDial(session, http.Header{"Origin": {origin}})
		return err
	}
	for name, refused := range map[string]struct{ session, origin, code string }{
		"foreign origin": {"operator", "https://evil.example", "live.origin"},
		"opaque origin":  {"operator", "null", "live.origin"},
		"no right":       {"nobody", s.url, "live.right"},
	} {
		if err := dial(refused.session, refused.origin); err == nil || !strings.HasSuffix(err.Error(), refused.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, origin := range []string{s.url, "https://wall.example"} {
		if err := dial("operator", origin); err != nil {
			t.Errorf("%s: %v", origin, err)
		}
	}
	s.dial("operator")
	if err := dial("operator", s.url); err == nil || !strings.HasSuffix(err.Error(), "live.full") {
		t.Errorf("a full node: %v", err)
	}
	response, err := http.Get(s.url + "?as=operator")
	if err != nil || response.Header.Get("X-Code") != "live.upgrade" {
		t.Errorf("no WebSocket: %v %v", response, err)
	}
}

func TestSilentPeerIsDisconnected(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(o *Options) { o.Idle = 500 * time.Millisecond })
	p := s.dial("operator")
	if code := p.closed(); code != CloseIdle {
		t.Errorf("closed with %d", code)
	}
}

func TestCloseSaysGoodbyeAfterTheEvents(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	p := s.dial("operator")
	p.say(`{"op":"events"}`)
	p.await("the snapshot", func() bool { return len(p.said("snapshot")) == 2 })
	s.report(1, 5)
	eventually(t, "the tail has read", func() bool {
		s.hub.tail.mu.Lock()
		defer s.hub.tail.mu.Unlock()
		return len(s.hub.tail.ring)+len(s.hub.tail.fresh) == 5
	})
	if err := s.hub.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code := p.closed(); code != CloseGoingAway {
		t.Errorf("closed with %d", code)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.eventIDs(), incidents(1, 5)) {
		t.Errorf("before goodbye came %v", p.eventIDs())
	}
	if _, err := s.tryDial("operator", nil); err == nil || !strings.HasSuffix(err.Error(), "live.closing") {
		t.Errorf("after Close: %v", err)
	}
}

func TestFollowSeesEveryEventOnceMoreAfterAnError(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []string
	failed := false
	s := newStage(t, func(o *Options) {
		o.Follow = func(_ context.Context, events []event.Event) error {
			mu.Lock()
			defer mu.Unlock()
			if !failed {
				failed = true
				return fmt.Errorf("away")
			}
			for _, e := range events {
				seen = append(seen, e.EntityID+"/1")
			}
			return nil
		}
	})
	p := s.dial("operator")
	p.say(`{"op":"events"}`)
	p.await("the snapshot", func() bool { return len(p.said("snapshot")) == 2 })
	s.report(1, 3)
	p.await("storage was behind, and is not any more", func() bool {
		status := p.said("status")
		return len(status) == 2 && status[0]["degraded"] == true && status[1]["degraded"] == false
	})
	p.await("the events", func() bool { return slices.Equal(p.eventIDs(), incidents(1, 3)) })
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(seen, incidents(1, 3)) {
		t.Errorf("seen %v", seen)
	}
}

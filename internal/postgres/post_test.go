package postgres_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/post"
	"wangge/internal/postgres"
	"wangge/internal/testenv"
)

// eight is 08:00 in the district.
var eight = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

var chief = identity.Principal{DisplayName: "王主任", Role: identity.Administrator, Scope: "371402"}

// station is a roster with a clock of its own on a real database.
type station struct {
	*post.Service
	db   *postgres.DB
	desk *post.Directory
	now  time.Time
}

func freshDB(t testing.TB, url string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func newStation(t testing.TB, db *postgres.DB) *station {
	t.Helper()
	s := &station{db: db, now: eight, desk: post.NewDirectory(postgres.Post{DB: db})}
	s.Service = post.NewService(post.Dependencies{
		Store: postgres.Post{DB: db}, Directory: s.desk, Now: func() time.Time { return s.now },
		AreaKnown: func(code string) bool { return code != "3714029999999999" },
	})
	if err := s.desk.Load(t.Context(), s.now); err != nil {
		t.Fatal(err)
	}
	return s
}

func staff(codes ...string) []post.Worker {
	var workers []post.Worker
	for _, code := range codes {
		workers = append(workers, post.Worker{
			Code: code, Name: "网格员" + code, Phone: "13812345678", Duty: post.GridMember, Area: "3714020010011001",
		})
	}
	return workers
}

// hire saves workers and fails the test when that doesn't work.
func (s *station) hire(t testing.TB, codes ...string) []post.Worker {
	t.Helper()
	workers, err := s.SaveWorkers(t.Context(), chief, staff(codes...))
	if err != nil {
		t.Fatal(err)
	}
	return workers
}

// log reads the kinds and entities of every event so far.
func (s *station) log(t testing.TB) []string {
	t.Helper()
	events, err := s.db.EventsAfter(t.Context(), event.Cursor{}, 10000)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, e.Kind+" "+e.EntityID)
	}
	return kinds
}

func TestSavingWorkersCreatesChangesAndLeavesAlone(t *testing.T) {
	s := newStation(t, freshDB(t, testenv.Postgres(t)))
	first := s.hire(t, "W1", "W2")
	again := staff("W1", "W2")
	again[1].Name = "李娜"
	saved, err := s.SaveWorkers(t.Context(), chief, again)
	if err != nil {
		t.Fatal(err)
	}
	if saved[0] != first[0] {
		t.Errorf("an unchanged worker became %v", saved[0])
	}
	if saved[1].Version != 2 || saved[1].ID != first[1].ID || saved[1].Name != "李娜" {
		t.Errorf("the changed worker is %v", saved[1])
	}
	want := []string{"worker.changed 1", "worker.changed 2", "worker.changed 2"}
	if diff := cmp.Diff(want, s.log(t)); diff != "" {
		t.Error(diff)
	}
	if w, _ := s.desk.ByCode("W2"); w.Name != "李娜" {
		t.Errorf("the directory still has %v", w)
	}
}

func TestWorkerEventsMaskThePhone(t *testing.T) {
	s := newStation(t, freshDB(t, testenv.Postgres(t)))
	s.hire(t, "W1")
	events, err := s.db.EventsAfter(t.Context(), event.Cursor{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	var data map[string]any
	if err := json.Unmarshal(events[0].Data, &data); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"id": 1.0, "code": "W1", "name": "网格员W1", "phone": "138****5678", "duty": "grid_worker", "area": "3714020010011001"}
	if diff := cmp.Diff(want, data); diff != "" {
		t.Error(diff)
	}
}

func TestOneBadWorkerSavesNobody(t *testing.T) {
	s := newStation(t, freshDB(t, testenv.Postgres(t)))
	bad := append(staff("W1", "W1"), post.Worker{Code: " x", Duty: "boss", Area: "3714030010011001"})
	bad = append(bad, post.Worker{Code: "W9", Name: "n", Duty: post.GridLeader, Area: "3714029999999999"})
	_, err := s.SaveWorkers(t.Context(), chief, bad)
	refusal := fault.As(err)
	if refusal == nil || refusal.Kind != fault.Invalid {
		t.Fatalf("err = %v", err)
	}
	var names []string
	for _, f := range refusal.Fields {
		names = append(names, f.Name)
	}
	want := []string{"workers[1].code", "workers[2].code", "workers[2].name", "workers[2].duty", "workers[2].area", "workers[3].area"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if got := s.log(t); len(got) != 0 {
		t.Errorf("something was saved: %v", got)
	}
}

func TestNobodyTakesAWorkerOutOfAnothersArea(t *testing.T) {
	s := newStation(t, freshDB(t, testenv.Postgres(t)))
	s.hire(t, "W1")
	neighbour := identity.Principal{Role: identity.Administrator, Scope: "371402002"}
	w := staff("W1")
	w[0].Area = "371402002001"
	if _, err := s.SaveWorkers(t.Context(), neighbour, w); !fault.Is(err, fault.Invalid) {
		t.Errorf("err = %v", err)
	}
}

func TestRosterIsAllOrNothing(t *testing.T) {
	s := newStation(t, freshDB(t, testenv.Postgres(t)))
	w := s.hire(t, "W1", "W2")
	hour := func(n int) time.Time { return eight.Add(time.Duration(n) * time.Hour) }
	if _, err := s.Roster(t.Context(), chief, []post.Row{{WorkerID: w[0].ID, From: hour(0), To: hour(8)}}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Roster(t.Context(), chief, []post.Row{
		{WorkerID: w[0].ID, From: hour(8), To: hour(16)},  // touches the first: fine
		{WorkerID: w[0].ID, From: hour(7), To: hour(8)},   // lies over a stored one
		{WorkerID: w[1].ID, From: hour(0), To: hour(8)},   // fine
		{WorkerID: w[1].ID, From: hour(4), To: hour(12)},  // lies over the row before
		{WorkerID: w[1].ID, From: hour(20), To: hour(21)}, // fine
	})
	refusal := fault.As(err)
	if refusal == nil || refusal.Kind != fault.Conflict || refusal.Code != "shift.overlap" {
		t.Fatalf("err = %v", err)
	}
	if len(refusal.Fields) != 2 || refusal.Fields[0].Name != "shifts[1]" || refusal.Fields[1].Name != "shifts[3]" {
		t.Errorf("named %v", refusal.Fields)
	}
	if s.desk.OnShift(w[1].ID, hour(1)) {
		t.Error("a row of a refused roster is in effect")
	}
	stored, err := s.Shifts(t.Context(), chief, hour(-24), hour(48), "", 0)
	if err != nil || len(stored) != 1 {
		t.Errorf("stored %v %v", stored, err)
	}
}

func TestRosterRefusesWhatCannotBe(t *testing.T) {
	s := newStation(t, freshDB(t, testenv.Postgres(t)))
	w := s.hire(t, "W1")[0].ID
	for name, row := range map[string]post.Row{
		"nobody":       {WorkerID: w + 1, From: eight, To: eight.Add(time.Hour)},
		"no beginning": {WorkerID: w, From: time.Time{}, To: eight},
		"backwards":    {WorkerID: w, From: eight, To: eight.Add(-time.Hour)},
		"empty":        {WorkerID: w, From: eight, To: eight},
		"too long":     {WorkerID: w, From: eight, To: eight.Add(25 * time.Hour)},
		"long ago":     {WorkerID: w, From: eight.Add(-9 * 24 * time.Hour), To: eight.Add(-9*24*time.Hour + time.Hour)},
		"far ahead":    {WorkerID: w, From: eight.Add(400 * 24 * time.Hour), To: eight.Add(400*24*time.Hour + time.Hour)},
	} {
		if _, err := s.Roster(t.Context(), chief, []post.Row{row}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: err = %v", name, err)
		}
	}
}

func TestOwnShiftFromBeginningToEnd(t *testing.T) {
	s := newStation(t, freshDB(t, testenv.Postgres(t)))
	w := s.hire(t, "W1")[0]
	me := identity.Principal{DisplayName: w.Name, Role: identity.GridWorker, Scope: w.Area, WorkerID: w.ID}
	if _, err := s.EndOwn(t.Context(), me); !fault.Is(err, fault.Conflict) {
		t.Errorf("ending without a shift: %v", err)
	}
	begun, err := s.StartOwn(t.Context(), me)
	if err != nil {
		t.Fatal(err)
	}
	if !begun.To.Equal(eight.Add(post.MaxOwnShift)) {
		t.Errorf("it would last until %v", begun.To)
	}
	s.now = eight.Add(time.Hour)
	again, err := s.StartOwn(t.Context(), me)
	if err != nil || again != begun {
		t.Errorf("beginning twice: %v %v", again, err)
	}
	ended, err := s.EndOwn(t.Context(), me)
	if err != nil || !ended.To.Equal(s.now) {
		t.Fatalf("ended %v %v", ended, err)
	}
	if s.desk.OnShift(w.ID, s.now) || !s.desk.OnShift(w.ID, s.now.Add(-time.Second)) {
		t.Error("the directory has another end")
	}
	want := []string{"worker.changed 1", "shift.started 1", "shift.ended 1"}
	if diff := cmp.Diff(want, s.log(t)); diff != "" {
		t.Error(diff)
	}
}

func TestOwnShiftStopsAtThePlannedOne(t *testing.T) {
	s := newStation(t, freshDB(t, testenv.Postgres(t)))
	w := s.hire(t, "W1")[0]
	planned := eight.Add(10 * time.Minute)
	if _, err := s.Roster(t.Context(), chief, []post.Row{{WorkerID: w.ID, From: planned, To: planned.Add(time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	begun, err := s.StartOwn(t.Context(), identity.Principal{WorkerID: w.ID})
	if err != nil || !begun.To.Equal(planned) {
		t.Errorf("%v %v", begun, err)
	}
}

func TestTwoStartsOfOneWorkerMakeOneShift(t *testing.T) {
	db := freshDB(t, testenv.Postgres(t))
	nodes := []*station{newStation(t, db), newStation(t, db)}
	w := nodes[0].hire(t, "W1")[0]
	if err := nodes[1].desk.Load(t.Context(), eight); err != nil {
		t.Fatal(err)
	}
	shifts := make([]post.Shift, 2)
	var both sync.WaitGroup
	for i, node := range nodes {
		both.Go(func() {
			var err error
			if shifts[i], err = node.StartOwn(context.Background(), identity.Principal{WorkerID: w.ID}); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if shifts[0] != shifts[1] {
		t.Errorf("two shifts: %v and %v", shifts[0], shifts[1])
	}
}

func TestClockTellsEachBeginningAndEndOnce(t *testing.T) {
	db := freshDB(t, testenv.Postgres(t))
	nodes := []*station{newStation(t, db), newStation(t, db), newStation(t, db)}
	s := nodes[0]
	w := s.hire(t, "W1", "W2")
	_, err := s.Roster(t.Context(), chief, []post.Row{
		{WorkerID: w[0].ID, From: eight.Add(time.Hour), To: eight.Add(2 * time.Hour)},
		{WorkerID: w[1].ID, From: eight, To: eight.Add(time.Hour)},
	})
	if err != nil {
		t.Fatal(err)
	}
	before := len(s.log(t))
	for _, at := range []time.Time{eight.Add(time.Minute), eight.Add(time.Hour), eight.Add(3 * time.Hour)} {
		var all sync.WaitGroup
		for _, node := range nodes {
			node.now = at
			all.Go(func() {
				if _, err := node.Announce(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	want := []string{"shift.started 1", "shift.ended 2", "shift.ended 1"}
	if diff := cmp.Diff(want, s.log(t)[before:]); diff != "" {
		t.Error(diff)
	}
}

func TestEndingAPlannedShiftTakesItOut(t *testing.T) {
	s := newStation(t, freshDB(t, testenv.Postgres(t)))
	w := s.hire(t, "W1")[0]
	shifts, err := s.Roster(t.Context(), chief, []post.Row{{WorkerID: w.ID, From: eight.Add(time.Hour), To: eight.Add(2 * time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	stranger := identity.Principal{Scope: "371402999"}
	if _, err := s.End(t.Context(), stranger, shifts[0].ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a stranger's end: %v", err)
	}
	if _, err := s.End(t.Context(), chief, shifts[0].ID); err != nil {
		t.Fatal(err)
	}
	if s.desk.OnShift(w.ID, eight.Add(90*time.Minute)) {
		t.Error("it is still planned")
	}
	want := []string{"worker.changed 1", "shift.rostered 1", "shift.cancelled 1"}
	if diff := cmp.Diff(want, s.log(t)); diff != "" {
		t.Error(diff)
	}
	if _, err := s.End(t.Context(), chief, 4711); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown shift: %v", err)
	}
}

func TestAnotherNodeFollowsTheLog(t *testing.T) {
	db := freshDB(t, testenv.Postgres(t))
	here, there := newStation(t, db), newStation(t, db)
	w := here.hire(t, "W1")[0]
	shifts, err := here.Roster(t.Context(), chief, []post.Row{{WorkerID: w.ID, From: eight}})
	if err != nil {
		t.Fatal(err)
	}
	follow := func(after event.Cursor) event.Cursor {
		events, err := db.EventsAfter(t.Context(), after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if err := there.desk.Follow(t.Context(), eight, events); err != nil {
			t.Fatal(err)
		}
		return events[len(events)-1].Cursor
	}
	seen := follow(event.Cursor{})
	if !there.desk.OnShift(w.ID, eight) {
		t.Fatal("the other node doesn't know the shift")
	}
	here.now = eight.Add(time.Minute)
	if _, err := here.End(t.Context(), chief, shifts[0].ID); err != nil {
		t.Fatal(err)
	}
	follow(seen)
	if there.desk.OnShift(w.ID, eight.Add(time.Hour)) {
		t.Error("the other node still has the shift open")
	}
}

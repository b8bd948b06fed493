package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/post"
	"wangge/internal/postgres"
	"wangge/internal/testenv"
)

// after is so many hours after eight.
func after(hours int) time.Time { return eight.Add(time.Duration(hours) * time.Hour) }

func serves(worker int32, from, to time.Time) post.Row {
	return post.Row{WorkerID: worker, From: from, To: to}
}

func TestAFutureShiftIsCorrected(t *testing.T) {
	s := newStation(t, freshDB(t, testenv.Postgres(t)))
	w := s.hire(t, "W1")[0]
	shifts, err := s.Roster(t.Context(), chief, []post.Row{serves(w.ID, after(24), after(32)), serves(w.ID, after(48), after(56)), serves(w.ID, eight, after(8))})
	if err != nil {
		t.Fatal(err)
	}
	moved, err := s.Correct(t.Context(), chief, shifts[0].ID, 1, after(26), after(34))
	if err != nil || !moved.From.Equal(after(26)) || !moved.To.Equal(after(34)) || moved.Version != 2 {
		t.Fatalf("moved to %+v, %v", moved, err)
	}
	if s.desk.OnShift(w.ID, after(25)) || !s.desk.OnShift(w.ID, after(33)) {
		t.Error("the directory has the old times")
	}
	_, err = s.Correct(t.Context(), chief, shifts[0].ID, 1, after(27), after(34))
	wantFault(t, err, fault.Conflict, "shift.version")
	_, err = s.Correct(t.Context(), chief, shifts[0].ID, 2, after(50), after(60))
	wantFault(t, err, fault.Conflict, "shift.overlap")
	_, err = s.Correct(t.Context(), chief, shifts[2].ID, shifts[2].Version, after(3), after(9))
	wantFault(t, err, fault.Conflict, "shift.begun")
	_, err = s.Correct(t.Context(), chief, shifts[0].ID, 2, after(-1), after(9))
	wantFault(t, err, fault.Invalid, "shift.times")
	_, err = s.Correct(t.Context(), chief, shifts[0].ID, 2, after(26), after(26))
	wantFault(t, err, fault.Invalid, "shift.times")
	south := identity.Principal{Role: identity.Community, Scope: "371402002"}
	_, err = s.Correct(t.Context(), south, shifts[0].ID, 2, after(27), after(34))
	wantFault(t, err, fault.NotFound, "shift.unknown")
	s.now = after(26).Add(time.Minute)
	if told, err := s.Announce(t.Context()); err != nil || told != 2 { // the moved one's beginning, and the end of the first
		t.Errorf("%d were told of, %v", told, err)
	}
}

func TestWhoLeftServesNoMore(t *testing.T) {
	s := newStation(t, freshDB(t, testenv.Postgres(t)))
	w := s.hire(t, "W1")[0]
	left := staff("W1")
	left[0].Left = true
	planned, err := s.Roster(t.Context(), chief, []post.Row{serves(w.ID, after(24*30), after(24*30+8))})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.SaveWorkers(t.Context(), chief, left)
	if f := wantFault(t, err, fault.Invalid, "worker.invalid"); f.Fields[0].Name != "workers[0].left" || f.Fields[0].Code != "worker.on_shift" {
		t.Errorf("the fields are %+v", f.Fields)
	}
	if _, err := s.End(t.Context(), chief, planned[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveWorkers(t.Context(), chief, left); err != nil {
		t.Fatal(err)
	}
	_, err = s.Roster(t.Context(), chief, []post.Row{serves(w.ID, after(1), after(8))})
	if f := wantFault(t, err, fault.Invalid, "shift.roster"); f.Fields[0].Code != "worker.left" {
		t.Errorf("the fields are %+v", f.Fields)
	}
	_, err = s.StartOwn(t.Context(), identity.Principal{WorkerID: w.ID, Scope: "371402"})
	wantFault(t, err, fault.Forbidden, "shift.no_worker")
}

func TestAMaskedPhoneIsLeftAsItIs(t *testing.T) {
	s := newStation(t, freshDB(t, testenv.Postgres(t)))
	first := s.hire(t, "W1")[0]
	edited := staff("W1")
	edited[0].Phone, edited[0].Name = "138****5678", "新名"
	saved, err := s.SaveWorkers(t.Context(), chief, edited)
	if err != nil || saved[0].Phone != first.Phone || saved[0].Name != "新名" {
		t.Errorf("saved %+v, %v", saved, err)
	}
	edited[0].Phone = "139****0000"
	_, err = s.SaveWorkers(t.Context(), chief, edited)
	if f := wantFault(t, err, fault.Invalid, "worker.invalid"); f.Fields[0].Code != "worker.phone_masked" {
		t.Errorf("the fields are %+v", f.Fields)
	}
}

func TestWorkersAreListedInTheOrderAskedFor(t *testing.T) {
	s := newStation(t, freshDB(t, testenv.Postgres(t)))
	people := staff("W3", "W1", "W2", "W4")
	people[3].Area, people[2].Duty = "3714020020011001", post.GridLeader
	saved, err := s.SaveWorkers(t.Context(), chief, people)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Roster(t.Context(), chief, []post.Row{serves(saved[1].ID, eight, after(8))}); err != nil {
		t.Fatal(err)
	}
	codes := func(by identity.Principal, f post.WorkerFilter) (got []string) {
		for f.Limit = 2; ; f.After = s.workerID(t, got[len(got)-1]) {
			page := s.Workers(by, f)
			for _, w := range page {
				got = append(got, w.Code)
			}
			if len(page) < 2 {
				return got
			}
		}
	}
	yes := true
	for what, c := range map[string]struct {
		filter post.WorkerFilter
		want   []string
	}{
		"by id":    {post.WorkerFilter{}, []string{"W3", "W1", "W2", "W4"}},
		"by code":  {post.WorkerFilter{Order: post.ByCode}, []string{"W1", "W2", "W3", "W4"}},
		"on shift": {post.WorkerFilter{OnShift: &yes}, []string{"W1"}},
		"leaders":  {post.WorkerFilter{Duty: post.GridLeader}, []string{"W2"}},
		"area":     {post.WorkerFilter{Area: "371402002"}, []string{"W4"}},
		"text":     {post.WorkerFilter{Text: "w2"}, []string{"W2"}},
	} {
		if diff := cmp.Diff(c.want, codes(chief, c.filter)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	if got := codes(identity.Principal{Scope: "371402002"}, post.WorkerFilter{}); !cmp.Equal(got, []string{"W4"}) {
		t.Errorf("the south sees %v", got)
	}
}

func (s *station) workerID(t *testing.T, code string) int32 {
	t.Helper()
	w, ok := s.desk.ByCode(code)
	if !ok {
		t.Fatalf("no worker %s", code)
	}
	return w.ID
}

func TestRostersArePreviewedAndImportedOnce(t *testing.T) {
	s := newStation(t, freshDB(t, testenv.Postgres(t)))
	people := s.hire(t, "W1", "W2")
	if _, err := s.Roster(t.Context(), chief, []post.Row{serves(people[0].ID, after(24), after(32))}); err != nil {
		t.Fatal(err)
	}
	rows := []post.Row{serves(people[0].ID, after(24), after(32)), serves(people[0].ID, after(32), after(40)), serves(people[1].ID, after(24), after(32))}
	clash := append(rows, post.Row{WorkerID: people[1].ID, From: after(31), To: after(33)}, post.Row{WorkerID: people[0].ID, From: after(1)})
	_, err := s.PreviewRoster(t.Context(), chief, clash)
	f := wantFault(t, err, fault.Conflict, "shift.overlap")
	if len(f.Fields) != 2 || f.Fields[0].Name != "shifts[3].from" || f.Fields[1].Name != "shifts[4].from" {
		t.Errorf("the fields are %+v", f.Fields)
	}
	outcomes, err := s.PreviewRoster(t.Context(), chief, rows)
	want := []post.Outcome{post.Unchanged, post.Created, post.Created}
	if diff := cmp.Diff(want, outcomes); diff != "" || err != nil {
		t.Errorf("%s, %v", diff, err)
	}
	for range 2 {
		if _, err := s.ImportRoster(t.Context(), chief, rows); err != nil {
			t.Fatal(err)
		}
	}
	roll, err := s.Roll(t.Context(), chief, post.ShiftFilter{From: eight, To: after(72), Limit: 10})
	if err != nil || len(roll) != 3 {
		t.Fatalf("the roll is %+v, %v", roll, err)
	}
	next, err := s.Roll(t.Context(), chief, post.ShiftFilter{From: eight, To: after(72), After: roll[1].Shift, Limit: 10})
	if err != nil || len(next) != 1 || next[0].Shift != roll[2].Shift {
		t.Errorf("behind the second is %+v, %v", next, err)
	}
	if one, _ := s.Roll(t.Context(), chief, post.ShiftFilter{From: eight, To: after(72), Text: "w2", Limit: 10}); len(one) != 1 || one[0].Worker.Code != "W2" {
		t.Errorf("W2 has %+v", one)
	}
	if none, _ := s.Roll(t.Context(), identity.Principal{Scope: "371402002"}, post.ShiftFilter{From: eight, To: after(72), Limit: 10}); len(none) != 0 {
		t.Errorf("the south sees %+v", none)
	}
}

func TestTheAuditTellsWhatWasBefore(t *testing.T) {
	s := newStation(t, freshDB(t, testenv.Postgres(t)))
	w := s.hire(t, "W1")[0]
	edited := staff("W1")
	edited[0].Duty, edited[0].Phone = post.GridLeader, "13900001111"
	if _, err := s.SaveWorkers(t.Context(), chief, edited); err != nil {
		t.Fatal(err)
	}
	shifts, err := s.Roster(t.Context(), chief, []post.Row{serves(w.ID, after(24), after(32))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Correct(t.Context(), chief, shifts[0].ID, 1, after(25), after(32)); err != nil {
		t.Fatal(err)
	}
	trail, err := postgres.Identity{DB: s.db}.AuditTrail(t.Context(), identity.AuditFilter{Scope: "371402", Limit: 10})
	if err != nil || len(trail) != 4 {
		t.Fatalf("%d entries, %v", len(trail), err)
	}
	for i, want := range map[int][]string{
		3: {`"duty": "grid_worker"`},
		2: {`"duty": {"to": "grid_leader", "from": "grid_worker"}`, `"phone": {"to": "139****1111", "from": "138****5678"}`, `"code": "W1"`},
		0: {`"from": {"to": "2026-11-24T01:00:00Z", "from": "2026-11-24T00:00:00Z"}`, `"to": "2026-11-24T08:00:00Z"`},
	} {
		for _, part := range want {
			if !strings.Contains(string(trail[i].Detail), part) {
				t.Errorf("%s lacks %s: %s", trail[i].Action, part, trail[i].Detail)
			}
		}
	}
}

package postgres_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"wangge/internal/alarm"
	"wangge/internal/area"
	"wangge/internal/area/areatest"
	"wangge/internal/catalog"
	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/incident"
	"wangge/internal/post"
	"wangge/internal/postgres"
	"wangge/internal/tracking"
)

func sos(key string) alarm.Alarm {
	return alarm.Alarm{
		Kind: alarm.SOS, Key: key, Severity: catalog.Critical, Area: areatest.Grid, Since: eight, RaisedAt: eight,
		Subject: alarm.Subject{Worker: 17, WorkerName: "王芳"},
	}
}

// TestAnAlarmIsRaisedOnceByManyNodes: whoever comes second gets the open one, and one event tells of it.
func TestAnAlarmIsRaisedOnceByManyNodes(t *testing.T) {
	d := newDesk(t)
	store := postgres.Alarm{DB: d.db}
	var wg sync.WaitGroup
	var mu sync.Mutex
	raised := map[bool]int{}
	ids := map[int64]bool{}
	for range 8 {
		wg.Go(func() {
			a, fresh, err := store.Raise(t.Context(), sos("17"))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			raised[fresh]++
			ids[a.ID] = true
		})
	}
	wg.Wait()
	if raised[true] != 1 || len(ids) != 1 {
		t.Errorf("raised %d times, as %v", raised[true], ids)
	}
	if events := d.alarmEvents(t); len(events) != 1 || events[0].Kind != event.AlarmRaised || events[0].Area != areatest.Grid {
		t.Errorf("told as %+v", events)
	}
	// Once it is cleared, the same thing may happen again.
	for id := range ids {
		if err := store.Clear(t.Context(), []int64{id, id + 1}, eight.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if _, fresh, err := store.Raise(t.Context(), sos("17")); err != nil || !fresh {
		t.Errorf("raised again: %v, %v", fresh, err)
	}
}

func (d *desk) alarmEvents(t *testing.T) (found []event.Event) {
	t.Helper()
	epoch, err := d.db.Epoch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	events, err := d.db.EventsAfter(t.Context(), event.Cursor{Epoch: epoch}, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Entity == "alarm" {
			found = append(found, e)
		}
	}
	return found
}

func (d *desk) alarms() *alarm.Service {
	return alarm.NewService(alarm.Dependencies{
		Store: postgres.Alarm{DB: d.db}, People: post.NewDirectory(postgres.Post{DB: d.db}), Table: tracking.NewTable(), Now: func() time.Time { return d.now },
	})
}

// TestOfTwoWhoAcknowledgeOneIsTold: at the same moment, exactly one is the one; the others are told who.
func TestOfTwoWhoAcknowledgeOneIsTold(t *testing.T) {
	d := newDesk(t)
	a, _, err := postgres.Alarm{DB: d.db}.Raise(t.Context(), sos("17"))
	if err != nil {
		t.Fatal(err)
	}
	service := d.alarms()
	var wg sync.WaitGroup
	errs := make([]error, 5)
	for i := range errs {
		wg.Go(func() {
			by := someone(identity.Operator, areatest.Code)
			ctx := identity.WithPrincipal(t.Context(), by)
			_, errs[i] = service.Acknowledge(ctx, by, a.ID, a.Version, " 已派人 ")
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		if f := fault.As(err); f == nil || f.Code != "alarm.acknowledged" || f.Params["by"] != "某operator" {
			t.Errorf("refused with %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d have acknowledged it", won)
	}
	list, err := service.List(t.Context(), someone(identity.Leader, areatest.Code), alarm.Filter{Limit: 10})
	if err != nil || len(list) != 1 || list[0].AcknowledgedBy != "某operator" || list[0].Note != "已派人" || !list[0].AcknowledgedAt.Equal(d.now) || list[0].Version != 2 {
		t.Errorf("it is kept as %+v, %v", list, err)
	}
	if events := d.alarmEvents(t); len(events) != 2 || events[1].Kind != event.AlarmAcknowledged || !strings.Contains(string(events[1].Data), "某operator") {
		t.Errorf("told as %+v", events)
	}
	trail, err := postgres.Identity{DB: d.db}.AuditTrail(t.Context(), identity.AuditFilter{Scope: areatest.Code, Action: event.AlarmAcknowledged, Limit: 10})
	if err != nil || len(trail) != 1 {
		t.Errorf("the audit has %+v, %v", trail, err)
	}
}

// TestOneNodeLeads: a second one is refused while the first leads, and is let in when it has gone.
func TestOneNodeLeads(t *testing.T) {
	d := newDesk(t)
	store := postgres.Alarm{DB: d.db}
	leading, enough := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		led, err := store.Lead(t.Context(), func(context.Context) { close(leading); <-enough })
		if !led && err == nil {
			t.Error("the first was not let in")
		}
		first <- err
	}()
	<-leading
	if led, err := store.Lead(t.Context(), func(context.Context) { t.Error("two lead") }); led || err != nil {
		t.Errorf("the second: %v, %v", led, err)
	}
	close(enough)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	second := false
	if led, err := store.Lead(t.Context(), func(context.Context) { second = true }); !led || err != nil || !second {
		t.Errorf("after it had gone: %v, %v", led, err)
	}
}

// TestTheWatchRaisesAndClears goes the whole way: a critical incident waits, the alarm is raised, it is dispatched, the alarm is cleared.
func TestTheWatchRaisesAndClears(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	report := d.in(areatest.Grid)
	report.Severity = incident.Critical
	i, err := d.Report(ctx, someone(identity.Operator, areatest.Code), report)
	if err != nil {
		t.Fatal(err)
	}
	policy := alarm.NewPolicy()
	now := eight
	w := &alarm.Watch{
		Store: postgres.Alarm{DB: d.db}, People: post.NewDirectory(postgres.Post{DB: d.db}), Devices: tracking.NewDevices(postgres.Tracking{DB: d.db}),
		Table: tracking.NewTable(), Areas: func() *area.Index { return d.index }, Policy: policy, Now: func() time.Time { return now },
	}
	steady := alarm.NewSteady(policy)
	look := func(at time.Time, open int) []alarm.Alarm {
		t.Helper()
		now = at
		if err := w.Look(ctx, steady); err != nil {
			t.Fatal(err)
		}
		alarms, err := w.Store.Open(ctx)
		if err != nil || len(alarms) != open {
			t.Fatalf("at %v there are %+v open, %v; want %d", at, alarms, err, open)
		}
		return alarms
	}
	overdue := eight.Add(policy.CriticalAfter)
	look(overdue.Add(-time.Second), 0)
	look(overdue, 0)
	open := look(overdue.Add(policy.HoldFor), 1)
	if a := open[0]; a.Kind != alarm.IncidentWaiting || a.Subject.Incident != i.ID || a.Severity != incident.Critical || !a.Since.Equal(eight) || a.Area != areatest.Grid {
		t.Errorf("raised as %+v", a)
	}
	look(overdue.Add(time.Minute), 1)
	if _, err := d.Move(ctx, someone(identity.Dispatcher, areatest.Code), i.ID, incident.Dispatched, "", i.Version); err != nil {
		t.Fatal(err)
	}
	look(overdue.Add(2*time.Minute), 1)
	look(overdue.Add(2*time.Minute+policy.CalmFor), 0)
	var kinds []string
	for _, e := range d.alarmEvents(t) {
		kinds = append(kinds, e.Kind)
	}
	if got := strings.Join(kinds, " "); got != "alarm.raised alarm.cleared" {
		t.Errorf("told as %s", got)
	}
}

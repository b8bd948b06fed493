package postgres_test

import (
	"testing"
	"time"

	"wangge/internal/area/areatest"
	"wangge/internal/identity"
	"wangge/internal/incident"
)

// TestTodaysFigures: what is counted is what plain SQL counts, by days of the district.
func TestTodaysFigures(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	dispatcher := someone(identity.Dispatcher, areatest.Code)
	report := func(grid string, at time.Time, steps ...incident.State) {
		d.now = at
		i, err := d.Report(ctx, dispatcher, d.in(grid))
		for _, to := range steps {
			if err == nil {
				i, err = d.Move(ctx, dispatcher, i.ID, to, "", i.Version)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	all := []incident.State{incident.Dispatched, incident.Handling, incident.Closed}
	elsewhere := areatest.Subdistrict + "0021001"
	midnight := time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC) // of 23 November in the district
	report(areatest.Grid, midnight.Add(-time.Second), all...)  // yesterday
	report(areatest.Grid, midnight.Add(-time.Second))          // yesterday, open
	report(areatest.Grid, midnight, all...)
	report(areatest.Grid, midnight.Add(time.Hour))
	report(elsewhere, midnight.Add(2*time.Hour))
	for scope, want := range map[string][3]int{areatest.Code: {3, 1, 3}, areatest.Community: {2, 1, 2}, "": {0, 0, 0}} {
		d.now = midnight.Add(24*time.Hour - time.Second)
		day, got, err := d.Today(ctx, someone(identity.Operator, scope))
		if err != nil || got.ReportedToday != want[0] || got.ClosedToday != want[1] || got.Open != want[2] || day.Format(time.DateOnly) != "2026-11-23" {
			t.Errorf("%q has %+v, %v; want %v", scope, got, err, want)
		}
	}
	var reported, closed, open int
	err := d.db.Pool.QueryRow(ctx, `SELECT
		count(*) FILTER (WHERE (reported_at AT TIME ZONE 'Asia/Shanghai')::date = '2026-11-23'),
		count(*) FILTER (WHERE (closed_at AT TIME ZONE 'Asia/Shanghai')::date = '2026-11-23'),
		count(*) FILTER (WHERE state <> 'closed') FROM incident`).Scan(&reported, &closed, &open)
	_, got, _ := d.Today(ctx, someone(identity.Operator, areatest.Code))
	if err != nil || got.ReportedToday != reported || got.ClosedToday != closed || got.Open != open {
		t.Errorf("counted %+v, SQL counts %d, %d, %d (%v)", got, reported, closed, open, err)
	}
}

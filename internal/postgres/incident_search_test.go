package postgres_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wangge/internal/incident"
	"wangge/internal/postgres"
)

// filledIncidents puts n closed incidents of a year into the table, in one statement, and looks at its statistics.
func filledIncidents(t *testing.T, db *postgres.DB, n int) {
	t.Helper()
	_, err := db.Pool.Exec(t.Context(), `INSERT INTO incident (code, class, severity, state, text, address, lon, lat, area, source, reported_by, reported_at, closed_at, version)
		SELECT to_char(at, 'YYYYMMDD') || '-' || lpad(i::text, 5, '0'), '060' || i % 40, 'normal', 'closed', '路边有垃圾' || i, '中心路' || i || '号',
			116.3, 37.4, '371402001001' || lpad((i % 100)::text, 4, '0'), 'console', '某人', at, at + interval '1 hour', 1
		FROM generate_series(1, $1) i, LATERAL (SELECT $2::timestamptz - make_interval(hours => i % 8000) AS at) t`, n, searchNow)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Pool.Exec(t.Context(), "ANALYZE incident"); err != nil {
		t.Fatal(err)
	}
}

var searchNow = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func searchFor(t *testing.T, store postgres.Incident, scope, text string, classes ...string) (codes []string) {
	t.Helper()
	found, err := store.Search(t.Context(), incident.Search{Scope: scope, Text: text, Classes: classes, Since: searchNow.Add(-incident.SearchBack), Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range found {
		codes = append(codes, i.Text)
	}
	return codes
}

func TestIncidentsAreFoundByTheirWords(t *testing.T) {
	db := areaDB(t)
	store := postgres.Incident{DB: db}
	report := func(area, text, address string, at time.Time) incident.Incident {
		i, err := store.Report(t.Context(), incident.Incident{Class: "06010", Severity: incident.Normal, State: incident.Reported, Text: text,
			Address: address, Lon: 116.3, Lat: 37.4, Area: area, Source: incident.FromConsole, ReportedBy: "某人", ReportedAt: at})
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	closed := func(i incident.Incident) {
		_, err := store.Update(t.Context(), i.ID, func(i *incident.Incident) (incident.Entry, error) {
			i.State, i.ClosedAt = incident.Closed, i.ReportedAt.Add(time.Hour)
			return incident.Entry{Incident: i.ID, At: i.ClosedAt, To: i.State}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	const here, there = "3714020010010001", "3714020020010001"
	manhole := report(here, "Manhole 井盖缺失", "", searchNow.Add(-200*24*time.Hour))
	recent := report(here, "井盖松动", "中心路 3 号", searchNow.Add(-24*time.Hour))
	closed(recent)
	closed(report(here, "旧井盖", "", searchNow.Add(-100*24*time.Hour)))
	report(there, "盖井", "", searchNow)
	for text, want := range map[string]string{
		"井盖":         "Manhole 井盖缺失,井盖松动", // open first, however old; the long closed one and the other way round are not it
		"manhole":    "Manhole 井盖缺失",
		"盖井":         "盖井",
		"中心路 3":      "井盖松动",
		manhole.Code: "Manhole 井盖缺失",
		"%":          "",
		"没有":         "",
		"井":          "盖井,Manhole 井盖缺失,井盖松动",
		recent.Code:  "井盖松动",
	} {
		if got := strings.Join(searchFor(t, store, "371402", text), ","); got != want {
			t.Errorf("%q finds %q, want %q", text, got, want)
		}
	}
	if got := searchFor(t, store, "371402002", "井"); len(got) != 1 || got[0] != "盖井" {
		t.Errorf("in the second subdistrict: %q", got)
	}
	if got := searchFor(t, store, here, "没有", "06010"); len(got) != 2 {
		t.Errorf("by class: %q", got)
	}
}

func TestSearchingReadsAnIndexAndNotEveryIncident(t *testing.T) {
	db := areaDB(t)
	filledIncidents(t, db, 30_000)
	for _, text := range []string{"路123号", "垃圾2999", "20260"} {
		rows, err := db.Pool.Query(t.Context(), "EXPLAIN "+postgres.SearchIncidents, "371402", text, []string{"06039"}, searchNow.Add(-incident.SearchBack), 20)
		if err != nil {
			t.Fatal(err)
		}
		plan := ""
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			plan += line + "\n"
		}
		if rows.Err() != nil {
			t.Fatal(rows.Err())
		}
		if strings.Contains(plan, "Seq Scan") {
			t.Errorf("looking for %q reads everything:\n%s", text, plan)
		}
	}
}

func TestFiguresOfADay(t *testing.T) {
	db := areaDB(t)
	filledIncidents(t, db, 100)
	midnight := incident.DayStart(searchNow)
	add := func(area string, severity incident.Severity, state incident.State, reported time.Time, closed *time.Time) {
		_, err := db.Pool.Exec(t.Context(), `INSERT INTO incident (code, class, severity, state, text, lon, lat, area, source, reported_by, reported_at, closed_at, version)
			VALUES (gen_random_uuid()::text, '06010', $1, $2, 'x', 0, 0, $3, 'console', 'x', $4, $5, 1)`, severity, state, area, reported, closed)
		if err != nil {
			t.Fatal(err)
		}
	}
	const here = "3714020090010001"
	before, after := midnight.Add(-time.Minute), midnight.Add(time.Minute)
	add(here, incident.Urgent, incident.Reported, before, nil)
	add(here, incident.Critical, incident.Handling, after, nil)
	add(here, incident.Normal, incident.Dispatched, midnight, nil)
	add(here, incident.Urgent, incident.Closed, before, &after)
	add(here, incident.Urgent, incident.Closed, before.Add(-time.Hour), &before)
	add("3714020090020001", incident.Urgent, incident.Reported, after, nil)
	got, err := postgres.Incident{DB: db}.Figures(t.Context(), "371402009001", midnight, incident.Pressing)
	want := incident.Figures{Open: 3, Pressing: 2, Waiting: 1, ReportedToday: 2, ClosedToday: 1}
	if err != nil || got != want {
		t.Errorf("%s: %+v, %v; want %+v", fmt.Sprint(midnight), got, err, want)
	}
}

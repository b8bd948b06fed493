package postgres_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wangge/internal/area"
	"wangge/internal/area/areatest"
	"wangge/internal/catalog"
	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/incident"
	"wangge/internal/postgres"
	"wangge/internal/testenv"
)

// desk is incidents of a small district, with a clock of their own on a real database.
type desk struct {
	*incident.Service
	store postgres.Incident
	db    *postgres.DB
	index *area.Index
	now   time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{db: freshDB(t, testenv.Postgres(t)), now: eight}
	d.store = postgres.Incident{DB: d.db}
	classes, err := catalog.Open(t.Context(), postgres.Catalog{DB: d.db})
	if err != nil {
		t.Fatal(err)
	}
	if d.index, err = area.NewIndex(areatest.Areas(areatest.Small)); err != nil {
		t.Fatal(err)
	}
	d.Service = incident.NewService(incident.Dependencies{
		Store: d.store, Catalog: classes, Areas: func() *area.Index { return d.index }, Now: func() time.Time { return d.now },
	})
	return d
}

// someone is a principal of that role in the district.
func someone(role identity.Role, scope string) identity.Principal {
	return identity.Principal{AccountID: 9, Name: string(role), DisplayName: "某" + string(role), Role: role, Scope: scope}
}

// in is a report at the label of a grid.
func (d *desk) in(grid string) incident.Report {
	at := d.index.ByCode(grid).Label
	return incident.Report{Class: "06010", Text: "暴露垃圾", Lon: at[0], Lat: at[1]}
}

func TestReportFindsGridClassAndCode(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	worker := someone(identity.GridWorker, areatest.Community)
	d.now = time.Date(2026, 11, 23, 15, 59, 59, 0, time.UTC) // 23:59:59 in the district
	first, err := d.Report(ctx, worker, d.in(areatest.Grid))
	if err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(time.Second) // the next district day
	second, err := d.Report(ctx, worker, d.in(areatest.Grid))
	if err != nil {
		t.Fatal(err)
	}
	if first.Code != "20261123-0001" || second.Code != "20261124-0001" {
		t.Errorf("codes are %s and %s", first.Code, second.Code)
	}
	want := incident.Incident{
		ID: first.ID, Code: "20261123-0001", Class: "06010", Severity: incident.Normal, State: incident.Reported, Text: "暴露垃圾",
		Lon: first.Lon, Lat: first.Lat, Area: areatest.Grid, Source: incident.FromWorker, ReportedBy: worker.DisplayName,
		ReportedAt: time.Date(2026, 11, 23, 15, 59, 59, 0, time.UTC), Version: 1,
	}
	stored, timeline, err := d.Get(ctx, worker, first.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, stored); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	if len(timeline) != 1 || timeline[0].To != incident.Reported || timeline[0].From != "" || timeline[0].Actor != worker.DisplayName {
		t.Errorf("the timeline is %+v", timeline)
	}
}

func TestReportOutside(t *testing.T) {
	d := newDesk(t)
	ctx, dispatcher := t.Context(), someone(identity.Dispatcher, areatest.Code)
	west := areatest.Corner
	at := func(degrees float64) incident.Report {
		return incident.Report{Class: "09012", Text: "x", Lon: west[0] - degrees, Lat: west[1] + areatest.Height/2}
	}
	// A degree of longitude is about 88.5 km here: 0.04 are 3.5 km, 0.07 are 6.2 km.
	near, err := d.Report(ctx, dispatcher, at(0.04))
	if err != nil {
		t.Fatal(err)
	}
	if near.Area != areatest.Code || !near.View().OutsideGrids {
		t.Errorf("3.5 km outside it belongs to %s", near.Area)
	}
	if near.Severity != incident.Urgent {
		t.Errorf("a blocked fire lane is %s by default", near.Severity)
	}
	_, err = d.Report(ctx, dispatcher, at(0.07))
	wantFault(t, err, fault.Invalid, "incident.far_outside")
	_, err = d.Report(ctx, someone(identity.Community, areatest.Community), at(0.04))
	wantFault(t, err, fault.Forbidden, "incident.scope")
}

func TestBrokenReports(t *testing.T) {
	d := newDesk(t)
	good := d.in(areatest.Grid)
	for field, spoil := range map[string]func(*incident.Report){
		"class":    func(r *incident.Report) { r.Class = "99999" },
		"severity": func(r *incident.Report) { r.Severity = "dire" },
		"text":     func(r *incident.Report) { r.Text = " \n" },
		"lon":      func(r *incident.Report) { r.Lon, r.Lat = r.Lat, r.Lon },
	} {
		r := good
		spoil(&r)
		_, err := d.Report(t.Context(), someone(identity.Dispatcher, areatest.Code), r)
		if f := wantFault(t, err, fault.Invalid, "incident.invalid"); len(f.Fields) != 1 || f.Fields[0].Name != field {
			t.Errorf("spoiling %s names %v", field, f.Fields)
		}
	}
	if all, err := d.List(t.Context(), someone(identity.Dispatcher, areatest.Code), incident.Filter{Limit: 10}); err != nil || len(all) != 0 {
		t.Errorf("broken reports left %d incidents, %v", len(all), err)
	}
}

// TestTheLoop walks every pair of states as every role: only the transitions of the first form exist, each for its roles.
func TestTheLoop(t *testing.T) {
	staff := []identity.Role{identity.Operator, identity.Dispatcher, identity.Community}
	allowed := map[[2]incident.State][]identity.Role{
		{incident.Reported, incident.Dispatched}: staff,
		{incident.Dispatched, incident.Handling}: append([]identity.Role{identity.GridWorker, identity.Department}, staff...),
		{incident.Handling, incident.Closed}:     staff,
	}
	d := newDesk(t)
	ctx := t.Context()
	for _, from := range incident.States {
		for _, to := range incident.States {
			for _, role := range identity.Roles {
				i := d.at(t, from)
				after, err := d.Move(ctx, someone(role, areatest.Code), i.ID, to, "", i.Version)
				roles, exists := allowed[[2]incident.State{from, to}]
				switch {
				case !exists:
					if f := wantFault(t, err, fault.Conflict, "incident.transition"); !reflect.DeepEqual(f.Params["allowed"], incident.Next(from)) {
						t.Errorf("%s → %s names %v", from, to, f.Params["allowed"])
					}
				case !slices.Contains(roles, role):
					wantFault(t, err, fault.Forbidden, "incident.role")
				case err != nil || after.State != to || after.Version != i.Version+1 || after.ClosedAt.IsZero() == (to == incident.Closed):
					t.Errorf("%s → %s by %s: %+v, %v", from, to, role, after, err)
				}
			}
		}
	}
}

// at makes an incident and brings it to a state.
func (d *desk) at(t *testing.T, state incident.State) incident.Incident {
	t.Helper()
	by := someone(identity.Dispatcher, areatest.Code)
	i, err := d.Report(t.Context(), by, d.in(areatest.Grid))
	for _, next := range incident.States[1:] {
		if err == nil && i.State != state {
			i, err = d.Move(t.Context(), by, i.ID, next, "", i.Version)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestMovesNeedTheCurrentVersion(t *testing.T) {
	d := newDesk(t)
	i := d.at(t, incident.Dispatched)
	by := someone(identity.Dispatcher, areatest.Code)
	_, err := d.Move(t.Context(), by, i.ID, incident.Handling, "", 1)
	if f := wantFault(t, err, fault.Conflict, "incident.version"); f.Params["current"] != int64(2) || f.Params["state"] != incident.Dispatched {
		t.Errorf("the conflict names %v", f.Params)
	}
	// Of many who decide at once about the same version, one does.
	var wg sync.WaitGroup
	outcomes := make([]error, 8)
	for n := range outcomes {
		wg.Go(func() { _, outcomes[n] = d.Move(t.Context(), by, i.ID, incident.Handling, "", 2) })
	}
	wg.Wait()
	done := 0
	for _, err := range outcomes {
		if err == nil {
			done++
		} else {
			wantFault(t, err, fault.Conflict, "incident.version")
		}
	}
	if done != 1 {
		t.Errorf("%d of the moves went through", done)
	}
	_, timeline, err := d.Get(t.Context(), by, i.ID)
	if err != nil || len(timeline) != 3 {
		t.Errorf("the timeline has %d entries, %v", len(timeline), err)
	}
}

func TestOtherCommunitiesIncidentsDoNotExist(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	i := d.at(t, incident.Reported)
	other := someone(identity.Community, areatest.Subdistrict+"002")
	_, _, err := d.Get(ctx, other, i.ID)
	wantFault(t, err, fault.NotFound, "incident.missing")
	_, err = d.Move(ctx, other, i.ID, incident.Dispatched, "", 1)
	wantFault(t, err, fault.NotFound, "incident.missing")
	for _, by := range []identity.Principal{other, {Role: identity.Dispatcher}} {
		if list, err := d.List(ctx, by, incident.Filter{Limit: 10}); err != nil || len(list) != 0 {
			t.Errorf("scope %q lists %d incidents, %v", by.Scope, len(list), err)
		}
	}
}

func TestListFiltersAndPages(t *testing.T) {
	d := newDesk(t)
	ctx, by := t.Context(), someone(identity.Dispatcher, areatest.Code)
	grids := d.index.AtLevel(area.Grid)
	for n := range 9 {
		r := d.in(grids[n%3].Code)
		r.Text, r.Address = fmt.Sprintf("第%d件 Bin", n), "岔河桥"
		if n%2 == 0 {
			r.Class = "09012"
		}
		if n == 4 {
			r.Text = "100% _full_"
		}
		if _, err := d.Report(ctx, by, r); err != nil {
			t.Fatal(err)
		}
		if n%3 == 2 {
			d.now = d.now.Add(time.Second) // three at a time share an instant
		}
	}
	first, err := d.List(ctx, by, incident.Filter{Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Move(ctx, by, first[0].ID, incident.Dispatched, "", 1); err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	for what, c := range map[string]struct {
		f    incident.Filter
		want int
	}{
		"all":              {incident.Filter{}, 9},
		"a grid":           {incident.Filter{Area: grids[0].Code}, 3},
		"another district": {incident.Filter{Area: "371403"}, 0},
		"a class":          {incident.Filter{Class: "09012"}, 5},
		"a state":          {incident.Filter{States: []incident.State{incident.Dispatched}}, 1},
		"two states":       {incident.Filter{States: []incident.State{incident.Dispatched, incident.Reported}}, 9},
		"open":             {incident.Filter{Open: &yes}, 9},
		"closed":           {incident.Filter{Open: &no}, 0},
		"text":             {incident.Filter{Text: "bin"}, 8},
		"address":          {incident.Filter{Text: "岔河"}, 9},
		"code":             {incident.Filter{Text: "-0003"}, 1},
		"no wildcard":      {incident.Filter{Text: "%_"}, 0},
		"literal percent":  {incident.Filter{Text: "0% _"}, 1},
	} {
		c.f.Limit = 20
		if got, err := d.List(ctx, by, c.f); err != nil || len(got) != c.want {
			t.Errorf("%s: %d incidents, want %d (%v)", what, len(got), c.want, err)
		}
	}
	var paged []int64
	for place := (incident.Place{}); ; {
		page, err := d.List(ctx, by, incident.Filter{Limit: 2, After: place})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page {
			paged = append(paged, i.ID)
		}
		if len(page) < 2 {
			break
		}
		if place, err = incident.ParsePlace(incident.PlaceOf(page[1]).String()); err != nil {
			t.Fatal(err)
		}
	}
	if want := []int64{9, 8, 7, 6, 5, 4, 3, 2, 1}; !slices.Equal(paged, want) {
		t.Errorf("paged through %v, want %v", paged, want)
	}
	_, err = d.List(ctx, by, incident.Filter{States: []incident.State{"lost"}})
	wantFault(t, err, fault.Invalid, "incident.state")
}

// TestEachChangeIsOneEvent: the log tells each change once, with the incident as the world sees it after it.
func TestEachChangeIsOneEvent(t *testing.T) {
	d := newDesk(t)
	head, err := d.db.EventHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := d.at(t, incident.Closed)
	events, err := d.db.EventsAfter(t.Context(), head, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != len(incident.States) {
		t.Fatalf("%d events for %d changes", len(events), len(incident.States))
	}
	for n, e := range events {
		kind := event.IncidentMoved
		if n == 0 {
			kind = event.IncidentReported
		}
		var view incident.View
		if err := json.Unmarshal(e.Data, &view); err != nil {
			t.Fatal(err)
		}
		if e.Kind != kind || e.Version != int64(n+1) || view.Version != e.Version || view.State != incident.States[n] || e.Area != areatest.Grid {
			t.Errorf("event %d is %s version %d area %s, with %+v", n, e.Kind, e.Version, e.Area, view)
		}
		if n == len(events)-1 {
			if diff := cmp.Diff(i.View(), view); diff != "" {
				t.Errorf("the event shows another incident than the answer (-answer +event):\n%s", diff)
			}
		}
	}
	office, err := identity.New(postgres.Identity{DB: d.db}, identity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	trail, err := office.AuditTrail(t.Context(), identity.Principal{Scope: areatest.Code}, identity.AuditFilter{Entity: "incident", EntityID: fmt.Sprint(i.ID), Limit: 10})
	if err != nil || len(trail) != len(incident.States) {
		t.Errorf("%d audit entries, %v", len(trail), err)
	}
}

// TestSnapshotAndEventsMeet: whatever is reported while snapshots are taken is in the snapshot, or in the events behind its cursor.
func TestSnapshotAndEventsMeet(t *testing.T) {
	d := newDesk(t)
	ctx, by := t.Context(), someone(identity.Dispatcher, areatest.Code)
	const reports = 60
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for range reports / 3 {
				if _, err := d.Report(ctx, by, d.in(areatest.Grid)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	type look struct {
		open map[string]bool
		head event.Cursor
	}
	var looks []look
	for range 10 {
		open, head, err := d.store.Snapshot(ctx, areatest.Subdistrict, 1000)
		if err != nil {
			t.Fatal(err)
		}
		l := look{map[string]bool{}, head}
		for _, i := range open {
			l.open[fmt.Sprint(i.ID)] = true
		}
		looks = append(looks, l)
	}
	wg.Wait()
	for n, l := range looks {
		events, err := d.db.EventsAfter(ctx, l.head, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			l.open[e.EntityID] = true
		}
		if len(l.open) != reports {
			t.Errorf("snapshot %d and the events behind it tell of %d incidents, want %d", n, len(l.open), reports)
		}
	}
	d.at(t, incident.Closed)
	open, _, err := d.store.Snapshot(ctx, areatest.Code, 1000)
	if err != nil || len(open) != reports {
		t.Errorf("%d open incidents, want %d (%v)", len(open), reports, err)
	}
	if none, _, err := d.store.Snapshot(ctx, areatest.Code+"002", 1000); err != nil || len(none) != 0 {
		t.Errorf("another subdistrict has %d (%v)", len(none), err)
	}
}

// TestCodesAreUniqueUnderLoad: numbers are given out without reports waiting for each other's commits.
func TestCodesAreUniqueUnderLoad(t *testing.T) {
	d := newDesk(t)
	by := someone(identity.Dispatcher, areatest.Code)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if _, err := d.Report(t.Context(), by, d.in(areatest.Grid)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	all, err := d.List(t.Context(), by, incident.Filter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, i := range all {
		codes[i.Code] = true
	}
	if len(codes) != 80 || !codes["20261123-0001"] || !codes["20261123-0080"] {
		t.Errorf("%d different codes", len(codes))
	}
}

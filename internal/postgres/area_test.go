package postgres_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wangge/internal/area"
	"wangge/internal/area/areatest"
	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/postgres"
	"wangge/internal/testenv"
)

func areaDB(t testing.TB) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), testenv.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func unpack[T any](items []area.Item[T]) []T {
	out := make([]T, len(items))
	for i, item := range items {
		out[i] = item.Value
	}
	return out
}

func wholeChange(s areatest.Shape, base int64) area.Change {
	p := areatest.Make(s)
	return area.Change{
		Base: base, At: time.Date(2026, 3, 1, 2, 3, 4, 0, time.UTC), Actor: "王主任", Source: "made", SHA256: []byte{1, 2},
		Summary: area.Summary{Source: "made", Warnings: []fault.Field{{Name: "areas[1]", Code: "x", Text: "y"}}},
		Areas:   unpack(p.Areas), Buildings: unpack(p.Buildings), Facilities: unpack(p.Facilities), Streets: unpack(p.Streets),
	}
}

func load(t testing.TB, db *postgres.DB) area.State {
	t.Helper()
	s, err := db.LoadAreas(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func save(t testing.TB, db *postgres.DB, c area.Change) int64 {
	t.Helper()
	revision, err := db.SaveAreas(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

func TestAreasComeBackAsTheyWereSaved(t *testing.T) {
	db := areaDB(t)
	if s := load(t, db); s.Revision != 0 || len(s.Areas) != 0 {
		t.Fatalf("a new database has areas: %+v", s)
	}
	c := wholeChange(areatest.Small, 0)
	revision := save(t, db, c)
	got := load(t, db)
	want := area.State{Revision: revision, Areas: c.Areas, Buildings: c.Buildings, Facilities: c.Facilities, Streets: c.Streets}
	byCode := cmpopts.SortSlices(func(a, b area.Area) bool { return a.Code < b.Code })
	if diff := cmp.Diff(want, got, byCode, cmpopts.IgnoreFields(area.Area{}, "ID", "Version"),
		cmpopts.IgnoreFields(area.Building{}, "ID"), cmpopts.IgnoreFields(area.Facility{}, "ID")); diff != "" {
		t.Error(diff)
	}
	ids := map[int32]bool{}
	for _, a := range got.Areas {
		if ids[a.ID] || a.ID <= 0 || a.Version != 1 {
			t.Errorf("%s has id %d and version %d", a.Code, a.ID, a.Version)
		}
		ids[a.ID] = true
	}
}

func TestAreasKeepTheirIDsAndTellWhatChanged(t *testing.T) {
	db := areaDB(t)
	c := wholeChange(areatest.Small, 0)
	c.Base = save(t, db, c)
	before := map[string]area.Area{}
	for _, a := range load(t, db).Areas {
		before[a.Code] = a
	}
	renamed, removed := c.Areas[4].Code, c.Areas[5].Code
	c.Areas[4].Name = "新名字"
	c.Areas = append(c.Areas[:5:5], c.Areas[6:]...)
	added := c.Areas[3]
	added.Code += "1999"
	c.Areas = append(c.Areas, added)
	c.Buildings = nil
	save(t, db, c)
	after := load(t, db)
	if len(after.Buildings) != len(wholeChange(areatest.Small, 0).Buildings) {
		t.Errorf("a kind that was not in the change went from its place: %d buildings", len(after.Buildings))
	}
	for _, a := range after.Areas {
		old, was := before[a.Code]
		version := int64(1)
		if a.Code == renamed {
			version = 2
		}
		switch {
		case a.Code == removed:
			t.Errorf("%s is still there", a.Code)
		case was && (a.ID != old.ID || a.Version != version):
			t.Errorf("%s has id %d and version %d, had id %d", a.Code, a.ID, a.Version, old.ID)
		case !was && a.Code != added.Code:
			t.Errorf("%s came from nowhere", a.Code)
		}
	}
	if len(after.Areas) != len(before) {
		t.Errorf("%d areas, want %d", len(after.Areas), len(before))
	}
}

func TestBuildingsAndFacilitiesKeepTheirNumbers(t *testing.T) {
	db := areaDB(t)
	c := wholeChange(areatest.Small, 0)
	c.Base = save(t, db, c)
	before := load(t, db)
	c.Buildings[1].Name = "新名字"
	c.Buildings, c.Facilities = c.Buildings[1:], append(c.Facilities[:0:0], c.Facilities[0])
	added := c.Buildings[2]
	added.Code += "999"
	c.Buildings = append(c.Buildings, added)
	save(t, db, c)
	after := load(t, db)
	numbers := map[string]int32{}
	for _, b := range before.Buildings {
		numbers[b.Code] = b.ID
	}
	if len(after.Buildings) != len(before.Buildings) || len(after.Facilities) != 1 || after.Facilities[0].ID != before.Facilities[0].ID {
		t.Fatalf("%d buildings, facilities %+v", len(after.Buildings), after.Facilities)
	}
	for _, b := range after.Buildings {
		switch old, was := numbers[b.Code]; {
		case b.ID <= 0 || was && b.ID != old:
			t.Errorf("%s has number %d, had %d", b.Code, b.ID, old)
		case !was && int(b.ID) <= len(before.Buildings):
			t.Errorf("%s is new and has number %d, which another had", b.Code, b.ID)
		}
	}
}

func TestAreaImportIsAnEvent(t *testing.T) {
	db := areaDB(t)
	start, err := db.EventHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := wholeChange(areatest.Small, 0)
	revision := save(t, db, c)
	events, err := db.EventsAfter(t.Context(), start, 10)
	if err != nil || len(events) != 1 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	e := events[0]
	if e.Kind != event.AreaChanged || e.EntityID != areatest.Code || e.Area != areatest.Code || e.Version != revision || e.Actor != c.Actor || !e.At.Equal(c.At) {
		t.Errorf("%+v", e)
	}
	var summary area.Summary
	if err := json.Unmarshal(e.Data, &summary); err != nil || summary.Revision != revision || summary.Source != "made" || summary.Warnings != nil {
		t.Errorf("%+v, %v", summary, err)
	}
}

func TestAnImportFromAnOldRevisionIsRefused(t *testing.T) {
	db := areaDB(t)
	c := wholeChange(areatest.Small, 0)
	first := save(t, db, c)
	c.Areas[0].Name = "别的区"
	if _, err := db.SaveAreas(t.Context(), c); !fault.Is(err, fault.Conflict) {
		t.Fatalf("an import from revision 0 after revision %d: %v", first, err)
	}
	if s := load(t, db); s.Revision != first || s.Areas[0].Name == "别的区" {
		t.Error("the refused import changed something")
	}
}

// Two imports at once: one goes through, the other is told, and the state is one of the two, not a mixture.
func TestTwoImportsAtOnce(t *testing.T) {
	db := areaDB(t)
	results := make(chan error, 2)
	for _, name := range []string{"甲", "乙"} {
		c := wholeChange(areatest.Small, 0)
		for i := range c.Areas {
			c.Areas[i].Name = name
		}
		go func() { _, err := db.SaveAreas(context.Background(), c); results <- err }()
	}
	done, refused := 0, 0
	for range 2 {
		switch err := <-results; {
		case err == nil:
			done++
		case fault.Is(err, fault.Conflict):
			refused++
		default:
			t.Fatal(err)
		}
	}
	if done != 1 || refused != 1 {
		t.Fatalf("%d done, %d refused", done, refused)
	}
	s := load(t, db)
	for _, a := range s.Areas {
		if a.Name != s.Areas[0].Name {
			t.Fatal("the state is a mixture of two imports")
		}
	}
}

// What the database refuses at the end must take back what it took at the beginning.
func TestAnImportThatFailsChangesNothing(t *testing.T) {
	db := areaDB(t)
	c := wholeChange(areatest.Small, 0)
	revision := save(t, db, c)
	before := load(t, db)
	head, err := db.EventHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.Base = revision
	c.Areas[0].Name = "别的区"
	c.Facilities = append(c.Facilities, c.Facilities[0])
	if _, err := db.SaveAreas(t.Context(), c); err == nil {
		t.Fatal("a facility twice was saved")
	}
	if diff := cmp.Diff(before, load(t, db)); diff != "" {
		t.Error(diff)
	}
	if events, err := db.EventsAfter(t.Context(), head, 10); err != nil || len(events) > 0 {
		t.Errorf("%d events, %v", len(events), err)
	}
}

// BenchmarkLoadAreas is what a start costs: about 1,000 grids and 15,000 buildings, with index and projected tiles.
func BenchmarkLoadAreas(b *testing.B) {
	db := areaDB(b)
	save(b, db, wholeChange(areatest.Sized(1000), 0))
	service := area.NewService(db)
	b.ResetTimer()
	for range b.N {
		if err := service.Load(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(load(b, db).Buildings)), "buildings")
}

func BenchmarkSaveAreas(b *testing.B) {
	db := areaDB(b)
	c := wholeChange(areatest.Sized(1000), 0)
	b.ResetTimer()
	for range b.N {
		c.Base = save(b, db, c)
	}
}

package area_test

import (
	"testing"

	"wangge/geodata"
	"wangge/internal/area"
	"wangge/internal/area/importer"
)

// demonstration reads the demonstration district as an import would.
func demonstration(t testing.TB) area.Plan {
	t.Helper()
	var plan area.Plan
	for _, file := range []struct {
		what importer.What
		open func() ([]byte, error)
	}{
		{importer.Areas, geodata.Areas}, {importer.Buildings, geodata.Buildings},
		{importer.Facilities, geodata.Facilities}, {importer.Streets, geodata.Streets},
	} {
		data, err := file.open()
		if err != nil {
			t.Fatal(err)
		}
		if err := importer.ReadBytes(t.Context(), string(file.what)+".geojson", data, importer.Options{What: file.what}, &plan); err != nil {
			t.Fatal(err)
		}
	}
	return plan
}

// worldOf numbers a plan's areas and makes index and tiles.
func worldOf(t testing.TB, p area.Plan) world {
	t.Helper()
	var areas []area.Area
	for i, item := range p.Areas {
		item.Value.ID, item.Value.Version = int32(i+1), 1
		areas = append(areas, item.Value)
	}
	w := world{x: mustIndex(t, areas)}
	for _, item := range p.Buildings {
		w.buildings = append(w.buildings, item.Value)
	}
	for _, item := range p.Facilities {
		w.facilities = append(w.facilities, item.Value)
	}
	for _, item := range p.Streets {
		w.streets = append(w.streets, item.Value)
	}
	w.tiles = area.NewTiles(w.x, w.buildings, w.facilities, w.streets)
	return w
}

func TestTheDemonstrationDistrictInForce(t *testing.T) {
	s := nodes(t, 1)[0]
	summary := mustImport(t, s, demonstration(t))
	if summary.Revision != s.Revision() || s.Index().Len() != summary.Added {
		t.Errorf("%+v, %d in memory", summary, s.Index().Len())
	}
	again := mustImport(t, s, demonstration(t))
	if again.Unchanged != summary.Added || again.Added+again.Changed+again.Removed != 0 {
		t.Errorf("imported again: %+v", again)
	}
}

package district

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"wangge/geodata"
	"wangge/geodata/sources"
)

// shipped is the district of the seed that is shipped, generated once for all tests, which only read it.
var shipped = sync.OnceValues(func() (*District, error) { return Generate(Seed) })

func shippedDistrict(t *testing.T) *District {
	t.Helper()
	d, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// files are what can be written of a district, with what is shipped of it.
var files = map[string]struct {
	write   func(*District, io.Writer) error
	shipped func() ([]byte, error)
}{
	"areas":      {(*District).WriteAreas, geodata.Areas},
	"buildings":  {(*District).WriteBuildings, geodata.Buildings},
	"facilities": {(*District).WriteFacilities, geodata.Facilities},
	"streets":    {(*District).WriteStreets, geodata.Streets},
}

func TestSameSeedSameBytes(t *testing.T) {
	first := shippedDistrict(t)
	second, err := Generate(Seed)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range files {
		a, b := written(t, first, f.write), written(t, second, f.write)
		if !bytes.Equal(a, b) {
			t.Errorf("%s differ between two runs", name)
		}
		committed, err := f.shipped()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, committed) {
			t.Errorf("%s in geodata/decheng aren't what is generated: run go generate ./geodata", name)
		}
	}
}

func written(t *testing.T, d *District, write func(*District, io.Writer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(d, &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFilesAreLossless(t *testing.T) {
	d := shippedDistrict(t)
	areas, err := geojson.UnmarshalFeatureCollection(written(t, d, (*District).WriteAreas))
	if err != nil {
		t.Fatal(err)
	}
	for k, f := range areas.Features {
		a := d.Areas[k]
		if f.Properties.MustString("code") != a.Code || !orb.Equal(f.Geometry, a.Boundary) {
			t.Fatalf("area %d of the file isn't %s as generated", k, a.Code)
		}
	}
	buildings, err := geojson.UnmarshalFeatureCollection(written(t, d, (*District).WriteBuildings))
	if err != nil {
		t.Fatal(err)
	}
	for k, f := range buildings.Features {
		if !orb.Equal(f.Geometry, d.Buildings[k].Footprint) {
			t.Fatalf("building %d of the file isn't %s as generated", k, d.Buildings[k].Code)
		}
	}
}

func TestWrittenFeatures(t *testing.T) {
	at := orb.Point{116.3, 37.45}
	d := &District{
		Areas: []Area{{Code: "3714020010011001", Name: `尉署"第1`, Level: LevelGrid, Parent: "371402001001", Households: 400,
			Leader: Leader{"王建华", "19900000001"}, Label: at, Boundary: orb.Polygon{{at, {116.31, 37.45}, {116.3, 37.46}, at}}}},
		Facilities: []Facility{{Code: "371402001001F001", Kind: "service_station", Name: "站", Grid: "3714020010011001", Windows: 3, At: at}},
	}
	wantAreas := `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"code":"3714020010011001","name":"尉署\"第1","level":"grid","parent":"371402001001","households":400,` +
		`"label":[116.3000000,37.4500000],"leader":{"name":"王建华","phone":"19900000001"},"demonstration":true},` +
		`"geometry":{"type":"Polygon","coordinates":[[[116.3000000,37.4500000],[116.3100000,37.4500000],[116.3000000,37.4600000],` +
		`[116.3000000,37.4500000]]]}}
]}
`
	if diff := cmp.Diff(wantAreas, string(written(t, d, (*District).WriteAreas))); diff != "" {
		t.Error(diff)
	}
	wantFacilities := `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"code":"371402001001F001","kind":"service_station","name":"站","grid":"3714020010011001","windows":3,` +
		`"demonstration":true},"geometry":{"type":"Point","coordinates":[116.3000000,37.4500000]}}
]}
`
	if diff := cmp.Diff(wantFacilities, string(written(t, d, (*District).WriteFacilities))); diff != "" {
		t.Error(diff)
	}
}

// Every subdistrict and community of the official list is there under its code, with its name less the words for its committee, and
// nothing else is.
func TestOfficialDivisions(t *testing.T) {
	var list []division
	if err := json.Unmarshal(sources.Divisions, &list); err != nil {
		t.Fatal(err)
	}
	official := map[string]division{}
	for _, d := range list {
		if len(d.Code) >= 9 {
			official[d.Code] = d
		}
	}
	count := map[string]int{}
	for _, a := range shippedDistrict(t).Areas {
		count[a.Level]++
		if a.Level != LevelSubdistrict && a.Level != LevelCommunity {
			continue
		}
		d, ok := official[a.Code]
		delete(official, a.Code)
		if !ok || a.Parent != d.Parent || !isShortFor(a.Name, d) {
			t.Errorf("%s %s under %s isn't %+v", a.Code, a.Name, a.Parent, d)
		}
		if village := a.Kind == KindVillage; a.Level == LevelCommunity && village != (d.Type == "village_committee") {
			t.Errorf("%s %s is of kind %s", a.Code, a.Name, a.Kind)
		}
	}
	if len(official) > 0 {
		t.Errorf("missing: %v", official)
	}
	if count[LevelDistrict] != 1 || count[LevelSubdistrict] != 7 || count[LevelCommunity] != 126 {
		t.Errorf("areas by level: %v", count)
	}
}

// isShortFor tells whether a name is a division's official name without the words for its committee.
func isShortFor(name string, d division) bool {
	switch d.Type {
	case "residents_committee":
		return d.Name == name+"居委会"
	case "village_committee":
		return strings.HasSuffix(name, "村") && (d.Name == name+"委会" || d.Name == name+"村委会")
	}
	return d.Name == name
}

package replay

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wangge/internal/geo"
)

func decodeFile(t *testing.T, name string) []Point {
	t.Helper()
	points, err := readFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return points
}

func TestDecodeVersion11(t *testing.T) {
	points := decodeFile(t, "patrol.gpx")
	if len(points) != 160 {
		t.Fatalf("%d points, want 160: the way point is no track point", len(points))
	}
	first := points[0]
	if first.Lon != 116.3042 || first.Lat != 37.4508 || first.Elevation != 22 || first.Speed != 1.3 || !math.IsNaN(first.Course) {
		t.Errorf("first point %+v", first)
	}
	if want := time.Date(2026, 5, 18, 0, 30, 0, 0, time.UTC); !first.Time.Equal(want) {
		t.Errorf("first time %v, want %v", first.Time, want)
	}
}

func TestDecodeVersion10(t *testing.T) {
	points := decodeFile(t, "version10.gpx")
	if len(points) != 6 {
		t.Fatalf("%d points, want 6", len(points))
	}
	if p := points[0]; p.Speed != 1.3 || p.Course != 90 || p.HDOP != 1.2 {
		t.Errorf("first point %+v", p)
	}
	if want := time.Date(2026, 5, 17, 16, 30, 0, 0, time.UTC); !points[0].Time.Equal(want) {
		t.Errorf("a time with an offset became %v, want %v", points[0].Time, want)
	}
}

const gpxHead = `<?xml version="1.0"?><gpx version="1.1">`

func TestDecodeRefuses(t *testing.T) {
	for name, c := range map[string]struct{ file, says string }{
		"empty":          {"", "no content"},
		"another format": {`<?xml version="1.0"?><kml><Document/></kml>`, "<kml>"},
		"a page":         {"<!doctype html><html><body>404</body></html>", "<html>"},
		"json":           {`{"type":"FeatureCollection"}`, "begins with"},
		"binary":         {"\x89PNG\r\n\x1a\n\x00\x00", "not a GPX file"},
		"no points":      {gpxHead + `<wpt lat="1" lon="2"/></gpx>`, "no track points"},
		"cut off":        {gpxHead + `<trk><trkseg><trkpt lat="37" lon="116"><time>2026-01-01T00:00:00Z</time></trkpt>`, "broken at byte"},
		"no time":        {gpxHead + `<trk><trkseg><trkpt lat="37" lon="116"></trkpt></trkseg></trk></gpx>`, "point 1 has no time"},
		"wrong time":     {gpxHead + `<trk><trkseg><trkpt lat="37" lon="116"><time>gestern</time></trkpt></trkseg></trk></gpx>`, "gestern"},
		"latitude":       {gpxHead + `<trk><trkseg><trkpt lat="97" lon="116"><time>2026-01-01T00:00:00Z</time></trkpt></trkseg></trk></gpx>`, "point 1 has no usable position"},
		"not a number":   {gpxHead + `<trk><trkseg><trkpt lat="NaN" lon="116"><time>2026-01-01T00:00:00Z</time></trkpt></trkseg></trk></gpx>`, "point 1 has no usable position"},
	} {
		t.Run(name, func(t *testing.T) {
			points, err := Decode(strings.NewReader(c.file))
			if err == nil {
				t.Fatalf("read %d points", len(points))
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error %q doesn't say %q", err, c.says)
			}
		})
	}
}

func TestSomethingElseIsNotGPX(t *testing.T) {
	if _, err := Decode(strings.NewReader("<kml/>")); !errors.Is(err, ErrNotGPX) {
		t.Errorf("%v is not ErrNotGPX", err)
	}
}

func TestScheduleShiftsAndSpeedsUp(t *testing.T) {
	points := decodeFile(t, "version10.gpx") // every 10 s
	start := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	plan := Schedule(points, start, 4)
	if len(plan) != len(points) {
		t.Fatalf("%d points of %d", len(plan), len(points))
	}
	for i, p := range plan {
		if want := start.Add(time.Duration(i) * 2500 * time.Millisecond); !p.Time.Equal(want) {
			t.Errorf("point %d at %v, want %v", i, p.Time, want)
		}
		if p.Speed != points[i].Speed*4 {
			t.Errorf("point %d at %g m/s, want four times %g", i, p.Speed, points[i].Speed)
		}
	}
	if thin := Schedule(points, start, 1000); len(thin) != 1 { // 10 ms apart
		t.Errorf("at a thousand times the speed %d points are left, want 1", len(thin))
	}
}

func TestScheduleFillsInSpeedAndCourse(t *testing.T) {
	start := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	nan := math.NaN()
	north := geo.NewLocal([2]float64{116.3, 37.45}).Point(0, 13) // 13 m
	plan := Schedule([]Point{
		{Lon: 116.3, Lat: 37.45, Time: start, Speed: nan, Course: nan},
		{Lon: north[0], Lat: north[1], Time: start.Add(10 * time.Second), Speed: nan, Course: nan},
	}, start, 1)
	if got := plan[1]; math.Abs(got.Speed-1.3) > 0.001 || math.Abs(got.Course) > 0.01 {
		t.Errorf("13 m north in 10 s is %g m/s at %g°, want 1.3 at 0", got.Speed, got.Course)
	}
}

func TestQueryIsTheOsmAndFormat(t *testing.T) {
	p := Point{Lon: 116.3, Lat: 37.45, Time: time.UnixMilli(1763892000123), Speed: knot * 2, Course: 90, Elevation: math.NaN(), HDOP: math.NaN()}
	want := "/ingest/osmand?bearing=90.0&id=demo%2Fphone&lat=37.4500000&lon=116.3000000&speed=2.000&timestamp=1763892000123"
	if got := Query("demo/phone", p); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"version10.gpx"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Add(gpxHead + `<rte><rtept lat="37" lon="116"><time>2026-01-01T00:00:00Z</time></rtept></rte></gpx>`)
	f.Add("<gpx>")
	f.Fuzz(func(t *testing.T, file string) {
		points, err := Decode(strings.NewReader(file))
		if err != nil {
			return
		}
		if len(points) == 0 {
			t.Fatal("neither points nor an error")
		}
		for i, p := range points {
			if !(math.Abs(p.Lon) <= 180 && math.Abs(p.Lat) <= 90) {
				t.Fatalf("point %d is at %g, %g", i, p.Lon, p.Lat)
			}
			if i > 0 && p.Time.Before(points[i-1].Time) {
				t.Fatalf("point %d is before point %d", i, i-1)
			}
		}
	})
}

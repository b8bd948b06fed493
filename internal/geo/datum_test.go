package geo

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
)

// The worked example that open implementations of these datums publish for Tiananmen (coordtransform's documentation): the same numbers
// read in each datum and written in another.
func TestDatumPublishedExample(t *testing.T) {
	p := orb.Point{116.404, 39.915}
	for _, c := range []struct {
		name      string
		got, want orb.Point
		within    float64 // metres
	}{
		{"WGS-84 to GCJ-02", GCJ02.FromWGS84(p), orb.Point{116.41024449916938, 39.91640428150164}, 1e-6},
		{"WGS-84 to BD-09", BD09.FromWGS84(p), orb.Point{116.41662724378733, 39.922699552216216}, 1e-6},
		{"GCJ-02 to BD-09", bdFromGCJ(p), orb.Point{116.41036949371029, 39.92133699351022}, 1e-6},
		{"GCJ-02 to WGS-84", GCJ02.ToWGS84(p), orb.Point{116.39775549316407, 39.913596801757805}, 0.1}, // published by an iteration that stops at 1e-6 degree
	} {
		if d := Distance(c.got, c.want); d > c.within {
			t.Errorf("%s: got %v, want %v, %.6f m apart", c.name, c.got, c.want, d)
		}
	}
	// The published BD-09 to GCJ-02 is an approximate inverse, about half a metre off; the exact one goes there and back.
	if d := Distance(bdFromGCJ(invert(bdFromGCJ, p)), p); d > 1e-6 {
		t.Errorf("BD-09 to GCJ-02 and back is %g m off", d)
	}
}

func TestDatumRoundTrip(t *testing.T) {
	for lon := 73.5; lon < 135; lon += 0.83 {
		for lat := 4.0; lat < 53.5; lat += 0.71 {
			p := orb.Point{lon, lat}
			for _, d := range []Datum{WGS84, CGCS2000, GCJ02, BD09} {
				back := d.ToWGS84(d.FromWGS84(p))
				if math.Abs(back[0]-lon) > 1e-9 || math.Abs(back[1]-lat) > 1e-9 {
					t.Fatalf("%s: %v came back as %v", d, p, back)
				}
			}
		}
	}
}

// GCJ-02 moves every place in China by some 100 to 800 m; less would mean that the conversion does nothing.
func TestDatumShiftIsReal(t *testing.T) {
	dezhou := orb.Point{116.3, 37.45}
	if d := Distance(dezhou, GCJ02.FromWGS84(dezhou)); d < 100 || d > 800 {
		t.Errorf("GCJ-02 moves Dezhou by %.0f m", d)
	}
	if p := CGCS2000.ToWGS84(dezhou); p != dezhou {
		t.Errorf("CGCS2000 moved a point to %v", p)
	}
}

func TestNoShiftOutsideChina(t *testing.T) {
	for _, p := range []orb.Point{{2.35, 48.85}, {-74, 40.7}, {139.7, 35.7}, {151.2, -33.9}} {
		if got := GCJ02.FromWGS84(p); got != p {
			t.Errorf("%v was shifted to %v", p, got)
		}
		if got := GCJ02.ToWGS84(p); got != p {
			t.Errorf("%v was shifted back to %v", p, got)
		}
	}
}

func TestParseDatum(t *testing.T) {
	for name, want := range map[string]Datum{"": WGS84, "WGS-84": WGS84, "CGCS2000": CGCS2000, "gcj_02": GCJ02, "BD-09": BD09} {
		if got, err := ParseDatum(name); err != nil || got != want {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	if _, err := ParseDatum("beijing54"); err == nil {
		t.Error("an unknown datum was accepted")
	}
}

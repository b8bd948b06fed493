package district

import (
	"math"
	"slices"
	"testing"
)

func TestIntersectionIsSharedAndNearest(t *testing.T) {
	for _, c := range []struct{ p, q, a, b, want vertex }{
		{vertex{0, 0}, vertex{10, 10}, vertex{0, 10}, vertex{10, 0}, vertex{5, 5}},
		{vertex{0, 0}, vertex{100, 0}, vertex{33, -7}, vertex{34, 8}, vertex{33, 0}},     // at 33 7/15
		{vertex{0, 0}, vertex{-100, 0}, vertex{-33, 7}, vertex{-34, -6}, vertex{-34, 0}}, // at -33 7/13
		{vertex{0, 0}, vertex{100_000, 3}, vertex{50_000, -400_000}, vertex{50_000, 400_000}, vertex{50_000, 2}},
	} {
		if got := intersection(c.p, c.q, c.a, c.b); got != c.want {
			t.Errorf("%v-%v meets %v-%v at %v, not %v", c.p, c.q, c.a, c.b, got, c.want)
		}
	}
}

func TestRingContains(t *testing.T) {
	bay := ring{{0, 0}, {10, 0}, {10, 10}, {5, 3}, {0, 10}} // a square with a notch from the north
	for p, want := range map[vertex]bool{{5, 1}: true, {1, 7}: true, {9, 7}: true, {5, 7}: false, {-1, 5}: false, {11, 5}: false} {
		if bay.contains(p) != want {
			t.Errorf("contains(%v) = %v", p, !want)
		}
	}
	inner := ring{{1, 1}, {9, 1}, {9, 2}, {1, 2}}
	across := ring{{1, 4}, {9, 4}, {9, 5}, {1, 5}} // all corners inside, but across the notch
	if !bay.holds(inner) || bay.holds(across) {
		t.Errorf("holds: %v, %v", bay.holds(inner), bay.holds(across))
	}
}

func TestLabelPointIsWellInside(t *testing.T) {
	// An L whose arms are 100 m wide: no point is farther than 100·(2-√2) = 58.6 m from the border, at the inner corner's diagonal.
	var l ring
	for _, m := range []metres{{0, 0}, {400, 0}, {400, 100}, {100, 100}, {100, 400}, {0, 400}} {
		l = append(l, m.snap())
	}
	at, clearance := l.labelPoint()
	if best := 100 * (2 - math.Sqrt2); clearance < best*0.96 || clearance > best+0.1 {
		t.Errorf("%.1f m from the border at %v, the best is %.1f", clearance, at, best)
	}
}

func TestSpreadKeepsGapsAndBounds(t *testing.T) {
	if got := spread(0, 9, 10, 5); got != nil {
		t.Errorf("a thing of 10 doesn't fit into 9: %v", got)
	}
	for room := 10.0; room < 300; room += 7.3 {
		places := spread(20, 20+room, 10, 5)
		if want := int((room + 5) / 15); len(places) != want {
			t.Fatalf("%d things fit into %.1f, not %d", want, room, len(places))
		}
		for k, p := range places {
			if p < 20-1e-9 || p+10 > 20+room+1e-9 || k > 0 && p-places[k-1] < 15-1e-9 {
				t.Fatalf("in %.1f they stand at %v", room, places)
			}
		}
	}
}

func TestShareAddsUp(t *testing.T) {
	for total := 1; total < 60; total += 7 {
		for n := 1; n < 9; n++ {
			var parts []int
			sum := 0
			for k := range n {
				parts = append(parts, share(total, n, k))
				sum += parts[k]
			}
			if sum != total || slices.Max(parts)-slices.Min(parts) > 1 {
				t.Errorf("%d in %d parts: %v", total, n, parts)
			}
		}
	}
}

func TestShortName(t *testing.T) {
	for official, want := range map[string]string{
		"尉署社区居委会": "尉署社区", "新园村委会": "新园村", "索庄新村村委会": "索庄新村", "九村村委会": "九村", "五一村委会": "五一村",
		"新湖街道": "新湖街道", "黄河涯镇": "黄河涯镇",
	} {
		if got := shortName(official); got != want {
			t.Errorf("%s is called %s, not %s", official, got, want)
		}
	}
}

// Streets bend but stay at right angles, and neighbouring streets keep their distance.
func TestWarpKeepsAnglesAndDistances(t *testing.T) {
	w := warp{dice{Seed}}
	for u := -7000.0; u <= 12000; u += 950 {
		for v := -19000.0; v <= 16000; v += 870 {
			at := w.at(u, v)
			east, north := w.at(u+100, v).minus(at), w.at(u, v+100).minus(at)
			angle := math.Acos(east.dot(north)/east.length()/north.length()) * 180 / math.Pi
			if math.Abs(angle-90) > 25 || east.length() < 70 || east.length() > 130 || north.length() < 70 || north.length() > 130 {
				t.Errorf("at %v, %v: angle %.0f°, 100 m become %.0f and %.0f", u, v, angle, east.length(), north.length())
			}
		}
	}
}

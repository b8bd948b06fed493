package area

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"wangge/internal/fault"
	"wangge/internal/geo"
)

// Index answers questions about one set of areas, from memory. It never changes, so any number of goroutines may use one; a change of
// the areas makes a new index.
type Index struct {
	areas    []*Area // by code
	rings    []geo.Rings
	byID     map[int32]int
	byCode   map[string]int
	children map[string][]*Area
	levels   map[Level][]*Area
	bound    orb.Bound
	version  string
	raster   raster
}

// NewIndex makes an index of areas of all levels, in any order. It keeps a copy of the list and shares the geometries, which the caller
// must no longer change. Whether the areas make sense together is for Check; only what could not be answered about is an error here:
// an id that is not positive or that two areas have, a code twice, a coordinate that is none.
func NewIndex(areas []Area) (*Index, error) {
	x := &Index{
		areas:    make([]*Area, len(areas)),
		rings:    make([]geo.Rings, len(areas)),
		byID:     make(map[int32]int, len(areas)),
		byCode:   make(map[string]int, len(areas)),
		children: make(map[string][]*Area),
		levels:   make(map[Level][]*Area),
	}
	kept := slices.Clone(areas)
	slices.SortFunc(kept, func(a, b Area) int { return cmp.Compare(a.Code, b.Code) })
	for i := range kept {
		if err := x.add(i, &kept[i]); err != nil {
			return nil, err
		}
	}
	x.version = x.digest()
	x.raster = newRaster(x.areas, x.rings)
	return x, nil
}

func (x *Index) add(i int, a *Area) error {
	if _, twice := x.byID[a.ID]; twice || a.ID <= 0 {
		return fault.New(fault.Invalid, "area.id", fmt.Sprintf("area %s has the id %d, which is taken or not positive", a.Code, a.ID))
	}
	if _, twice := x.byCode[a.Code]; twice {
		return fault.New(fault.Invalid, "area.code_twice", fmt.Sprintf("two areas have the code %s", a.Code))
	}
	if at, bad := badPoint(a.Boundary); bad {
		return fault.New(fault.Invalid, "area.coordinate", fmt.Sprintf("the boundary of %s has a point at %v", a.Code, at))
	}
	x.areas[i], x.byID[a.ID], x.byCode[a.Code] = a, i, i
	x.rings[i] = geo.NewRings(a.Boundary)
	x.children[a.Parent] = append(x.children[a.Parent], a)
	x.levels[a.Level] = append(x.levels[a.Level], a)
	if low, high, ok := x.rings[i].Bound(); ok {
		box := orb.Bound{Min: low.Point(), Max: high.Point()}
		if x.bound.IsZero() {
			x.bound = box
		}
		x.bound = x.bound.Union(box)
	}
	return nil
}

func badPoint(polygons orb.MultiPolygon) (orb.Point, bool) {
	for _, polygon := range polygons {
		for _, ring := range polygon {
			for _, p := range ring {
				if !(math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90) {
					return p, true
				}
			}
		}
	}
	return orb.Point{}, false
}

// ByID gives the area with that id; nil when there is none. What it points to must not be changed; so for all that follow.
func (x *Index) ByID(id int32) *Area {
	if i, ok := x.byID[id]; ok {
		return x.areas[i]
	}
	return nil
}

// ByCode gives the area with that code; nil when there is none.
func (x *Index) ByCode(code string) *Area {
	if i, ok := x.byCode[code]; ok {
		return x.areas[i]
	}
	return nil
}

// Children gives the areas directly below, by code. The parent of a district is "".
func (x *Index) Children(code string) []*Area { return x.children[code] }

// AtLevel gives the areas of a level, by code.
func (x *Index) AtLevel(level Level) []*Area { return x.levels[level] }

// Ancestors gives the areas above, the nearest first. A parent that is not in the index ends the list.
func (x *Index) Ancestors(code string) []*Area {
	var out []*Area
	for a := x.ByCode(code); a != nil && len(out) < len(Levels); {
		if a = x.ByCode(a.Parent); a != nil {
			out = append(out, a)
		}
	}
	return out
}

// Len is the number of areas.
func (x *Index) Len() int { return len(x.areas) }

// Bound is the smallest box around all areas; zero when there are none.
func (x *Index) Bound() orb.Bound { return x.bound }

// Version is a hash of everything in the index, for ETags: equal when nothing differs, also between nodes.
func (x *Index) Version() string { return x.version }

// Depth tells how far inside the area (of any level) a point lies: its distance to the nearest edge in metres, negative when it lies
// outside. For an id that is not there, −Inf. It costs a few nanoseconds per corner of the boundary.
func (x *Index) Depth(id int32, lon, lat int32) float64 {
	i, ok := x.byID[id]
	if !ok {
		return math.Inf(-1)
	}
	distance := x.rings[i].Distance(lon, lat)
	if x.rings[i].Contains(lon, lat) {
		return distance
	}
	return -distance
}

func (x *Index) digest() string {
	h := sha256.New()
	for i, a := range x.areas {
		fmt.Fprintf(h, "%d|%q|%q|%s|%q|%q|%d|%q|%q|%t|%d|", a.ID, a.Code, a.Name, a.Level, a.Parent, a.Kind, a.Households,
			a.LeaderName, a.LeaderPhone, a.Demo, a.Version)
		hashPoint(h, a.Label)
		for _, v := range x.rings[i].Points {
			var b [8]byte
			binary.LittleEndian.PutUint32(b[:], uint32(v.Lon))
			binary.LittleEndian.PutUint32(b[4:], uint32(v.Lat))
			h.Write(b[:])
		}
		fmt.Fprint(h, x.rings[i].Start)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func hashPoint(h hash.Hash, p orb.Point) {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], math.Float64bits(p[0]))
	binary.LittleEndian.PutUint64(b[8:], math.Float64bits(p[1]))
	h.Write(b[:])
}

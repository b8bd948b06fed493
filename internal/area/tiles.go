package area

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"golang.org/x/sync/singleflight"

	"wangge/internal/fault"
)

// MaxZoom is the last zoom that has tiles: a unit of a tile is then 4 cm. Maps enlarge these when they go closer.
const MaxZoom = 18

// The first zooms at which things are shown; they stay at all zooms after.
var (
	areaZoom     = map[Level]int{District: 0, Subdistrict: 8, Community: 10, Grid: 13}
	streetZoom   = map[string]int{"main": 11, "secondary": 13, "lane": 15}
	buildingZoom = 14
	facilityZoom = 14
)

// tilesKept bounds the cache; a tile in it has some 10 KB.
const tilesKept = 2048

// Tiles makes vector tiles (Mapbox Vector Tile 2.1, 4096 units a side) of one set of areas and what is in them, and remembers them. It
// never changes otherwise; a change of the areas makes new tiles. The layers:
//
//	area        polygons: id (the feature's), level, code, name; districts first, grids last
//	area_label  points, each in exactly one tile: id, level, code, name
//	building    polygons: id (the feature's), code, name, grid, households, floors
//	facility    points, each in exactly one tile: id, code, kind, name, grid
//	street      lines: name, class
//
// Neighbours stay neighbours at every zoom: points are rounded to the tile's units, equal ones alike, and nothing is simplified beyond
// that.
type Tiles struct {
	layers []layer
	all    extents
	cache  *lru.Cache[[3]int, tile]
	flight singleflight.Group
}

type layer struct {
	name     string
	features []feature
}

type tile struct {
	data []byte
	etag string
}

// NewTiles projects everything; tiles are made when they are first asked for.
func NewTiles(x *Index, buildings []Building, facilities []Facility, streets []Street) *Tiles {
	t := &Tiles{all: nothing}
	t.layers = []layer{
		{"area", areaFeatures(x, func(a *Area) feature { return newPolygon(a.Boundary) })},
		{"street", streetFeatures(streets)},
		{"building", buildingFeatures(buildings)},
		{"facility", facilityFeatures(facilities)},
		{"area_label", areaFeatures(x, func(a *Area) feature { return newPoint(a.Label) })},
	}
	for _, l := range t.layers {
		for _, f := range l.features {
			if f.box.low.x <= f.box.high.x {
				t.all = t.all.with(f.box.low).with(f.box.high)
			}
		}
	}
	t.cache, _ = lru.New[[3]int, tile](tilesKept) // fails only for sizes below one
	return t
}

func areaFeatures(x *Index, shape func(*Area) feature) []feature {
	var out []feature
	for _, level := range Levels {
		for _, a := range x.AtLevel(level) {
			f := shape(a)
			f.id, f.from = a.ID, areaZoom[level]
			f.properties = geojson.Properties{"level": string(a.Level), "code": a.Code, "name": a.Name}
			out = append(out, f)
		}
	}
	return out
}

func buildingFeatures(buildings []Building) []feature {
	out := make([]feature, len(buildings))
	for i, b := range buildings {
		f := newPolygon(orb.MultiPolygon{b.Footprint})
		f.id, f.from = b.ID, buildingZoom
		f.properties = geojson.Properties{"code": b.Code, "name": b.Name, "grid": b.Grid, "households": b.Households, "floors": b.Floors}
		out[i] = f
	}
	return out
}

func facilityFeatures(facilities []Facility) []feature {
	out := make([]feature, len(facilities))
	for i, v := range facilities {
		f := newPoint(v.At)
		f.id, f.from = v.ID, facilityZoom
		f.properties = geojson.Properties{"code": v.Code, "kind": v.Kind, "name": v.Name, "grid": v.Grid}
		out[i] = f
	}
	return out
}

func streetFeatures(streets []Street) []feature {
	out := make([]feature, 0, len(streets))
	for _, s := range streets {
		if len(s.Line) < 2 {
			continue
		}
		f := newLine(s.Line)
		f.from = streetZoom[s.Class]
		f.properties = geojson.Properties{"name": s.Name, "class": s.Class}
		out = append(out, f)
	}
	return out
}

// Tile gives a tile, gzipped, and its strong ETag (a hash of its content, so a tile that an import didn't change keeps it). An empty tile
// is nil without an ETag. The data must not be changed. A zoom, column or row that does not exist is fault.NotFound.
func (t *Tiles) Tile(z, x, y int) (data []byte, etag string, err error) {
	if z < 0 || z > MaxZoom || x < 0 || y < 0 || x >= 1<<z || y >= 1<<z {
		return nil, "", fault.New(fault.NotFound, "tile.range", fmt.Sprintf("there is no tile %d/%d/%d; zooms go from 0 to %d", z, x, y, MaxZoom))
	}
	f := frame{zoom: z, x: int64(x) << extentBits, y: int64(y) << extentBits}
	if !f.touches(t.all) {
		return nil, "", nil // and no place in the cache
	}
	key := [3]int{z, x, y}
	if made, ok := t.cache.Get(key); ok {
		return made.data, made.etag, nil
	}
	made, err, _ := t.flight.Do(fmt.Sprint(key), func() (any, error) {
		made, err := t.render(f)
		if err == nil {
			t.cache.Add(key, made)
		}
		return made, err
	})
	if err != nil {
		return nil, "", fmt.Errorf("area.Tile(%d/%d/%d): %w", z, x, y, err)
	}
	return made.(tile).data, made.(tile).etag, nil
}

func (t *Tiles) render(f frame) (tile, error) {
	var layers mvt.Layers
	for _, l := range t.layers {
		var shown []*geojson.Feature
		for i := range l.features {
			if g := l.features[i].in(f); g != nil {
				shown = append(shown, g)
			}
		}
		if len(shown) > 0 {
			layers = append(layers, &mvt.Layer{Name: l.name, Version: 2, Extent: extent, Features: shown})
		}
	}
	if len(layers) == 0 {
		return tile{}, nil
	}
	data, err := mvt.MarshalGzipped(layers)
	if err != nil {
		return tile{}, err
	}
	sum := sha256.Sum256(data)
	return tile{slices.Clip(data), `"` + hex.EncodeToString(sum[:12]) + `"`}, nil
}

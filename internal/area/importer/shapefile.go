package importer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// shapeParts are the files that make up one Shapefile. Without .dbf there are no properties; the others may be missing.
type shapeParts struct {
	shp, dbf, prj, cpg []byte
}

// others are the files beside the .shp, by extension.
func (p *shapeParts) others() iter.Seq2[string, *[]byte] {
	return func(yield func(string, *[]byte) bool) {
		_ = yield(".dbf", &p.dbf) && yield(".prj", &p.prj) && yield(".cpg", &p.cpg)
	}
}

// besides finds the files beside a .shp, whose extensions may be written small or large.
func besides(fsys fs.FS, name string, shp []byte, limit int64) shapeParts {
	parts := shapeParts{shp: shp}
	base := name[:len(name)-len(".shp")]
	for ext, part := range parts.others() {
		for _, spelled := range []string{ext, strings.ToUpper(ext)} {
			if data, err := load(fsys, base+spelled, limit); err == nil {
				*part = data
			}
		}
	}
	return parts
}

// Shape types (ESRI Shapefile Technical Description, 1998). Those with measures and heights are read without them.
const (
	shapeNull     = 0
	shapePoint    = 1
	shapePolyLine = 3
	shapePolygon  = 5
)

const shapeHeader = 100 // bytes before the first record

func decodeShapefile(name string, parts shapeParts, o Options, b *budget) ([]record, error) {
	if len(parts.shp) < shapeHeader || sniff(parts.shp) != formatShape {
		return nil, unsupported(name, "it is not a Shapefile")
	}
	if why := wrongWKT(string(parts.prj)); why != "" {
		return nil, invalid(name, "import.projection", why)
	}
	if parts.dbf == nil {
		return nil, invalid(name, "import.properties", "the .dbf with the properties is missing")
	}
	table, err := openDBF(parts.dbf, parts.cpg, o.Encoding)
	if err != nil {
		return nil, invalid(name, "import.unreadable", "the .dbf cannot be read: "+err.Error())
	}
	var out []record
	rest := parts.shp[shapeHeader:]
	for number := 0; len(rest) > 0; number++ {
		content, after, err := shapeRecord(rest)
		if err != nil {
			return nil, invalid(fmt.Sprintf("%s[%d]", name, number), "import.unreadable", err.Error())
		}
		rest = after
		properties, deleted, ok := table.row(number)
		if !ok {
			return nil, invalid(name, "import.properties", fmt.Sprintf("it has more shapes than the .dbf has rows (%d)", table.rows))
		}
		if deleted {
			continue
		}
		r := record{number: number, properties: properties}
		if r.geometry, err = decodeShape(content); err != nil {
			r.problem = err.Error()
		}
		if err := b.take(points(r.geometry)); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// shapeRecord splits off one record: number and length in 16-bit words, big-endian, then the content.
func shapeRecord(data []byte) (content, rest []byte, err error) {
	if len(data) < 8 {
		return nil, nil, errors.New("the file breaks off in a record")
	}
	length := 2 * int64(binary.BigEndian.Uint32(data[4:]))
	if length > int64(len(data)-8) {
		return nil, nil, errors.New("the file breaks off in a record")
	}
	return data[8 : 8+length], data[8+length:], nil
}

func decodeShape(data []byte) (orb.Geometry, error) {
	if len(data) < 4 {
		return nil, errors.New("the record is too short")
	}
	kind := binary.LittleEndian.Uint32(data)
	if kind > 30 {
		return nil, fmt.Errorf("a shape of type %d is not read", kind)
	}
	switch kind % 10 { // 11 … 15 have heights, 21 … 25 measures
	case shapeNull:
		return nil, nil
	case shapePoint:
		if len(data) < 20 {
			return nil, errors.New("the record of a point is too short")
		}
		return shapePoints(data[4:], 1)[0], nil
	case shapePolyLine, shapePolygon:
		rings, err := shapeLines(data)
		if err != nil {
			return nil, err
		}
		if kind%10 == shapePolyLine {
			return rings, nil
		}
		return nest(rings), nil
	}
	return nil, fmt.Errorf("a shape of type %d is not read", kind)
}

// shapeLines reads the parts of a polyline or polygon: type, box, numbers of parts and points, first point of each part, points.
func shapeLines(data []byte) (orb.MultiLineString, error) {
	const head = 44
	if len(data) < head {
		return nil, errors.New("the record is too short")
	}
	parts, total := int64(binary.LittleEndian.Uint32(data[36:])), int64(binary.LittleEndian.Uint32(data[40:]))
	if head+4*parts+16*total > int64(len(data)) {
		return nil, errors.New("the record is shorter than its points")
	}
	all := shapePoints(data[head+4*parts:], int(total))
	out := make(orb.MultiLineString, 0, parts)
	for i := range parts {
		from, to := int64(binary.LittleEndian.Uint32(data[head+4*i:])), total
		if i+1 < parts {
			to = int64(binary.LittleEndian.Uint32(data[head+4*i+4:]))
		}
		if from > to || to > total {
			return nil, errors.New("the parts of the record are out of order")
		}
		out = append(out, orb.LineString(all[from:to:to]))
	}
	return out, nil
}

func shapePoints(data []byte, n int) []orb.Point {
	out := make([]orb.Point, n)
	for i := range out {
		for k := range 2 {
			out[i][k] = math.Float64frombits(binary.LittleEndian.Uint64(data[16*i+8*k:]))
		}
	}
	return out
}

// nest makes polygons of the rings of a shape, in which outer rings turn clockwise and holes counter-clockwise, in any order. A hole
// belongs to the smallest outer ring around it. Where no ring turns clockwise the writer did not care, and all are taken for outer.
func nest(rings orb.MultiLineString) orb.MultiPolygon {
	var out orb.MultiPolygon
	var holes []orb.Ring
	for _, line := range rings {
		if ring := orb.Ring(line); len(ring) > 0 && ring.Orientation() == orb.CCW {
			holes = append(holes, ring)
		} else if len(ring) > 0 {
			out = append(out, orb.Polygon{ring})
		}
	}
	outers := len(out)
	for _, hole := range holes {
		best, size := -1, math.Inf(1)
		for i, polygon := range out[:outers] {
			if area := math.Abs(planar.Area(polygon[0])); area < size && planar.RingContains(polygon[0], hole[0]) {
				best, size = i, area
			}
		}
		if best < 0 {
			out = append(out, orb.Polygon{hole})
		} else {
			out[best] = append(out[best], hole)
		}
	}
	return out
}

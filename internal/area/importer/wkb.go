package importer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// Kinds of geometry in well-known binary (OGC 06-103r4, 8.2.3). Heights and measures, in whichever of the two ways that are in use they
// are marked, are left out.
const (
	wkbPoint           = 1
	wkbLineString      = 2
	wkbPolygon         = 3
	wkbMultiLineString = 5
	wkbMultiPolygon    = 6
)

var errShortWKB = errors.New("the geometry breaks off")

// decodeWKB reads one geometry. Every count is checked against the bytes that are left before anything is allocated for it.
func decodeWKB(data []byte) (orb.Geometry, error) {
	r := &wkbReader{data: data}
	kind, err := r.head()
	if err != nil {
		return nil, err
	}
	switch kind {
	case wkbPoint:
		points, err := r.points(1)
		if err != nil {
			return nil, err
		}
		return points[0], nil
	case wkbLineString:
		line, err := r.line()
		return orb.LineString(line), err
	case wkbPolygon:
		polygon, err := r.polygon()
		return orb.MultiPolygon{polygon}, err
	case wkbMultiLineString:
		return r.lines()
	case wkbMultiPolygon:
		return r.polygons()
	}
	return nil, fmt.Errorf("a geometry of kind %d is not read", kind)
}

type wkbReader struct {
	data   []byte
	order  binary.ByteOrder
	stride int // bytes of a point
}

// head reads byte order and kind, which stand before each member of a collection too.
func (r *wkbReader) head() (kind uint32, err error) {
	if len(r.data) < 5 {
		return 0, errShortWKB
	}
	r.order = binary.ByteOrder(binary.BigEndian)
	if r.data[0] == 1 {
		r.order = binary.LittleEndian
	}
	kind = r.order.Uint32(r.data[1:])
	r.data = r.data[5:]
	dimensions := 2
	if kind&0x80000000 != 0 || kind/1000%10 == 1 || kind/1000%10 == 3 {
		dimensions++
	}
	if kind&0x40000000 != 0 || kind/1000%10 == 2 || kind/1000%10 == 3 {
		dimensions++
	}
	if kind&0x20000000 != 0 { // a reference system's number follows
		if len(r.data) < 4 {
			return 0, errShortWKB
		}
		r.data = r.data[4:]
	}
	r.stride = 8 * dimensions
	return kind & 0x0fffffff % 1000, nil
}

// count reads a number of things that take at least size bytes each.
func (r *wkbReader) count(size int) (int, error) {
	if len(r.data) < 4 {
		return 0, errShortWKB
	}
	n := int64(r.order.Uint32(r.data))
	r.data = r.data[4:]
	if n*int64(size) > int64(len(r.data)) {
		return 0, errShortWKB
	}
	return int(n), nil
}

func (r *wkbReader) points(n int) ([]orb.Point, error) {
	if len(r.data) < n*r.stride {
		return nil, errShortWKB
	}
	out := make([]orb.Point, n)
	for i := range out {
		for k := range 2 {
			out[i][k] = math.Float64frombits(r.order.Uint64(r.data[i*r.stride+8*k:]))
		}
	}
	r.data = r.data[n*r.stride:]
	return out, nil
}

func (r *wkbReader) line() ([]orb.Point, error) {
	n, err := r.count(r.stride)
	if err != nil {
		return nil, err
	}
	return r.points(n)
}

func (r *wkbReader) polygon() (orb.Polygon, error) {
	n, err := r.count(4)
	if err != nil {
		return nil, err
	}
	out := make(orb.Polygon, n)
	for i := range out {
		ring, err := r.line()
		if err != nil {
			return nil, err
		}
		out[i] = ring
	}
	return out, nil
}

func (r *wkbReader) lines() (orb.MultiLineString, error) {
	n, err := r.count(9)
	if err != nil {
		return nil, err
	}
	out := make(orb.MultiLineString, n)
	for i := range out {
		if err := r.member(wkbLineString); err != nil {
			return nil, err
		}
		line, err := r.line()
		if err != nil {
			return nil, err
		}
		out[i] = line
	}
	return out, nil
}

func (r *wkbReader) polygons() (orb.MultiPolygon, error) {
	n, err := r.count(9)
	if err != nil {
		return nil, err
	}
	out := make(orb.MultiPolygon, n)
	for i := range out {
		if err := r.member(wkbPolygon); err != nil {
			return nil, err
		}
		if out[i], err = r.polygon(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *wkbReader) member(want uint32) error {
	kind, err := r.head()
	if err == nil && kind != want {
		err = fmt.Errorf("a geometry of kind %d stands where one of kind %d should", kind, want)
	}
	return err
}

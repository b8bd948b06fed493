package importer

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"golang.org/x/text/encoding/htmlindex"
)

// decodeKML reads the placemarks of a KML document (OGC 12-007r2): properties are their ExtendedData, besides name, description and
// folder. With Options.Layer only those in a folder of that name are read.
func decodeKML(name string, data []byte, o Options, b *budget) ([]record, error) {
	k := kmlReader{decoder: xml.NewDecoder(bytes.NewReader(data)), layer: o.Layer, budget: b}
	k.decoder.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		e, err := htmlindex.Get(label) // GBK and GB2312 are common
		if err != nil {
			return nil, fmt.Errorf("the encoding %q is not known", shorten(label))
		}
		return e.NewDecoder().Reader(r), nil
	}
	for {
		token, err := k.decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = k.token(token)
		}
		if asFault(err) {
			return nil, err
		}
		if err != nil {
			return nil, invalid(name, "import.unreadable", fmt.Sprintf("it is not KML that can be read, line %d: %v", line(data, k.decoder.InputOffset()), err))
		}
	}
	if !k.isKML {
		return nil, unsupported(name, "it is XML, but not KML")
	}
	return k.records, nil
}

func line(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(int(offset), len(data))], []byte("\n"))
}

type kmlReader struct {
	decoder *xml.Decoder
	layer   string
	budget  *budget
	isKML   bool
	path    []string // names of the open elements
	folders []string // names of the open folders
	text    strings.Builder
	key     string // of the datum that is open
	mark    *kmlMark
	marks   int // placemarks met so far, read or not
	records []record
}

// kmlMark is the placemark that is open.
type kmlMark struct {
	record
	polygons orb.MultiPolygon
	lines    orb.MultiLineString
	point    *orb.Point
	outer    orb.Ring
	inner    []orb.Ring
	last     orb.LineString // the coordinates read last
}

func (k *kmlReader) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return k.start(t)
	case xml.EndElement:
		k.path = k.path[:len(k.path)-1]
		return k.end(t.Name.Local)
	case xml.CharData:
		k.text.Write(t)
	}
	return nil
}

func (k *kmlReader) start(t xml.StartElement) error {
	name := t.Name.Local
	k.isKML = k.isKML || len(k.path) == 0 && name == "kml"
	k.path = append(k.path, name)
	k.text.Reset()
	switch name {
	case "Folder":
		k.folders = append(k.folders, "")
	case "Placemark":
		if k.mark != nil {
			return errors.New("a Placemark stands in a Placemark")
		}
		k.mark = &kmlMark{record: record{number: k.marks, properties: map[string]any{}}}
		k.marks++
	case "Data", "SimpleData":
		for _, a := range t.Attr {
			if a.Name.Local == "name" {
				k.key = a.Value
			}
		}
	case "Polygon":
		if k.mark != nil {
			k.mark.outer, k.mark.inner = nil, nil
		}
	}
	return nil
}

func (k *kmlReader) end(name string) error {
	text := strings.TrimSpace(k.text.String())
	k.text.Reset()
	parent := ""
	if len(k.path) > 0 {
		parent = k.path[len(k.path)-1]
	}
	switch {
	case name == "Folder":
		k.folders = k.folders[:len(k.folders)-1]
	case name == "name" && parent == "Folder":
		k.folders[len(k.folders)-1] = text
	case k.mark == nil:
	case name == "Placemark":
		return k.finish()
	case parent == "Placemark" && (name == "name" || name == "description"):
		k.mark.properties[name] = text
	case name == "value" && parent == "Data", name == "SimpleData":
		k.mark.properties[k.key] = text
	default:
		k.mark.shape(name, parent, text)
	}
	return nil
}

// shape takes the end of an element that has to do with geometry.
func (m *kmlMark) shape(name, parent, text string) {
	switch name {
	case "coordinates":
		m.last = m.coordinates(text)
	case "Point":
		if len(m.last) > 0 {
			m.point = &m.last[0]
		}
	case "LineString":
		m.lines = append(m.lines, m.last)
	case "LinearRing":
		if parent == "innerBoundaryIs" {
			m.inner = append(m.inner, orb.Ring(m.last))
		} else {
			m.outer = orb.Ring(m.last)
		}
	case "Polygon":
		m.polygons = append(m.polygons, append(orb.Polygon{m.outer}, m.inner...))
	}
}

// coordinates reads "lon,lat[,altitude] lon,lat …".
func (m *kmlMark) coordinates(text string) orb.LineString {
	var out orb.LineString
	for tuple := range strings.FieldsSeq(text) {
		lon, rest, _ := strings.Cut(tuple, ",")
		lat, _, _ := strings.Cut(rest, ",")
		x, err1 := strconv.ParseFloat(lon, 64)
		y, err2 := strconv.ParseFloat(lat, 64)
		if err1 != nil || err2 != nil {
			m.problem = fmt.Sprintf("%q are no coordinates", shorten(tuple))
			return nil
		}
		out = append(out, orb.Point{x, y})
	}
	return out
}

func (k *kmlReader) finish() error {
	m := k.mark
	k.mark = nil
	switch {
	case m.problem != "":
	case m.polygons != nil:
		m.geometry = m.polygons
	case m.lines != nil:
		m.geometry = m.lines
	case m.point != nil:
		m.geometry = *m.point
	}
	if k.layer != "" && !slices.Contains(k.folders, k.layer) {
		return nil
	}
	if len(k.folders) > 0 {
		m.properties["folder"] = k.folders[len(k.folders)-1]
	}
	k.records = append(k.records, m.record)
	return k.budget.take(points(m.geometry))
}

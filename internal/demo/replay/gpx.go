package replay

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"wangge/internal/geo"
)

// Point is one point of a recorded track. Numbers that the file doesn't have are NaN.
type Point struct {
	Lon, Lat  float64   // WGS-84, degrees
	Time      time.Time // UTC
	Elevation float64   // metres
	Speed     float64   // m/s
	Course    float64   // degrees clockwise from north
	HDOP      float64   // horizontal dilution of precision
}

// What a GPX file may have at most.
const (
	MaxBytes  = 64 << 20
	MaxPoints = 1_000_000
)

// ErrNotGPX is in the chain of every error about a file that is something else.
var ErrNotGPX = errors.New("not a GPX file")

// Decode reads the track points of a GPX 1.0 or 1.1 file, in the order of their times; route points count when there is no track. Way points
// are passed over. Errors say what is wrong and with which point: something else than GPX, no points, a point without a time or with
// coordinates that are no place on earth.
func Decode(r io.Reader) ([]Point, error) {
	limited := &io.LimitedReader{R: r, N: MaxBytes + 1}
	d := reader{xml: xml.NewDecoder(limited)}
	err := d.file()
	switch {
	case limited.N <= 0:
		return nil, fmt.Errorf("the file is larger than %d MB", MaxBytes>>20)
	case err != nil:
		return nil, err
	}
	points := d.track
	if len(points) == 0 {
		points = d.route
	}
	if len(points) == 0 {
		return nil, errors.New("the GPX file has no track points")
	}
	slices.SortStableFunc(points, func(a, b Point) int { return a.Time.Compare(b.Time) })
	return points, nil
}

type reader struct {
	xml          *xml.Decoder
	track, route []Point
}

// file reads the root and every point in it, whatever else is around them.
func (d *reader) file() error {
	root, err := d.root()
	if err != nil {
		return err
	}
	if root != "gpx" {
		return fmt.Errorf("%w: its outermost element is <%s>", ErrNotGPX, clip(root))
	}
	for depth := 1; depth > 0; {
		token, err := d.xml.Token()
		if err != nil {
			return fmt.Errorf("the GPX file is broken at byte %d: %w", d.xml.InputOffset(), err)
		}
		switch t := token.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			switch t.Name.Local {
			case "trkpt":
				d.track, err = d.point(d.track, t)
			case "rtept":
				d.route, err = d.point(d.route, t)
			default:
				depth++
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *reader) root() (string, error) {
	for {
		token, err := d.xml.Token()
		if errors.Is(err, io.EOF) {
			return "", fmt.Errorf("%w: it has no content", ErrNotGPX)
		}
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrNotGPX, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			return t.Name.Local, nil
		case xml.CharData:
			if text := bytes.TrimSpace(bytes.TrimPrefix(t, []byte("\ufeff"))); len(text) > 0 {
				return "", fmt.Errorf("%w: it begins with %q", ErrNotGPX, clip(string(text)))
			}
		}
	}
}

// clip keeps messages short, whatever the file has.
func clip(s string) string {
	const most = 40
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// pointElement is a trkpt or rtept. Speed and course stand in the point itself (GPX 1.0) or somewhere in its extensions (1.1).
type pointElement struct {
	Elevation  string     `xml:"ele"`
	Time       string     `xml:"time"`
	Speed      string     `xml:"speed"`
	Course     string     `xml:"course"`
	HDOP       string     `xml:"hdop"`
	Extensions extensions `xml:"extensions"`
}

type extensions struct {
	Speed  string       `xml:"speed"`
	Course string       `xml:"course"`
	Deeper []extensions `xml:",any"`
}

// find looks for a value in the extensions, which may be nested a level or two (Garmin's TrackPointExtension is).
func (e extensions) find(what func(extensions) string) string {
	if v := what(e); v != "" {
		return v
	}
	for _, deeper := range e.Deeper {
		if v := deeper.find(what); v != "" {
			return v
		}
	}
	return ""
}

func (d *reader) point(points []Point, start xml.StartElement) ([]Point, error) {
	number := len(points) + 1
	if number > MaxPoints {
		return nil, fmt.Errorf("the GPX file has more than %d points", MaxPoints)
	}
	var e pointElement
	if err := d.xml.DecodeElement(&e, &start); err != nil {
		return nil, fmt.Errorf("the GPX file is broken at byte %d: %w", d.xml.InputOffset(), err)
	}
	p := Point{Lon: attribute(start, "lon"), Lat: attribute(start, "lat"), Elevation: value(e.Elevation), HDOP: value(e.HDOP)}
	if fit := geo.CheckLonLat(p.Lon, p.Lat); fit == geo.NotANumber || math.Abs(p.Lon) > 180 || math.Abs(p.Lat) > 90 {
		return nil, fmt.Errorf("point %d has no usable position: lat=%q lon=%q", number, clip(text(start, "lat")), clip(text(start, "lon")))
	}
	when := strings.TrimSpace(e.Time)
	if when == "" {
		return nil, fmt.Errorf("point %d has no time: only recorded tracks can be replayed, not planned routes", number)
	}
	var err error
	if p.Time, err = time.Parse(time.RFC3339Nano, when); err != nil {
		return nil, fmt.Errorf("point %d has a time that is none: %q", number, clip(when))
	}
	p.Time = p.Time.UTC()
	p.Speed, p.Course = value(e.Speed), value(e.Course)
	if math.IsNaN(p.Speed) {
		p.Speed = value(e.Extensions.find(func(e extensions) string { return e.Speed }))
	}
	if math.IsNaN(p.Course) {
		p.Course = value(e.Extensions.find(func(e extensions) string { return e.Course }))
	}
	return append(points, p), nil
}

func text(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func attribute(e xml.StartElement, name string) float64 { return value(text(e, name)) }

// value reads a number; NaN when it is none.
func value(s string) float64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsInf(f, 0) {
		return math.NaN()
	}
	return f
}

// Package importer reads areas, buildings, facilities and streets from the files that geographic information systems write: GeoJSON
// (also gzipped), Shapefile (zipped or as loose files), GeoPackage, KML and KMZ. It makes of them an area.Plan; whether the areas are
// fit to be used is judged there.
//
// Files are somebody else's: every decoder checks each length against what is really there, allocates no more than a small multiple of
// the file's size, and names the feature it stumbles over. Coordinates are converted to WGS-84 and then snapped to 1e-7 degree, vertex by
// vertex, so edges that two features share in the file stay shared.
package importer

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"path"

	"wangge/internal/area"
	"wangge/internal/fault"
	"wangge/internal/geo"
)

// What says what a file's features are.
type What string

// The things that can be imported.
const (
	Areas      What = "areas"
	Buildings  What = "buildings"
	Facilities What = "facilities"
	Streets    What = "streets"
)

// Options say how to read a file. The zero Options read areas in WGS-84 whose properties have this program's names.
type Options struct {
	What  What      // default Areas
	Datum geo.Datum // what the coordinates are in; default WGS-84
	// Map gives the file's name for a property of ours: {"code": "XZQDM"}. A dot goes into nested objects: {"leader_name": "leader.name"}.
	// Ours are code, name, level, parent, kind, households, label, leader_name, leader_phone, demonstration (areas); code, name,
	// address, grid, households, floors (buildings); code, kind, name, grid, windows (facilities); name, class (streets).
	Map map[string]string
	// Level is the level of every area in the file. Empty: by its property, or, where there is none, by the length of its code.
	Level area.Level
	Layer string // which layer of a GeoPackage, or folder of a KML, or file in an archive; empty: the only one
	// Encoding of attribute text in a Shapefile, "utf-8" or "gbk". Empty: by its .cpg or .dbf, else whichever fits.
	Encoding string
	Limits   Limits // zero: DefaultLimits
}

// Limits bound what is read. More is a fault.TooLarge.
type Limits struct {
	Bytes    int64 // of a file, and of what is unpacked from one
	Features int
	Points   int // of all geometries of a file
}

// DefaultLimits are far above what a district needs: a hundred thousand buildings are some 60 MB of GeoJSON.
var DefaultLimits = Limits{Bytes: 128 << 20, Features: 500_000, Points: 5_000_000}

// Read reads the file called name and adds what is in it to the plan. Several files can be read into one plan, one after the other.
//
// Everything wrong is a fault.Invalid with one field per problem (at most 50 and a count), each naming file and feature
// ("communities.shp[12]", counted from 0), and its place where it has one; a file that is not what its name says is
// fault.Unsupported; over a limit is fault.TooLarge. Then the plan is as it was.
func Read(ctx context.Context, fsys fs.FS, name string, o Options, plan *area.Plan) (err error) {
	defer fault.Wrap(&err, "importer.Read(%s)", name)
	if o, err = o.withDefaults(); err != nil {
		return err
	}
	data, err := load(fsys, name, o.Limits.Bytes)
	if err != nil {
		return err
	}
	return read(ctx, fsys, name, data, o, plan)
}

// ReadBytes is Read for a file that is in memory already, and has no others beside it. The name's ending says what it is.
func ReadBytes(ctx context.Context, name string, data []byte, o Options, plan *area.Plan) (err error) {
	defer fault.Wrap(&err, "importer.ReadBytes(%s)", name)
	if o, err = o.withDefaults(); err != nil {
		return err
	}
	if int64(len(data)) > o.Limits.Bytes {
		return tooLarge(name, fmt.Sprintf("it has more than %d MiB", o.Limits.Bytes>>20))
	}
	return read(ctx, nowhere{}, name, data, o, plan)
}

// nowhere is a folder with nothing in it.
type nowhere struct{}

// Open finds nothing.
func (nowhere) Open(name string) (fs.File, error) { return nil, fs.ErrNotExist }

func read(ctx context.Context, fsys fs.FS, name string, data []byte, o Options, plan *area.Plan) error {
	budget := budget{Limits: o.Limits, name: path.Base(name)}
	records, err := decode(ctx, fsys, name, data, o, &budget)
	if err != nil {
		return err
	}
	if len(records) == 0 {
		return invalid(name, "import.empty", "there is no feature in it")
	}
	report := &area.Report{}
	shaped := shaper{options: o, file: path.Base(name), report: report}
	if !shaped.hasProperties(records) {
		return report.Fault()
	}
	next := *plan
	for _, r := range records {
		shaped.add(&next, r)
	}
	if err := report.Fault(); err != nil {
		return err
	}
	sum := sha256.Sum256(append(plan.SHA256[:len(plan.SHA256):len(plan.SHA256)], data...))
	next.SHA256 = sum[:]
	*plan = next
	return nil
}

// withDefaults also refuses a datum that does not exist: taken for WGS-84, it would put a map half a kilometre away without a word.
func (o Options) withDefaults() (Options, error) {
	if o.What == "" {
		o.What = Areas
	}
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits
	}
	datum, err := geo.ParseDatum(string(o.Datum))
	if err != nil {
		return o, fault.New(fault.Invalid, "import.datum", err.Error()).WithField("datum", "enum", err.Error())
	}
	o.Datum = datum
	return o, nil
}

// invalid is a refusal of a whole file.
func invalid(file, code, text string) error {
	return fault.New(fault.Invalid, code, fmt.Sprintf("%s: %s", path.Base(file), text)).WithField(path.Base(file), code, text)
}

// budget counts down what a file may still bring.
type budget struct {
	Limits
	name string
}

// take is called for each feature, with the number of its points.
func (b *budget) take(points int) error {
	b.Features--
	b.Points -= points
	if b.Features < 0 || b.Points < 0 {
		return tooLarge(b.name, "it has more features or points than are read at once; cut it into several files")
	}
	return nil
}

func tooLarge(file, text string) error {
	return fault.New(fault.TooLarge, "import.size", fmt.Sprintf("%s: %s", path.Base(file), text))
}

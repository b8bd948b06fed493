package importer

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"wangge/internal/fault"
)

// record is a feature as a file has it: in the file's datum, with the file's property names.
type record struct {
	number     int // in the file, from 0
	properties map[string]any
	geometry   orb.Geometry // Point, LineString, MultiLineString or MultiPolygon; nil when it has none
	problem    string       // why the geometry could not be read; empty when it could
}

// format is what the content of a file is.
type format string

const (
	formatJSON   format = "JSON"
	formatXML    format = "XML"
	formatZip    format = "a ZIP archive"
	formatGzip   format = "gzip"
	formatSQLite format = "an SQLite database"
	formatShape  format = "a Shapefile"
	formatOther  format = "something else"
)

// sniff tells what a file is by its first bytes.
func sniff(data []byte) format {
	text := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("PK\x05\x06")):
		return formatZip
	case bytes.HasPrefix(data, []byte("\x1f\x8b")):
		return formatGzip
	case bytes.HasPrefix(data, []byte("SQLite format 3\x00")):
		return formatSQLite
	case bytes.HasPrefix(data, []byte("\x00\x00\x27\x0a")):
		return formatShape
	case bytes.HasPrefix(text, []byte("{")):
		return formatJSON
	case bytes.HasPrefix(text, []byte("<")):
		return formatXML
	}
	return formatOther
}

// expected gives what a file with that extension must be.
var expected = map[string]format{
	".geojson": formatJSON, ".json": formatJSON, ".gz": formatGzip, ".shp": formatShape, ".zip": formatZip,
	".gpkg": formatSQLite, ".kml": formatXML, ".kmz": formatZip,
}

// decode reads the records of a file by what its name says, after a look whether that is true.
func decode(ctx context.Context, fsys fs.FS, name string, data []byte, o Options, b *budget) ([]record, error) {
	ext := strings.ToLower(path.Ext(name))
	want, known := expected[ext]
	if !known {
		return nil, unsupported(name, fmt.Sprintf("files named %q are not read; use .geojson, .geojson.gz, .zip or .shp (Shapefile), .gpkg, .kml or .kmz", ext))
	}
	if got := sniff(data); got != want {
		return nil, unsupported(name, fmt.Sprintf("its name says %s, but it is %s", want, got))
	}
	switch ext {
	case ".gz":
		inner := strings.TrimSuffix(name, path.Ext(name))
		plain, err := gunzip(name, data, o.Limits.Bytes)
		if err != nil {
			return nil, err
		}
		if strings.EqualFold(path.Ext(inner), ".gz") {
			return nil, unsupported(name, "it is packed twice")
		}
		return decode(ctx, fsys, inner, plain, o, b)
	case ".shp":
		return decodeShapefile(name, besides(fsys, name, data, o.Limits.Bytes), o, b)
	case ".zip", ".kmz":
		return decodeArchive(name, data, o, b)
	case ".gpkg":
		return decodeGeoPackage(ctx, name, data, o, b)
	case ".kml":
		return decodeKML(name, data, o, b)
	}
	return decodeGeoJSON(name, data, b)
}

func unsupported(file, text string) error {
	return fault.New(fault.Unsupported, "import.format", fmt.Sprintf("%s: %s", path.Base(file), text))
}

// load reads a file that is no longer than limit.
func load(fsys fs.FS, name string, limit int64) ([]byte, error) {
	file, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "import.file", fmt.Sprintf("there is no file %s", name)).Because(err)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(name, file, limit)
}

func readAll(name string, r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, invalid(name, "import.unreadable", "it cannot be read to its end: "+err.Error())
	}
	if int64(len(data)) > limit {
		return nil, tooLarge(name, fmt.Sprintf("it has more than %d MiB", limit>>20))
	}
	return data, nil
}

func gunzip(name string, data []byte, limit int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, invalid(name, "import.unreadable", "it cannot be unpacked: "+err.Error())
	}
	return readAll(name, r, limit)
}

// decodeArchive reads a KMZ or a zipped Shapefile or GeoJSON: the single layer it holds, or the one asked for.
func decodeArchive(name string, data []byte, o Options, b *budget) ([]record, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, invalid(name, "import.unreadable", "the archive cannot be opened: "+err.Error())
	}
	layer, err := chooseMember(name, archive, o.Layer)
	if err != nil {
		return nil, err
	}
	members := memberReader{archive: archive, name: name, left: o.Limits.Bytes}
	content, err := members.read(layer)
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(path.Ext(layer.Name)) {
	case ".kml":
		return decodeKML(name, content, o, b)
	case ".shp":
		parts := shapeParts{shp: content}
		base := strings.TrimSuffix(layer.Name, path.Ext(layer.Name))
		for ext, part := range parts.others() {
			for _, f := range archive.File {
				if strings.EqualFold(f.Name, base+ext) {
					if *part, err = members.read(f); err != nil {
						return nil, err
					}
				}
			}
		}
		return decodeShapefile(name, parts, o, b)
	}
	return decodeGeoJSON(name, content, b)
}

// chooseMember finds the one layer of an archive, or the one that was asked for.
func chooseMember(name string, archive *zip.Reader, layer string) (*zip.File, error) {
	var found []*zip.File
	var names []string
	for _, f := range archive.File {
		ext := strings.ToLower(path.Ext(f.Name))
		base := path.Base(f.Name)
		if !slices.Contains([]string{".shp", ".kml", ".geojson"}, ext) || strings.HasPrefix(base, ".") {
			continue
		}
		if layer == "" || strings.EqualFold(layer, strings.TrimSuffix(base, path.Ext(base))) {
			found, names = append(found, f), append(names, base)
		}
	}
	switch len(found) {
	case 0:
		return nil, unsupported(name, "the archive holds no .shp, .kml or .geojson"+called(layer))
	case 1:
		return found[0], nil
	}
	return nil, invalid(name, "import.layer", fmt.Sprintf("the archive holds several layers, say which: %s", strings.Join(names[:min(len(names), 20)], ", ")))
}

func called(layer string) string {
	if layer == "" {
		return ""
	}
	return fmt.Sprintf(" called %q", layer)
}

// memberReader reads members of an archive, which together must not grow beyond the limit.
type memberReader struct {
	archive *zip.Reader
	name    string
	left    int64
}

func (m *memberReader) read(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, invalid(m.name, "import.unreadable", fmt.Sprintf("%s in the archive cannot be opened: %v", path.Base(f.Name), err))
	}
	defer r.Close()
	data, err := readAll(m.name, r, m.left)
	m.left -= int64(len(data))
	return data, err
}

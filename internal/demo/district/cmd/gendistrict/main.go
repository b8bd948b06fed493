// Command gendistrict writes the demonstration district's files. It is run by `go generate ./geodata`.
package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"wangge/internal/demo/district"
)

func main() {
	out := flag.String("out", "decheng", "the folder to write to")
	seed := flag.Int64("seed", district.Seed, "the seed to generate from")
	flag.Parse()
	if err := run(*out, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "gendistrict:", err)
		os.Exit(1)
	}
}

// run generates the district and writes its four files.
func run(folder string, seed int64) error {
	d, err := district.Generate(seed)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"areas.geojson", d.WriteAreas},
		{"buildings.geojson.gz", zipped(d.WriteBuildings)},
		{"facilities.geojson", d.WriteFacilities},
		{"streets.geojson", d.WriteStreets},
	} {
		var content bytes.Buffer
		if err := f.write(&content); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, f.name), content.Bytes(), 0o644); err != nil {
			return err
		}
	}
	fmt.Printf("%d areas, %d buildings, %d facilities, %d streets\n",
		len(d.Areas), len(d.Buildings), len(d.Facilities), len(d.Streets))
	return nil
}

// zipped compresses what write writes. The header carries no time and no name, so that the same content gives the same file.
func zipped(write func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
		if err != nil {
			return err
		}
		if err := write(z); err != nil {
			return err
		}
		return z.Close()
	}
}

package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing/fstest"

	"github.com/alecthomas/kong"

	"wangge/geodata"
	"wangge/internal/area"
	"wangge/internal/area/importer"
	"wangge/internal/geo"
	"wangge/internal/identity"
	"wangge/internal/postgres"
)

// ImportCmd imports areas and what lies in them.
type ImportCmd struct {
	DatabaseFlag
	Files     []string          `arg:"" help:"GeoJSON (.geojson, .json, .gz), Shapefile (.shp, .zip), GeoPackage (.gpkg), KML (.kml, .kmz)." type:"existingfile"`
	What      string            `help:"What the features are: areas, buildings, facilities, streets." enum:"areas,buildings,facilities,streets" default:"areas"`
	Datum     string            `help:"What the coordinates are in: wgs84, cgcs2000, gcj02, bd09." enum:"wgs84,cgcs2000,gcj02,bd09" default:"wgs84"`
	Map       map[string]string `help:"Our property = the file's: code=XZQDM,name=XZQMC." mapsep:"," placeholder:"OURS=THEIRS"`
	Level     string            `help:"The level of every area in the files, when neither a property nor the code's length tells it." enum:",district,subdistrict,community,grid" default:""`
	Layer     string            `help:"Which layer of a GeoPackage or folder of a KML." placeholder:"NAME"`
	Encoding  string            `help:"Text of a Shapefile's attributes, when it is guessed wrongly: utf-8 or gbk." enum:",utf-8,gbk" default:""`
	Upsert    bool              `help:"Keep what the files do not name. Otherwise everything of this kind is replaced."`
	DryRun    bool              `help:"Check everything, change nothing."`
	AllowGaps bool              `help:"Parts need not fill their parent."`
	Tolerance float64           `help:"Overlaps and gaps up to so many m² are warnings." default:"1"`
}

// Run imports all files in one transaction, or nothing.
func (c *ImportCmd) Run(ctx context.Context, k *kong.Context) error {
	plan := area.Plan{
		Source: sources(c.Files), Actor: "wangge import", Upsert: c.Upsert, DryRun: c.DryRun,
		AllowGaps: c.AllowGaps, Tolerance: c.Tolerance,
	}
	options := importer.Options{
		What: importer.What(c.What), Datum: geo.Datum(c.Datum), Map: c.Map, Level: area.Level(c.Level), Layer: c.Layer, Encoding: c.Encoding,
	}
	for _, file := range c.Files {
		if err := importer.Read(ctx, os.DirFS(filepath.Dir(file)), filepath.Base(file), options, &plan); err != nil {
			return err
		}
	}
	db, err := postgres.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	summary, err := importPlan(ctx, db, plan)
	if err != nil {
		return err
	}
	printSummary(k.Stdout, summary)
	return nil
}

// sources names the files for people.
func sources(files []string) string {
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = filepath.Base(file)
	}
	return strings.Join(names, ", ")
}

// importPlan imports, and leaves an audit row.
func importPlan(ctx context.Context, db *postgres.DB, plan area.Plan) (area.Summary, error) {
	summary, err := area.NewService(db).Import(ctx, plan)
	if err != nil || plan.DryRun {
		return summary, err
	}
	detail, err := json.Marshal(map[string]any{
		"source": plan.Source, "sha256": hex.EncodeToString(plan.SHA256), "revision": summary.Revision,
		"added": summary.Added, "changed": summary.Changed, "removed": summary.Removed,
	})
	if err != nil {
		return summary, err
	}
	return summary, postgres.Identity{DB: db}.AppendAudit(ctx, identity.AuditEntry{
		Actor: plan.Actor, Action: "area.import", Entity: "area", EntityID: fmt.Sprint(summary.Revision), Detail: detail,
	})
}

func printSummary(w io.Writer, s area.Summary) {
	for _, warning := range s.Warnings {
		fmt.Fprintf(w, "warning: %s: %s\n", warning.Name, warning.Text)
	}
	if s.DryRun {
		fmt.Fprint(w, "Nothing was changed (--dry-run). This would be: ")
	}
	fmt.Fprintf(w, "areas: %d added, %d changed, %d unchanged, %d removed; now", s.Added, s.Changed, s.Unchanged, s.Removed)
	for _, level := range area.Levels {
		fmt.Fprintf(w, " %d %s", s.Levels[level], level)
	}
	fmt.Fprintf(w, "; %d buildings, %d facilities, %d streets, %d households\n", s.Buildings, s.Facilities, s.Streets, s.Households)
}

// importDemonstration imports the demonstration district into a database without areas.
func importDemonstration(ctx context.Context, db *postgres.DB) error {
	service := area.NewService(db)
	if err := service.Load(ctx); err != nil || service.Revision() > 0 {
		return err
	}
	plan := area.Plan{Source: "geodata/decheng", Actor: "wangge demo"}
	for _, part := range []struct {
		what  importer.What
		open  func() ([]byte, error)
		names map[string]string
	}{
		{importer.Areas, geodata.Areas, leaderNames}, {importer.Buildings, geodata.Buildings, nil},
		{importer.Facilities, geodata.Facilities, nil}, {importer.Streets, geodata.Streets, nil},
	} {
		data, err := part.open()
		if err != nil {
			return err
		}
		name := string(part.what) + ".geojson"
		files := fstest.MapFS{name: {Data: data}}
		if err := importer.Read(ctx, files, name, importer.Options{What: part.what, Map: part.names}, &plan); err != nil {
			return err
		}
	}
	_, err := importPlan(ctx, db, plan)
	return err
}

// leaderNames is where the demonstration's areas have the posted leaders of grids.
var leaderNames = map[string]string{"leader_name": "leader.name", "leader_phone": "leader.phone"}

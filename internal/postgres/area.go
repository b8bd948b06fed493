package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"wangge/internal/area"
	"wangge/internal/event"
	"wangge/internal/fault"
)

var _ area.Store = (*DB)(nil)

// LoadAreas reads everything about areas from one snapshot of the database.
func (db *DB) LoadAreas(ctx context.Context) (s area.State, err error) {
	defer fault.Wrap(&err, "postgres.LoadAreas")
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, db.Pool, snapshot, func(tx pgx.Tx) (err error) {
		if s.Revision, err = areaRevision(ctx, tx); err != nil {
			return err
		}
		if s.Areas, err = loadAreas(ctx, tx); err != nil {
			return err
		}
		if s.Buildings, err = loadBuildings(ctx, tx); err != nil {
			return err
		}
		if s.Facilities, err = loadFacilities(ctx, tx); err != nil {
			return err
		}
		s.Streets, err = loadStreets(ctx, tx)
		return err
	})
	return s, away(err)
}

func areaRevision(ctx context.Context, tx pgx.Tx) (revision int64, err error) {
	err = tx.QueryRow(ctx, "SELECT coalesce(max(id), 0) FROM area_import").Scan(&revision)
	return revision, err
}

func loadAreas(ctx context.Context, tx pgx.Tx) ([]area.Area, error) {
	rows, err := tx.Query(ctx, `SELECT id, code, name, level, parent, kind, households, boundary, label_lon, label_lat,
		leader_name, leader_phone, demo, version FROM area ORDER BY code`)
	if err != nil {
		return nil, err
	}
	var shape []byte
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (a area.Area, err error) {
		err = row.Scan(&a.ID, &a.Code, &a.Name, &a.Level, &a.Parent, &a.Kind, &a.Households, &shape, &a.Label[0], &a.Label[1],
			&a.LeaderName, &a.LeaderPhone, &a.Demo, &a.Version)
		if err == nil {
			a.Boundary, err = decodeShape[orb.MultiPolygon](shape)
		}
		return a, err
	})
}

func loadBuildings(ctx context.Context, tx pgx.Tx) ([]area.Building, error) {
	rows, err := tx.Query(ctx, "SELECT id, code, name, address, grid, households, floors, footprint FROM building ORDER BY code")
	if err != nil {
		return nil, err
	}
	var shape []byte
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (b area.Building, err error) {
		if err = row.Scan(&b.ID, &b.Code, &b.Name, &b.Address, &b.Grid, &b.Households, &b.Floors, &shape); err == nil {
			b.Footprint, err = decodeShape[orb.Polygon](shape)
		}
		return b, err
	})
}

func loadFacilities(ctx context.Context, tx pgx.Tx) ([]area.Facility, error) {
	rows, err := tx.Query(ctx, "SELECT id, code, kind, name, grid, lon, lat, windows FROM facility ORDER BY code")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (f area.Facility, err error) {
		err = row.Scan(&f.ID, &f.Code, &f.Kind, &f.Name, &f.Grid, &f.At[0], &f.At[1], &f.Windows)
		return f, err
	})
}

func loadStreets(ctx context.Context, tx pgx.Tx) ([]area.Street, error) {
	rows, err := tx.Query(ctx, "SELECT name, class, line FROM street ORDER BY name, id")
	if err != nil {
		return nil, err
	}
	var shape []byte
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (s area.Street, err error) {
		if err = row.Scan(&s.Name, &s.Class, &shape); err == nil {
			s.Line, err = decodeShape[orb.LineString](shape)
		}
		return s, err
	})
}

// decodeShape reads WKB that must be of one kind of geometry.
func decodeShape[G orb.Geometry](data []byte) (G, error) {
	var none G
	g, err := wkb.Unmarshal(data)
	if err != nil {
		return none, err
	}
	if shape, ok := g.(G); ok {
		return shape, nil
	}
	return none, fmt.Errorf("a %s is stored where a %s should be", g.GeoJSONType(), none.GeoJSONType())
}

// SaveAreas writes a change of areas, all of it or nothing.
func (db *DB) SaveAreas(ctx context.Context, c area.Change) (revision int64, err error) {
	defer fault.Wrap(&err, "postgres.SaveAreas(%s)", c.Source)
	err = db.tx(ctx, func(tx pgx.Tx) (err error) {
		if revision, err = recordImport(ctx, tx, c); err != nil {
			return err
		}
		if c.Areas != nil {
			err = saveAreas(ctx, tx, c.Areas)
		}
		if err == nil && c.Buildings != nil {
			err = replaceCoded(ctx, tx, "building", buildingColumns, c.Buildings, buildingRow)
		}
		if err == nil && c.Facilities != nil {
			err = replaceCoded(ctx, tx, "facility", facilityColumns, c.Facilities, facilityRow)
		}
		if err == nil && c.Streets != nil {
			err = replaceItems(ctx, tx, "street", streetColumns, c.Streets, streetRow)
		}
		if err != nil {
			return err
		}
		return appendAreaEvent(ctx, tx, c, revision)
	})
	if err != nil {
		return 0, err
	}
	return revision, nil
}

// recordImport lets one import at a time go on, and only from the newest revision.
func recordImport(ctx context.Context, tx pgx.Tx, c area.Change) (revision int64, err error) {
	if _, err = tx.Exec(ctx, "LOCK TABLE area_import IN SHARE ROW EXCLUSIVE MODE"); err != nil {
		return 0, err
	}
	newest, err := areaRevision(ctx, tx)
	if err != nil {
		return 0, err
	}
	if newest != c.Base {
		return 0, fault.New(fault.Conflict, "area.revision", "the areas were changed by another import meanwhile; nothing was imported",
			"base", c.Base, "newest", newest)
	}
	summary, err := json.Marshal(c.Summary)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, "INSERT INTO area_import (at, source, sha256, summary) VALUES ($1, $2, $3, $4) RETURNING id",
		c.At, c.Source, append([]byte{}, c.SHA256...), summary).Scan(&revision)
	return revision, err
}

var areaColumns = []string{"code", "name", "level", "parent", "kind", "households", "boundary", "label_lon", "label_lat",
	"leader_name", "leader_phone", "demo"}

func areaRow(a area.Area) ([]any, error) {
	shape, err := wkb.Marshal(a.Boundary)
	return []any{a.Code, a.Name, string(a.Level), a.Parent, a.Kind, a.Households, shape, a.Label[0], a.Label[1],
		a.LeaderName, a.LeaderPhone, a.Demo}, err
}

// saveAreas makes the table equal to the given areas, but touches only rows that differ: so ids stay, and versions tell what changed.
func saveAreas(ctx context.Context, tx pgx.Tx, areas []area.Area) error {
	const columns = "code, name, level, parent, kind, households, boundary, label_lon, label_lat, leader_name, leader_phone, demo"
	_, err := tx.Exec(ctx, "CREATE TEMPORARY TABLE area_incoming ON COMMIT DROP AS SELECT "+columns+" FROM area WITH NO DATA")
	if err != nil {
		return err
	}
	if err := copyItems(ctx, tx, "area_incoming", areaColumns, areas, areaRow); err != nil {
		return err
	}
	for _, statement := range []string{
		`DELETE FROM area a WHERE NOT EXISTS (SELECT FROM area_incoming i WHERE i.code = a.code)`,
		`UPDATE area a SET (` + columns + `, version) = (SELECT i.*, a.version + 1) FROM area_incoming i WHERE i.code = a.code
			AND (a.name, a.level, a.parent, a.kind, a.households, a.boundary, a.label_lon, a.label_lat, a.leader_name, a.leader_phone, a.demo)
			IS DISTINCT FROM (i.name, i.level, i.parent, i.kind, i.households, i.boundary, i.label_lon, i.label_lat, i.leader_name, i.leader_phone, i.demo)`,
		`INSERT INTO area (` + columns + `) SELECT i.* FROM area_incoming i
			WHERE NOT EXISTS (SELECT FROM area a WHERE a.code = i.code) ORDER BY length(i.code), i.code`,
	} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

var buildingColumns = []string{"code", "name", "address", "grid", "households", "floors", "footprint"}

func buildingRow(b area.Building) ([]any, error) {
	shape, err := wkb.Marshal(b.Footprint)
	return []any{b.Code, b.Name, b.Address, b.Grid, b.Households, b.Floors, shape}, err
}

var facilityColumns = []string{"code", "kind", "name", "grid", "lon", "lat", "windows"}

func facilityRow(f area.Facility) ([]any, error) {
	return []any{f.Code, f.Kind, f.Name, f.Grid, f.At[0], f.At[1], f.Windows}, nil
}

var streetColumns = []string{"name", "class", "line"}

func streetRow(s area.Street) ([]any, error) {
	shape, err := wkb.Marshal(s.Line)
	return []any{s.Name, s.Class, shape}, err
}

// replaceItems makes the given rows the whole of a table. Readers see the old ones until the commit.
func replaceItems[T any](ctx context.Context, tx pgx.Tx, table string, columns []string, items []T, row func(T) ([]any, error)) error {
	if _, err := tx.Exec(ctx, "DELETE FROM "+table); err != nil {
		return err
	}
	return copyItems(ctx, tx, table, columns, items, row)
}

// replaceCoded does the same with a table whose rows have codes, the first of the columns: a row whose code stays keeps its id.
func replaceCoded[T any](ctx context.Context, tx pgx.Tx, table string, columns []string, items []T, row func(T) ([]any, error)) error {
	incoming, list := table+"_incoming", strings.Join(columns, ", ")
	_, err := tx.Exec(ctx, "CREATE TEMPORARY TABLE "+incoming+" ON COMMIT DROP AS SELECT "+list+" FROM "+table+" WITH NO DATA")
	if err != nil {
		return err
	}
	if err := copyItems(ctx, tx, incoming, columns, items, row); err != nil {
		return err
	}
	for _, statement := range []string{
		"ALTER TABLE " + incoming + " ADD PRIMARY KEY (code)", // a code that comes twice is an error, not the last word
		"DELETE FROM " + table + " t WHERE NOT EXISTS (SELECT FROM " + incoming + " i WHERE i.code = t.code)",
		"UPDATE " + table + " t SET (" + list + ") = (SELECT i.*) FROM " + incoming + " i WHERE i.code = t.code",
		"INSERT INTO " + table + " (" + list + ") SELECT i.* FROM " + incoming + " i WHERE NOT EXISTS (SELECT FROM " + table + " t WHERE t.code = i.code) ORDER BY i.code",
	} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func copyItems[T any](ctx context.Context, tx pgx.Tx, table string, columns []string, items []T, row func(T) ([]any, error)) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromSlice(len(items), func(i int) ([]any, error) { return row(items[i]) }))
	return err
}

// appendAreaEvent tells of the whole import in one event: every reader loads all areas anew anyway.
func appendAreaEvent(ctx context.Context, tx pgx.Tx, c area.Change, revision int64) error {
	var district string
	err := tx.QueryRow(ctx, "SELECT coalesce(min(code), '') FROM area WHERE level = $1", string(area.District)).Scan(&district)
	if err != nil {
		return err
	}
	c.Summary.Revision, c.Summary.Warnings = revision, nil
	data, err := json.Marshal(c.Summary)
	if err != nil {
		return err
	}
	return record(ctx, tx, event.Event{
		Kind: event.AreaChanged, Entity: "area", EntityID: cmp.Or(district, "all"), Version: revision, Area: district,
		At: c.At, Actor: c.Actor, Data: data,
	})
}

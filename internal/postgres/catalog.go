package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wangge/internal/catalog"
	"wangge/internal/fault"
)

// Catalog is catalog.Store on this database.
type Catalog struct{ DB *DB }

var _ catalog.Store = Catalog{}

// SeedClasses adds the classes that aren't there yet.
func (p Catalog) SeedClasses(ctx context.Context, classes []catalog.Class) (err error) {
	defer fault.Wrap(&err, "postgres.SeedClasses(%d)", len(classes))
	var batch pgx.Batch
	for _, c := range classes {
		batch.Queue(`INSERT INTO incident_class (standard, kind, code, name, name_en, severity, sort)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`, c.Standard, c.Kind, c.Code, c.Name, c.NameEN, c.Severity, c.Sort)
	}
	return away(p.DB.Pool.SendBatch(ctx, &batch).Close())
}

// Classes reads all classes in the order in which they are shown.
func (p Catalog) Classes(ctx context.Context) (classes []catalog.Class, err error) {
	defer fault.Wrap(&err, "postgres.Classes")
	rows, err := p.DB.Pool.Query(ctx, "SELECT standard, kind, code, name, name_en, severity, sort FROM incident_class ORDER BY sort, standard, kind, code")
	if err != nil {
		return nil, away(err)
	}
	classes, err = pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.Class])
	return classes, away(err)
}

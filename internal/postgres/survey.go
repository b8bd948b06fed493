package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"wangge/internal/fault"
	"wangge/internal/incident"
)

// Survey is what surveys need of storage; it implements survey.Store.
type Survey struct{ DB *DB }

// OpenIncidents implements survey.Store.
func (p Survey) OpenIncidents(ctx context.Context, scope string, box orb.Bound) (incidents []incident.Incident, err error) {
	defer fault.Wrap(&err, "postgres.OpenIncidents(%s, %v)", scope, box)
	rows, err := p.DB.Pool.Query(ctx, "SELECT "+incidentColumns+` FROM incident
		WHERE closed_at IS NULL AND starts_with(area, $1) AND lon BETWEEN $2 AND $3 AND lat BETWEEN $4 AND $5
		ORDER BY reported_at DESC, id DESC`,
		scope, box.Min.X(), box.Max.X(), box.Min.Y(), box.Max.Y())
	if err != nil {
		return nil, away(err)
	}
	incidents, err = pgx.CollectRows(rows, scanIncident)
	return incidents, away(err)
}

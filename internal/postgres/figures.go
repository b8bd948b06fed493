package postgres

import (
	"context"
	"time"

	"wangge/internal/fault"
)

// Count implements incident.Store.
func (p Incident) Count(ctx context.Context, scope string, from, to time.Time) (reported, closed, open int, err error) {
	defer fault.Wrap(&err, "postgres.CountIncidents(%s)", scope)
	// One look at the table, over the parts that its indexes keep apart.
	err = p.DB.Pool.QueryRow(ctx, `SELECT
			(SELECT count(*) FROM incident WHERE starts_with(area, $1) AND reported_at >= $2 AND reported_at < $3),
			(SELECT count(*) FROM incident WHERE starts_with(area, $1) AND closed_at >= $2 AND closed_at < $3),
			(SELECT count(*) FROM incident WHERE starts_with(area, $1) AND closed_at IS NULL)`,
		scope, from, to).Scan(&reported, &closed, &open)
	return reported, closed, open, away(err)
}

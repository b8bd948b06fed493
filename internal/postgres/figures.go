package postgres

import (
	"context"
	"time"

	"wangge/internal/fault"
	"wangge/internal/incident"
)

// Figures implements incident.Store.
func (p Incident) Figures(ctx context.Context, area string, today time.Time, pressing []incident.Severity) (f incident.Figures, err error) {
	defer fault.Wrap(&err, "postgres.Figures(%s)", area)
	severities := make([]string, len(pressing))
	for i, s := range pressing {
		severities[i] = string(s)
	}
	err = p.DB.Pool.QueryRow(ctx, `SELECT
			count(*) FILTER (WHERE closed_at IS NULL),
			count(*) FILTER (WHERE closed_at IS NULL AND severity = ANY($3)),
			count(*) FILTER (WHERE closed_at IS NULL AND state = $4),
			count(*) FILTER (WHERE reported_at >= $2),
			count(*) FILTER (WHERE closed_at >= $2)
		FROM incident WHERE starts_with(area, $1) AND (closed_at IS NULL OR reported_at >= $2 OR closed_at >= $2)`,
		area, today, severities, incident.Reported).Scan(&f.Open, &f.Pressing, &f.Waiting, &f.ReportedToday, &f.ClosedToday)
	return f, away(err)
}

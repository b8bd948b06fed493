package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wangge/internal/fault"
	"wangge/internal/incident"
)

// SearchIncidents is the statement of Search, named for those who look at its plan. It narrows down by the index of pairs of signs first; what has the pairs need not have the text, so it is looked at again.
// A class's newest come by an index of their own.
const SearchIncidents = "SELECT " + incidentColumns + ` FROM incident
	WHERE (search_pairs(code || ' ' || text || ' ' || address) @> search_pairs($2)
			AND strpos(lower(code || ' ' || text || ' ' || address), lower($2)) > 0
		OR class = ANY($3))
		AND starts_with(area, $1) AND (closed_at IS NULL OR reported_at >= $4)
	ORDER BY closed_at IS NOT NULL, reported_at DESC, id DESC LIMIT $5`

// Search implements incident.Store.
func (p Incident) Search(ctx context.Context, s incident.Search) (found []incident.Incident, err error) {
	defer fault.Wrap(&err, "postgres.SearchIncidents")
	rows, err := p.DB.Pool.Query(ctx, SearchIncidents, s.Scope, s.Text, s.Classes, s.Since, s.Limit)
	if err != nil {
		return nil, away(err)
	}
	found, err = pgx.CollectRows(rows, scanIncident)
	return found, away(err)
}

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

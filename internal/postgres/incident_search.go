package postgres

import (
	"context"

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

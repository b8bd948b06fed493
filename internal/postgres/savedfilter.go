package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/savedfilter"
)

// SavedFilter is savedfilter.Store on this database.
type SavedFilter struct{ DB *DB }

var _ savedfilter.Store = SavedFilter{}

// SavedFilters implements savedfilter.Store.
func (p SavedFilter) SavedFilters(ctx context.Context, account int64) (filters []savedfilter.Filter, err error) {
	defer fault.Wrap(&err, "postgres.SavedFilters(%d)", account)
	rows, err := p.DB.Pool.Query(ctx, "SELECT name, filter, saved_at FROM saved_filter WHERE account_id = $1 ORDER BY name", account)
	if err != nil {
		return nil, away(err)
	}
	filters, err = pgx.CollectRows(rows, pgx.RowToStructByPos[savedfilter.Filter])
	for i := range filters {
		filters[i].SavedAt = filters[i].SavedAt.UTC()
	}
	return filters, away(err)
}

// SaveFilter implements savedfilter.Store. The account's row is locked, so that two requests at once cannot exceed the limit together.
func (p SavedFilter) SaveFilter(ctx context.Context, account int64, f savedfilter.Filter, most int) (saved bool, err error) {
	defer fault.Wrap(&err, "postgres.SaveFilter(%d)", account)
	err = p.DB.tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT FROM account WHERE id = $1 FOR NO KEY UPDATE", account); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `INSERT INTO saved_filter (account_id, name, filter, saved_at)
			SELECT $1, $2, $3, $4
			WHERE (SELECT count(*) FROM saved_filter WHERE account_id = $1 AND name <> $2) < $5
			ON CONFLICT (account_id, name) DO UPDATE SET filter = EXCLUDED.filter, saved_at = EXCLUDED.saved_at`,
			account, f.Name, f.Filter, f.SavedAt, most)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		saved = true
		return appendAudit(ctx, tx, filterEntry("filter.saved", f.Name, f.SavedAt))
	})
	return saved && err == nil, err
}

// DeleteFilter implements savedfilter.Store.
func (p SavedFilter) DeleteFilter(ctx context.Context, account int64, name string, at time.Time) (there bool, err error) {
	defer fault.Wrap(&err, "postgres.DeleteFilter(%d)", account)
	err = p.DB.tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "DELETE FROM saved_filter WHERE account_id = $1 AND name = $2", account, name)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		there = true
		return appendAudit(ctx, tx, filterEntry("filter.deleted", name, at))
	})
	return there && err == nil, err
}

func filterEntry(action, name string, at time.Time) identity.AuditEntry {
	detail, _ := json.Marshal(map[string]string{"name": name}) // a string always has a JSON form
	return identity.AuditEntry{At: at, Action: action, Entity: "filter", Detail: detail}
}

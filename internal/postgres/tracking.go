package postgres

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/tracking"
)

// Tracking is tracking.Store on this database.
type Tracking struct{ DB *DB }

var _ tracking.Store = Tracking{}

// Append implements tracking.Store. Nearly always the rows go straight into history by one COPY. When one of them is there already, or
// can't be written, the batch is written again by way of a staging table, which tells them apart.
func (t Tracking) Append(ctx context.Context, rows []tracking.Row, crossings []tracking.Crossing) (done tracking.Appended, err error) {
	defer fault.Wrap(&err, "postgres.Append(%d fixes)", len(rows))
	if len(crossings) == 0 {
		err = t.copyAlone(ctx, rows)
	} else {
		done, err = t.copyWith(ctx, rows, crossings)
	}
	if restage(err) {
		done, err = t.stage(ctx, rows, crossings)
	}
	return done, lost(err)
}

// restage tells whether the staging table may help: a row broke a rule (classes 22 and 23, among them the duplicate), or two nodes wrote
// the same fixes in another order and one was the victim (class 40).
func restage(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code[:2] == "22" || pg.Code[:2] == "23" || pg.Code[:2] == "40")
}

// lost adds to away what only a write cares about: an error that the server did not send means that the connection broke, and a victim of
// others' locks may come again.
func lost(err error) error {
	if err == nil || fault.As(err) != nil {
		return err
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code[:2] == "40" {
		return unavailable(err)
	}
	return away(err)
}

// copyAlone is a transaction of one statement: one round trip less at each end.
func (t Tracking) copyAlone(ctx context.Context, rows []tracking.Row) error {
	conn, err := t.DB.Pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	return copyFixes(ctx, conn.Conn(), "position", rows)
}

func (t Tracking) copyWith(ctx context.Context, rows []tracking.Row, crossings []tracking.Crossing) (done tracking.Appended, err error) {
	err = t.DB.tx(ctx, func(tx pgx.Tx) error {
		if err := copyFixes(ctx, tx.Conn(), "position", rows); err != nil {
			return err
		}
		done.Presences, err = cross(ctx, tx, crossings)
		return err
	})
	return done, err
}

// stage writes the batch so that each row's fate is known.
func (t Tracking) stage(ctx context.Context, rows []tracking.Row, crossings []tracking.Crossing) (done tracking.Appended, err error) {
	err = t.DB.tx(ctx, func(tx pgx.Tx) error {
		done = tracking.Appended{}
		if _, err := tx.Exec(ctx, `CREATE TEMP TABLE IF NOT EXISTS position_staging (LIKE position) ON COMMIT DELETE ROWS`); err != nil {
			return err
		}
		if done.Refused, err = stageRows(ctx, tx, rows, 0); err != nil {
			return err
		}
		if done.Duplicates, err = unstage(ctx, tx, rows, done.Refused); err != nil {
			return err
		}
		kept := slices.DeleteFunc(slices.Clone(crossings), func(c tracking.Crossing) bool { return slices.Contains(done.Refused, c.Row) })
		done.Presences, err = cross(ctx, tx, kept)
		return err
	})
	return done, err
}

// stageRows copies rows to the staging table. When one can't be written, halves are tried until it stands alone; the indexes of such rows
// (counted from first) come back.
func stageRows(ctx context.Context, tx pgx.Tx, rows []tracking.Row, first int) (refused []int, err error) {
	err = pgx.BeginFunc(ctx, tx, func(savepoint pgx.Tx) error {
		return copyFixes(ctx, savepoint.Conn(), "position_staging", rows)
	})
	switch {
	case err == nil || !restage(err):
		return nil, err
	case len(rows) == 1:
		return []int{first}, nil
	}
	half := len(rows) / 2
	left, err := stageRows(ctx, tx, rows[:half], first)
	if err != nil {
		return nil, err
	}
	right, err := stageRows(ctx, tx, rows[half:], first+half)
	return append(left, right...), err
}

// unstage moves the staged rows into history and tells which were there before. The order keeps two nodes from waiting for each other.
func unstage(ctx context.Context, tx pgx.Tx, rows []tracking.Row, refused []int) (duplicates []int, err error) {
	stored, err := tx.Query(ctx, `INSERT INTO position SELECT * FROM position_staging ORDER BY device_id, fix_at
		ON CONFLICT (device_id, fix_at) DO NOTHING RETURNING device_id, fix_at`)
	if err != nil {
		return nil, err
	}
	type key struct {
		device int32
		fixAt  int64
	}
	fresh := make(map[key]bool, len(rows))
	var device int32
	var fixAt time.Time
	if _, err := pgx.ForEachRow(stored, []any{&device, &fixAt}, func() error {
		fresh[key{device, fixAt.UnixMicro()}] = true
		return nil
	}); err != nil {
		return nil, err
	}
	for i := range rows {
		if !fresh[key{rows[i].Device, rows[i].FixAt}] && !slices.Contains(refused, i) {
			duplicates = append(duplicates, i)
		}
	}
	return duplicates, nil
}

// cross writes presences whose stored version is still the one that the crossing started from, with their events, and gives back how all
// of them are now. The order keeps two nodes from waiting for each other.
func cross(ctx context.Context, tx pgx.Tx, crossings []tracking.Crossing) ([]tracking.Presence, error) {
	if len(crossings) == 0 {
		return nil, nil
	}
	ordered := slices.SortedFunc(slices.Values(crossings), func(a, b tracking.Crossing) int { return cmp.Compare(a.To.Worker, b.To.Worker) })
	var news []event.Event
	workers := make([]int32, 0, len(ordered))
	batch := &pgx.Batch{}
	for _, c := range ordered {
		workers = append(workers, c.To.Worker)
		batch.Queue(`INSERT INTO worker_grid AS g (worker_id, grid_id, since, version) VALUES ($1, $2, $3, $4)
			ON CONFLICT (worker_id) DO UPDATE SET grid_id = $2, since = $3, version = $4 WHERE g.version = $5`,
			c.To.Worker, c.To.Grid, c.To.Since, c.To.Version, c.From).Exec(func(tag pgconn.CommandTag) error {
			if tag.RowsAffected() == 1 {
				news = append(news, c.Tells...)
			}
			return nil
		})
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return nil, err
	}
	if err := appendEvents(ctx, tx, news); err != nil {
		return nil, err
	}
	return presences(ctx, tx, workers)
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// presences reads those of these workers, or all when workers is nil.
func presences(ctx context.Context, q querier, workers []int32) ([]tracking.Presence, error) {
	rows, err := q.Query(ctx, `SELECT worker_id, grid_id, since, version FROM worker_grid WHERE $1::int[] IS NULL OR worker_id = ANY($1)`, workers)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p tracking.Presence, err error) {
		err = row.Scan(&p.Worker, &p.Grid, &p.Since, &p.Version)
		p.Since = p.Since.UTC()
		return p, err
	})
}

// Presences implements tracking.Store.
func (t Tracking) Presences(ctx context.Context) (all []tracking.Presence, err error) {
	defer fault.Wrap(&err, "postgres.Presences")
	all, err = presences(ctx, t.DB.Pool, nil)
	return all, away(err)
}

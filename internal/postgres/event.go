package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"wangge/internal/event"
	"wangge/internal/fault"
)

// wakeChannel carries no content: it tells other nodes to look at the log.
const wakeChannel = "wangge_event"

// appendEvent writes an event in the transaction of the change it tells of.
func appendEvent(ctx context.Context, tx pgx.Tx, e event.Event) error {
	_, err := tx.Exec(ctx, `INSERT INTO event_log (kind, entity, entity_id, version, area, at, actor, data)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.Kind, e.Entity, e.EntityID, e.Version, e.Area, e.At, e.Actor, e.Data)
	return err
}

// Epoch is the number that marks this database in every cursor.
func (db *DB) Epoch(ctx context.Context) (epoch uint64, err error) {
	defer fault.Wrap(&err, "postgres.Epoch")
	var signed int64
	err = db.Pool.QueryRow(ctx, "SELECT epoch FROM deployment").Scan(&signed)
	return uint64(signed), away(err)
}

// eventHead is the cursor below which everything has been seen by a transaction that runs this query.
const eventHead = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"

// EventHead tells where the log ends now: events from here on are yet to come.
func (db *DB) EventHead(ctx context.Context) (c event.Cursor, err error) {
	defer fault.Wrap(&err, "postgres.EventHead")
	if c.Epoch, err = db.Epoch(ctx); err != nil {
		return c, err
	}
	var xid int64
	err = db.Pool.QueryRow(ctx, eventHead).Scan(&xid)
	c.XID = uint64(xid)
	return c, away(err)
}

// EventsAfter reads at most limit events behind the cursor, in log order, and never one whose elders may still commit. An empty answer
// means that there is nothing more for now.
func (db *DB) EventsAfter(ctx context.Context, after event.Cursor, limit int) (events []event.Event, err error) {
	defer fault.Wrap(&err, "postgres.EventsAfter(%d/%d)", after.XID, after.ID)
	rows, err := db.Pool.Query(ctx, `SELECT xid::text::bigint, id, kind, entity, entity_id, version, area, at, coalesce(written, at), actor, data
		FROM event_log
		WHERE (xid, id) > ($1::text::xid8, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot())
		ORDER BY xid, id LIMIT $3`, text(after.XID), after.ID, limit)
	if err != nil {
		return nil, away(err)
	}
	events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (event.Event, error) {
		e := event.Event{Cursor: event.Cursor{Epoch: after.Epoch}}
		var xid int64
		err := row.Scan(&xid, &e.Cursor.ID, &e.Kind, &e.Entity, &e.EntityID, &e.Version, &e.Area, &e.At, &e.Written, &e.Actor, &e.Data)
		e.Cursor.XID, e.At, e.Written = uint64(xid), e.At.UTC(), e.Written.UTC()
		return e, err
	})
	return events, away(err)
}

// EventsStart is the cursor of the oldest event that is still kept; the zero cursor when nothing was ever dropped.
func (db *DB) EventsStart(ctx context.Context) (c event.Cursor, err error) {
	defer fault.Wrap(&err, "postgres.EventsStart")
	if c.Epoch, err = db.Epoch(ctx); err != nil {
		return c, err
	}
	var xid, id int64
	err = db.Pool.QueryRow(ctx, "SELECT xid::text::bigint, id FROM event_log ORDER BY xid, id LIMIT 1").Scan(&xid, &id)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, nil
	}
	c.XID, c.ID = uint64(xid), id
	return c, away(err)
}

// DropEventsBefore forgets events older than the instant and tells how many there were.
func (db *DB) DropEventsBefore(ctx context.Context, before time.Time) (n int64, err error) {
	defer fault.Wrap(&err, "postgres.DropEventsBefore(%v)", before)
	tag, err := db.Pool.Exec(ctx, "DELETE FROM event_log WHERE at < $1", before)
	return tag.RowsAffected(), away(err)
}

// WaitForEvents returns when something may have been appended: after a commit of this process, after a notice from another node (while
// RunNotices runs), or when the patience is over. One waiter at a time.
func (db *DB) WaitForEvents(ctx context.Context, patience time.Duration) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-db.wake.local:
	case <-timer.C:
	}
}

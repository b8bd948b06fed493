package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/identity"
)

// appendAudit writes who did what in the transaction of what was done. Who, from where and in which request come from the context, as
// far as the entry doesn't say.
func appendAudit(ctx context.Context, tx pgx.Tx, entries ...identity.AuditEntry) error {
	var batch pgx.Batch
	for _, e := range entries {
		e = e.From(ctx)
		batch.Queue(`INSERT INTO audit (at, account_id, actor, action, entity, entity_id, area, address, request_id, detail)
			VALUES ($1, nullif($2, 0::bigint), $3, $4, $5, $6, $7, $8, $9, $10)`,
			e.At, e.AccountID, e.Actor, e.Action, e.Entity, e.EntityID, e.Area, e.Address, e.RequestID, e.Detail)
	}
	return tx.SendBatch(ctx, &batch).Close()
}

// record writes changes that somebody made: as events, and in the audit. An event's data never has a secret or a full phone number, so it
// may stand in the audit as it is.
func record(ctx context.Context, tx pgx.Tx, events ...event.Event) error {
	return recordChanges(ctx, tx, events, nil)
}

// recordChanges is record with what was before: the data of the same event made of the old row, nil for a new one. The audit then has
// {"from": …, "to": …} for what differs.
func recordChanges(ctx context.Context, tx pgx.Tx, events []event.Event, before []json.RawMessage) error {
	if err := appendEvents(ctx, tx, events); err != nil {
		return err
	}
	_, signedIn := identity.PrincipalFrom(ctx)
	entries := make([]identity.AuditEntry, len(events))
	for i, e := range events {
		entries[i] = identity.AuditEntry{At: e.At, Action: e.Kind, Entity: e.Entity, EntityID: e.EntityID, Area: e.Area, Detail: e.Data}
		if before != nil && before[i] != nil {
			detail, err := changesOf(before[i], e.Data)
			if err != nil {
				return err
			}
			entries[i].Detail = detail
		}
		if !signedIn {
			entries[i].Actor = e.Actor // the program's own doing, or an import from the command line
		}
	}
	return appendAudit(ctx, tx, entries...)
}

// changesOf is the object as it is after a change, with from and to in place of each value that differs.
func changesOf(before, after json.RawMessage) (json.RawMessage, error) {
	var was, is map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(before, &was), json.Unmarshal(after, &is)); err != nil {
		return nil, err
	}
	none := json.RawMessage("null")
	for key := range was {
		if _, still := is[key]; !still { // left out when empty
			is[key] = none
		}
	}
	for key, now := range is {
		old, known := was[key]
		if !known {
			old = none
		}
		if !bytes.Equal(old, now) {
			change, err := json.Marshal(map[string]json.RawMessage{"from": old, "to": now})
			if err != nil {
				return nil, err
			}
			is[key] = change
		}
	}
	return json.Marshal(is)
}

// AppendAudit writes an entry for something that changes no other row.
func (p Identity) AppendAudit(ctx context.Context, e identity.AuditEntry) (err error) {
	defer fault.Wrap(&err, "postgres.AppendAudit(%s)", e.Action)
	return p.DB.tx(ctx, func(tx pgx.Tx) error { return appendAudit(ctx, tx, e) })
}

// AuditTrail lists entries, newest first.
func (p Identity) AuditTrail(ctx context.Context, f identity.AuditFilter) (entries []identity.AuditEntry, err error) {
	defer fault.Wrap(&err, "postgres.AuditTrail(%+v)", f)
	rows, err := p.DB.Pool.Query(ctx, `SELECT id, at, coalesce(account_id, 0), actor, action, entity, entity_id, area, address, request_id, detail
		FROM audit
		WHERE (starts_with(area, $1) OR area = '' AND length($1) = 6)
			AND ($2::timestamptz IS NULL OR at >= $2) AND ($3::timestamptz IS NULL OR at < $3)
			AND ($4 = '' OR actor = $4)
			AND ($5 = '' OR action = $5 OR split_part(action, '.', 1) = $5)
			AND ($6 = '' OR entity = $6) AND ($7 = '' OR entity_id = $7)
			AND ($8 = 0 OR id < $8::bigint) AND starts_with(area, $10)
		ORDER BY id DESC LIMIT $9`,
		f.Scope, orNull(f.From), orNull(f.To), f.Actor, f.Action, f.Entity, f.EntityID, f.Before, f.Limit, f.Within)
	if err != nil {
		return nil, away(err)
	}
	entries, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e identity.AuditEntry, err error) {
		err = row.Scan(&e.ID, &e.At, &e.AccountID, &e.Actor, &e.Action, &e.Entity, &e.EntityID, &e.Area, &e.Address, &e.RequestID, &e.Detail)
		e.At = e.At.UTC()
		return e, err
	})
	return entries, away(err)
}

// orNull is nil for the zero time, which means "no such bound".
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

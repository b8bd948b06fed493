package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/incident"
)

// Incident is incident.Store on this database.
type Incident struct{ DB *DB }

var _ incident.Store = Incident{}

const incidentColumns = "id, code, class, severity, state, text, address, lon, lat, area, source, reported_by, reported_at, closed_at, version"

func scanIncident(row pgx.CollectableRow) (i incident.Incident, err error) {
	var closed *time.Time
	err = row.Scan(&i.ID, &i.Code, &i.Class, &i.Severity, &i.State, &i.Text, &i.Address, &i.Lon, &i.Lat, &i.Area, &i.Source,
		&i.ReportedBy, &i.ReportedAt, &closed, &i.Version)
	i.ReportedAt = i.ReportedAt.UTC()
	if closed != nil {
		i.ClosedAt = closed.UTC()
	}
	return i, err
}

// Report implements incident.Store.
func (p Incident) Report(ctx context.Context, i incident.Incident) (_ incident.Incident, err error) {
	defer fault.Wrap(&err, "postgres.Report")
	if i.Code, err = p.nextCode(ctx, i.ReportedAt); err != nil {
		return i, err
	}
	i.Version = 1
	err = p.DB.tx(ctx, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `INSERT INTO incident (code, class, severity, state, text, address, lon, lat, area, source, reported_by, reported_at, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id`,
			i.Code, i.Class, i.Severity, i.State, i.Text, i.Address, i.Lon, i.Lat, i.Area, i.Source, i.ReportedBy, i.ReportedAt, i.Version).Scan(&i.ID)
		if err != nil {
			return err
		}
		e := incident.Entry{Incident: i.ID, At: i.ReportedAt, Actor: i.ReportedBy, To: i.State}
		if err := recordIncident(ctx, tx, event.IncidentReported, i, e); err != nil {
			return err
		}
		return keepAnswer(ctx, tx, i)
	})
	return i, err
}

// nextCode takes the day's next number in a transaction of its own that doesn't wait for the disk, so that reports don't queue behind
// each other's commits. The incident's own commit comes later in the log, so whenever the incident survives a crash the number does;
// a number whose incident fails stays unused.
func (p Incident) nextCode(ctx context.Context, at time.Time) (string, error) {
	day, serial := incident.Day(at), 0
	err := pgx.BeginFunc(ctx, p.DB.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL synchronous_commit = off"); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `INSERT INTO incident_serial AS s (day, serial) VALUES ($1, 1)
			ON CONFLICT (day) DO UPDATE SET serial = s.serial + 1 RETURNING serial`, day).Scan(&serial)
	})
	return incident.Code(day, serial), away(err)
}

// recordIncident writes what every change of an incident leaves behind: timeline, event, audit.
func recordIncident(ctx context.Context, tx pgx.Tx, kind string, i incident.Incident, e incident.Entry) error {
	_, err := tx.Exec(ctx, "INSERT INTO incident_entry (incident_id, at, actor, from_state, to_state, note) VALUES ($1, $2, $3, $4, $5, $6)",
		e.Incident, e.At, e.Actor, e.From, e.To, e.Note)
	if err != nil {
		return err
	}
	data, err := json.Marshal(i.View())
	if err != nil {
		return err
	}
	id := strconv.FormatInt(i.ID, 10)
	err = appendEvent(ctx, tx, event.Event{
		Kind: kind, Entity: "incident", EntityID: id, Version: i.Version, Area: i.Area, At: e.At, Actor: e.Actor, Data: data,
	})
	if err != nil {
		return err
	}
	detail := json.RawMessage(fmt.Sprintf(`{"code":%q,"from":%q,"to":%q}`, i.Code, e.From, e.To))
	return appendAudit(ctx, tx, identity.AuditEntry{At: e.At, Action: kind, Entity: "incident", EntityID: id, Area: i.Area, Detail: detail})
}

// Incident implements incident.Store.
func (p Incident) Incident(ctx context.Context, id int64) (i incident.Incident, err error) {
	defer fault.Wrap(&err, "postgres.Incident(%d)", id)
	rows, err := p.DB.Pool.Query(ctx, "SELECT "+incidentColumns+" FROM incident WHERE id = $1", id)
	return oneIncident(rows, err)
}

func oneIncident(rows pgx.Rows, err error) (incident.Incident, error) {
	if err != nil {
		return incident.Incident{}, away(err)
	}
	i, err := pgx.CollectExactlyOneRow(rows, scanIncident)
	if errors.Is(err, pgx.ErrNoRows) {
		return i, fault.New(fault.NotFound, "incident.missing", "there is no such incident")
	}
	return i, away(err)
}

// Timeline implements incident.Store.
func (p Incident) Timeline(ctx context.Context, id int64) (entries []incident.Entry, err error) {
	defer fault.Wrap(&err, "postgres.Timeline(%d)", id)
	rows, err := p.DB.Pool.Query(ctx, `SELECT id, incident_id, at, actor, from_state, to_state, note FROM incident_entry
		WHERE incident_id = $1 ORDER BY id`, id)
	if err != nil {
		return nil, away(err)
	}
	entries, err = pgx.CollectRows(rows, pgx.RowToStructByPos[incident.Entry])
	for i := range entries {
		entries[i].At = entries[i].At.UTC()
	}
	return entries, away(err)
}

// Incidents implements incident.Store.
func (p Incident) Incidents(ctx context.Context, f incident.Filter) (incidents []incident.Incident, err error) {
	defer fault.Wrap(&err, "postgres.Incidents(%+v)", f)
	states := make([]string, len(f.States))
	for i, s := range f.States {
		states[i] = string(s)
	}
	rows, err := p.DB.Pool.Query(ctx, "SELECT "+incidentColumns+` FROM incident
		WHERE starts_with(area, $1) AND starts_with(area, $2)
			AND (cardinality($3::text[]) = 0 OR state = ANY($3))
			AND ($4 = '' OR class = $4)
			AND ($5::boolean IS NULL OR (closed_at IS NULL) = $5)
			AND ($6 = '' OR strpos(code, $6) > 0 OR strpos(lower(text), lower($6)) > 0 OR strpos(lower(address), lower($6)) > 0)
			AND ($7::timestamptz IS NULL OR (reported_at, id) < ($7, $8))
		ORDER BY reported_at DESC, id DESC LIMIT $9`,
		f.Scope, f.Area, states, f.Class, f.Open, f.Text, orNull(f.After.At), f.After.ID, f.Limit)
	if err != nil {
		return nil, away(err)
	}
	incidents, err = pgx.CollectRows(rows, scanIncident)
	return incidents, away(err)
}

// Update implements incident.Store.
func (p Incident) Update(ctx context.Context, id int64, change func(*incident.Incident) (incident.Entry, error)) (i incident.Incident, err error) {
	defer fault.Wrap(&err, "postgres.UpdateIncident(%d)", id)
	err = p.DB.tx(ctx, func(tx pgx.Tx) error {
		if i, err = oneIncident(tx.Query(ctx, "SELECT "+incidentColumns+" FROM incident WHERE id = $1 FOR UPDATE", id)); err != nil {
			return err
		}
		e, err := change(&i)
		if err != nil {
			return err
		}
		i.Version++
		_, err = tx.Exec(ctx, "UPDATE incident SET state = $2, closed_at = $3, version = $4 WHERE id = $1", id, i.State, orNull(i.ClosedAt), i.Version)
		if err != nil {
			return err
		}
		if err := recordIncident(ctx, tx, event.IncidentMoved, i, e); err != nil {
			return err
		}
		return keepAnswer(ctx, tx, i)
	})
	if err != nil {
		return incident.Incident{}, err
	}
	return i, nil
}

// Snapshot reads the open incidents of a scope, newest first and at most limit, and the cursor from which the events that are not in
// them yet go on: both from one look at the database, so that nothing falls between. An event from behind the cursor may tell of what
// the snapshot has already; its version says so.
func (p Incident) Snapshot(ctx context.Context, scope string, limit int) (open []incident.Incident, head event.Cursor, err error) {
	defer fault.Wrap(&err, "postgres.Snapshot(%s)", scope)
	if head.Epoch, err = p.DB.Epoch(ctx); err != nil {
		return nil, head, err
	}
	look := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, p.DB.Pool, look, func(tx pgx.Tx) error {
		var xid int64
		if err := tx.QueryRow(ctx, eventHead).Scan(&xid); err != nil {
			return err
		}
		head.XID = uint64(xid)
		rows, err := tx.Query(ctx, "SELECT "+incidentColumns+` FROM incident
			WHERE closed_at IS NULL AND starts_with(area, $1) ORDER BY reported_at DESC, id DESC LIMIT $2`, scope, limit)
		if err != nil {
			return err
		}
		open, err = pgx.CollectRows(rows, scanIncident)
		return err
	})
	return open, head, away(err)
}

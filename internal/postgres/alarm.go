package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"wangge/internal/alarm"
	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/incident"
)

// Alarm is alarm.Store on this database.
type Alarm struct{ DB *DB }

var _ alarm.Store = Alarm{}

const alarmColumns = `id, kind, key, severity, area, subject, since, raised_at, acknowledged_at, acknowledged_by, note, cleared_at, version`

func scanAlarm(row pgx.CollectableRow) (a alarm.Alarm, err error) {
	var acknowledged, cleared *time.Time
	err = row.Scan(&a.ID, &a.Kind, &a.Key, &a.Severity, &a.Area, &a.Subject, &a.Since, &a.RaisedAt, &acknowledged, &a.AcknowledgedBy,
		&a.Note, &cleared, &a.Version)
	a.Since, a.RaisedAt, a.AcknowledgedAt, a.ClearedAt = a.Since.UTC(), a.RaisedAt.UTC(), orZero(acknowledged), orZero(cleared)
	return a, err
}

// orZero is the zero time for "none".
func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// Open implements alarm.Store.
func (p Alarm) Open(ctx context.Context) ([]alarm.Alarm, error) { return p.OpenIn(ctx, "") }

// OpenIn reads the open alarms of a scope, oldest first.
func (p Alarm) OpenIn(ctx context.Context, scope string) (open []alarm.Alarm, err error) {
	defer fault.Wrap(&err, "postgres.OpenAlarms(%s)", scope)
	rows, err := p.DB.Pool.Query(ctx, "SELECT "+alarmColumns+" FROM alarm WHERE cleared_at IS NULL AND starts_with(area, $1) ORDER BY id", scope)
	if err != nil {
		return nil, away(err)
	}
	open, err = pgx.CollectRows(rows, scanAlarm)
	return open, away(err)
}

// WaitingIncidents implements alarm.Store.
func (p Alarm) WaitingIncidents(ctx context.Context, state incident.State, severities []incident.Severity) (found []incident.Incident, err error) {
	defer fault.Wrap(&err, "postgres.WaitingIncidents(%s)", state)
	names := make([]string, len(severities))
	for i, s := range severities {
		names[i] = string(s)
	}
	rows, err := p.DB.Pool.Query(ctx, "SELECT "+incidentColumns+" FROM incident WHERE closed_at IS NULL AND state = $1 AND severity = ANY($2)",
		string(state), names)
	if err != nil {
		return nil, away(err)
	}
	found, err = pgx.CollectRows(rows, scanIncident)
	return found, away(err)
}

// Raise implements alarm.Store.
func (p Alarm) Raise(ctx context.Context, a alarm.Alarm) (_ alarm.Alarm, raised bool, err error) {
	defer fault.Wrap(&err, "postgres.RaiseAlarm(%s %s)", a.Kind, a.Key)
	a.Version = 1
	err = p.DB.tx(ctx, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `INSERT INTO alarm (kind, key, severity, area, subject, since, raised_at, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (kind, key) WHERE cleared_at IS NULL DO NOTHING RETURNING id`,
			a.Kind, a.Key, a.Severity, a.Area, a.Subject, a.Since, a.RaisedAt, a.Version).Scan(&a.ID)
		if errors.Is(err, pgx.ErrNoRows) {
			a, err = oneAlarm(tx.Query(ctx, "SELECT "+alarmColumns+" FROM alarm WHERE kind = $1 AND key = $2 AND cleared_at IS NULL", a.Kind, a.Key))
			return err
		}
		if err != nil {
			return err
		}
		raised = true
		return recordAlarm(ctx, tx, event.AlarmRaised, a, a.RaisedAt)
	})
	if err != nil {
		return alarm.Alarm{}, false, err
	}
	return a, raised, nil
}

// recordAlarm writes what a change of an alarm leaves behind: an event always; an audit entry when a person did it.
func recordAlarm(ctx context.Context, tx pgx.Tx, kind string, a alarm.Alarm, at time.Time) error {
	data, err := json.Marshal(a.View())
	if err != nil {
		return err
	}
	by, person := identity.PrincipalFrom(ctx)
	e := event.Event{
		Kind: kind, Entity: "alarm", EntityID: strconv.FormatInt(a.ID, 10), Version: a.Version, Area: a.Area, At: at, Actor: by.DisplayName, Data: data,
	}
	if person {
		return record(ctx, tx, e)
	}
	return appendEvent(ctx, tx, e)
}

func oneAlarm(rows pgx.Rows, err error) (alarm.Alarm, error) {
	if err != nil {
		return alarm.Alarm{}, err
	}
	a, err := pgx.CollectExactlyOneRow(rows, scanAlarm)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, alarm.Missing()
	}
	return a, err
}

// Clear implements alarm.Store.
func (p Alarm) Clear(ctx context.Context, ids []int64, at time.Time) (err error) {
	defer fault.Wrap(&err, "postgres.ClearAlarms(%d)", len(ids))
	return p.DB.tx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `UPDATE alarm SET cleared_at = $2, version = version + 1
			WHERE id = ANY($1) AND cleared_at IS NULL RETURNING `+alarmColumns, ids, at)
		if err != nil {
			return err
		}
		cleared, err := pgx.CollectRows(rows, scanAlarm)
		if err != nil {
			return err
		}
		for _, a := range cleared {
			if err := recordAlarm(ctx, tx, event.AlarmCleared, a, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// Update implements alarm.Store. The only change that a person makes is to acknowledge.
func (p Alarm) Update(ctx context.Context, id int64, change func(*alarm.Alarm) error) (a alarm.Alarm, err error) {
	defer fault.Wrap(&err, "postgres.UpdateAlarm(%d)", id)
	err = p.DB.tx(ctx, func(tx pgx.Tx) (err error) {
		if a, err = oneAlarm(tx.Query(ctx, "SELECT "+alarmColumns+" FROM alarm WHERE id = $1 FOR UPDATE", id)); err != nil {
			return err
		}
		if err = change(&a); err != nil {
			return err
		}
		a.Version++
		_, err = tx.Exec(ctx, "UPDATE alarm SET acknowledged_at = $2, acknowledged_by = $3, note = $4, version = $5 WHERE id = $1",
			id, orNull(a.AcknowledgedAt), a.AcknowledgedBy, a.Note, a.Version)
		if err != nil {
			return err
		}
		return recordAlarm(ctx, tx, event.AlarmAcknowledged, a, a.AcknowledgedAt)
	})
	if err != nil {
		return alarm.Alarm{}, err
	}
	return a, nil
}

// Alarms implements alarm.Store.
func (p Alarm) Alarms(ctx context.Context, f alarm.Filter) (alarms []alarm.Alarm, err error) {
	defer fault.Wrap(&err, "postgres.Alarms(%+v)", f)
	kinds := make([]string, len(f.Kinds))
	for i, k := range f.Kinds {
		kinds[i] = string(k)
	}
	rows, err := p.DB.Pool.Query(ctx, "SELECT "+alarmColumns+` FROM alarm
		WHERE starts_with(area, $1) AND starts_with(area, $2)
			AND (cardinality($3::text[]) = 0 OR kind = ANY($3))
			AND ($4::boolean IS NULL OR (cleared_at IS NULL) = $4)
			AND ($5::boolean IS NULL OR (acknowledged_at IS NOT NULL) = $5)
			AND ($6::timestamptz IS NULL OR raised_at >= $6) AND ($7::timestamptz IS NULL OR raised_at < $7)
			AND ($8 = 0 OR id < $8::bigint)
		ORDER BY id DESC LIMIT $9`,
		f.Scope, f.Area, kinds, f.Open, f.Acknowledged, orNull(f.From), orNull(f.To), f.Before, f.Limit)
	if err != nil {
		return nil, away(err)
	}
	alarms, err = pgx.CollectRows(rows, scanAlarm)
	return alarms, away(err)
}

// leadership is the advisory lock of whoever looks after the alarms: "wgalarm" in ASCII.
const leadership = 0x7767616c61726d

// confirmEvery is how often a leader makes sure that it still holds the lock.
const confirmEvery = time.Second

// Lead implements alarm.Store. The lock belongs to a connection: when that breaks, PostgreSQL gives the lock to others, and the context of
// lead ends within confirmEvery and the time that a broken connection takes to be noticed. Until then two may lead, which the index
// alarm_open makes harmless.
func (p Alarm) Lead(ctx context.Context, lead func(context.Context)) (led bool, err error) {
	defer fault.Wrap(&err, "postgres.LeadAlarms")
	conn, err := p.DB.Pool.Acquire(ctx)
	if err != nil {
		return false, away(err)
	}
	defer conn.Release()
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", int64(leadership)).Scan(&led); err != nil || !led {
		return false, away(err)
	}
	leading, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); lead(leading) }()
	err = confirm(ctx, conn.Conn(), done)
	stop()
	<-done
	// Not by ctx, which may be over: a connection that goes back into the pool must not keep the lock.
	if _, failed := conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(leadership)); failed != nil {
		_ = conn.Conn().Close(context.WithoutCancel(ctx))
	}
	return true, away(err)
}

// confirm asks the connection for a sign of life until leading is over; an error when it gives none.
func confirm(ctx context.Context, conn *pgx.Conn, done <-chan struct{}) error {
	every := time.NewTicker(confirmEvery)
	defer every.Stop()
	for {
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return nil
		case <-every.C:
			if err := conn.Ping(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

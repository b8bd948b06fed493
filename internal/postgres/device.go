package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/tracking"
)

const deviceColumns = "d.id, d.uid, d.name, coalesce(d.worker_id, 0), d.secret, d.gateway, d.disabled, d.last_seen, d.version"

func scanDevice(row pgx.CollectableRow) (d tracking.Device, err error) {
	var seen *time.Time
	err = row.Scan(&d.ID, &d.UID, &d.Name, &d.WorkerID, &d.Secret, &d.Gateway, &d.Disabled, &seen, &d.Version)
	if seen != nil {
		d.LastSeen = seen.UTC()
	}
	return d, err
}

// Devices implements tracking.Store.
func (t Tracking) Devices(ctx context.Context, ids ...int32) (devices []tracking.Device, err error) {
	defer fault.Wrap(&err, "postgres.Devices(%d ids)", len(ids))
	rows, err := t.DB.Pool.Query(ctx, `SELECT `+deviceColumns+` FROM device d WHERE $1::int[] IS NULL OR d.id = ANY($1) ORDER BY d.id`, ids)
	if err != nil {
		return nil, away(err)
	}
	devices, err = pgx.CollectRows(rows, scanDevice)
	return devices, away(err)
}

const saveDevice = `INSERT INTO device AS d (uid, name, worker_id, secret, gateway, disabled) VALUES ($1, $2, nullif($3, 0), $4, $5, $6)
	ON CONFLICT (uid) DO UPDATE SET name = $2, worker_id = nullif($3, 0), gateway = $5, disabled = $6, version = d.version + 1,
		secret = CASE WHEN $7 THEN $4 ELSE d.secret END
	RETURNING ` + deviceColumns

// SaveDevices implements tracking.Store.
func (t Tracking) SaveDevices(ctx context.Context, changes []tracking.DeviceChange, changed func(tracking.Device) event.Event) (saved []tracking.Device, err error) {
	defer fault.Wrap(&err, "postgres.SaveDevices(%d)", len(changes))
	err = t.DB.tx(ctx, func(tx pgx.Tx) error {
		saved = make([]tracking.Device, len(changes))
		old, err := lockDevices(ctx, tx, changes)
		if err != nil {
			return err
		}
		batch := &pgx.Batch{}
		for i, c := range changes {
			batch.Queue(saveDevice, c.UID, c.Name, c.WorkerID, c.Secret, c.Gateway, c.Disabled, c.SetSecret).Query(func(rows pgx.Rows) (err error) {
				saved[i], err = pgx.CollectExactlyOneRow(rows, scanDevice)
				return err
			})
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		return tellOfDevices(ctx, tx, saved, old, changed)
	})
	return saved, err
}

// lockDevices reads those of the devices that are there, by uid, and holds them until the transaction ends.
func lockDevices(ctx context.Context, tx pgx.Tx, changes []tracking.DeviceChange) (map[string]tracking.Device, error) {
	uids := make([]string, len(changes))
	for i, c := range changes {
		uids[i] = c.UID
	}
	rows, err := tx.Query(ctx, `SELECT `+deviceColumns+` FROM device d WHERE uid = ANY($1) ORDER BY d.id FOR NO KEY UPDATE`, uids)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, scanDevice)
	old := make(map[string]tracking.Device, len(found))
	for _, d := range found {
		old[d.UID] = d
	}
	return old, err
}

// tellOfDevices writes what goes with new or changed devices: their events, whose they have ever been, and that nobody need claim them.
func tellOfDevices(ctx context.Context, tx pgx.Tx, devices []tracking.Device, old map[string]tracking.Device, changed func(tracking.Device) event.Event) error {
	ids, uids, news := make([]int32, len(devices)), make([]string, len(devices)), make([]event.Event, len(devices))
	before := make([]json.RawMessage, len(devices))
	for i, d := range devices {
		ids[i], uids[i], news[i] = d.ID, d.UID, changed(d)
		if was, known := old[d.UID]; known {
			before[i] = changed(was).Data
		}
	}
	if _, err := tx.Exec(ctx, `INSERT INTO device_worker (device_id, worker_id)
		SELECT id, worker_id FROM device WHERE id = ANY($1) AND worker_id IS NOT NULL ON CONFLICT DO NOTHING`, ids); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM device_unclaimed WHERE uid = ANY($1)`, uids); err != nil {
		return err
	}
	return recordChanges(ctx, tx, news, before)
}

// EnsureDevice implements tracking.Store.
func (t Tracking) EnsureDevice(ctx context.Context, d tracking.Device, changed func(tracking.Device) event.Event) (stored tracking.Device, err error) {
	defer fault.Wrap(&err, "postgres.EnsureDevice(%q)", d.UID)
	err = t.DB.tx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `INSERT INTO device AS d (uid, name, worker_id) VALUES ($1, $2, nullif($3, 0))
			ON CONFLICT (uid) DO NOTHING RETURNING `+deviceColumns, d.UID, d.Name, d.WorkerID)
		if err != nil {
			return err
		}
		made, err := pgx.CollectRows(rows, scanDevice)
		if err != nil {
			return err
		}
		if len(made) == 1 {
			stored = made[0]
			return tellOfDevices(ctx, tx, made, nil, changed)
		}
		if rows, err = tx.Query(ctx, `SELECT `+deviceColumns+` FROM device d WHERE d.uid = $1`, d.UID); err != nil {
			return err
		}
		stored, err = pgx.CollectExactlyOneRow(rows, scanDevice)
		return err
	})
	return stored, err
}

// Unclaimed implements tracking.Store.
func (t Tracking) Unclaimed(ctx context.Context) (list []tracking.UnclaimedDevice, err error) {
	defer fault.Wrap(&err, "postgres.Unclaimed")
	rows, err := t.DB.Pool.Query(ctx, `SELECT uid, protocol, address, first_seen, last_seen, tries FROM device_unclaimed ORDER BY last_seen DESC, uid`)
	if err != nil {
		return nil, away(err)
	}
	list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (u tracking.UnclaimedDevice, err error) {
		err = row.Scan(&u.UID, &u.Protocol, &u.Address, &u.FirstSeen, &u.LastSeen, &u.Tries)
		u.FirstSeen, u.LastSeen = u.FirstSeen.UTC(), u.LastSeen.UTC()
		return u, err
	})
	return list, away(err)
}

// NoteUnclaimed implements tracking.Store. An id that was registered meanwhile is not listed.
func (t Tracking) NoteUnclaimed(ctx context.Context, tries []tracking.UnclaimedDevice, limit int) (err error) {
	defer fault.Wrap(&err, "postgres.NoteUnclaimed(%d)", len(tries))
	n := len(tries)
	uids, protocols, addresses := make([]string, n), make([]string, n), make([]string, n)
	first, last, counts := make([]time.Time, n), make([]time.Time, n), make([]int64, n)
	for i, u := range tries {
		uids[i], protocols[i], addresses[i] = u.UID, u.Protocol, u.Address
		first[i], last[i], counts[i] = u.FirstSeen, u.LastSeen, u.Tries
	}
	return t.DB.tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO device_unclaimed AS u (uid, protocol, address, first_seen, last_seen, tries)
			SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::bigint[]) AS n (uid)
			WHERE NOT EXISTS (SELECT FROM device d WHERE d.uid = n.uid) ORDER BY 1
			ON CONFLICT (uid) DO UPDATE SET protocol = excluded.protocol, address = excluded.address,
				last_seen = greatest(u.last_seen, excluded.last_seen), tries = u.tries + excluded.tries`,
			uids, protocols, addresses, first, last, counts); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM device_unclaimed WHERE uid IN (
			SELECT uid FROM device_unclaimed ORDER BY last_seen DESC, uid OFFSET $1)`, limit)
		return err
	})
}

// TouchDevices implements tracking.Store. It is no change of the device: no version, no event.
func (t Tracking) TouchDevices(ctx context.Context, seen map[int32]time.Time) (err error) {
	defer fault.Wrap(&err, "postgres.TouchDevices(%d)", len(seen))
	ids, at := make([]int32, 0, len(seen)), make([]time.Time, 0, len(seen))
	for id, when := range seen {
		ids, at = append(ids, id), append(at, when)
	}
	_, err = t.DB.Pool.Exec(ctx, `UPDATE device d SET last_seen = s.at FROM unnest($1::int[], $2::timestamptz[]) AS s (id, at)
		WHERE d.id = s.id AND (d.last_seen IS NULL OR d.last_seen < s.at)`, ids, at)
	return away(err)
}

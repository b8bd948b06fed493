package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/post"
)

// Post is post.Store on this database.
type Post struct{ DB *DB }

var _ post.Store = Post{}

const workerColumns = "w.id, w.code, w.name, w.phone, w.duty, w.area, w.demo, w.has_left, w.version"

const shiftColumns = "s.id, s.worker_id, s.starts, s.ends, s.version"

func workerFields(w *post.Worker) []any {
	return []any{&w.ID, &w.Code, &w.Name, &w.Phone, &w.Duty, &w.Area, &w.Demo, &w.Left, &w.Version}
}

func scanWorker(row pgx.CollectableRow) (w post.Worker, err error) {
	err = row.Scan(workerFields(&w)...)
	return w, err
}

// shiftRow is a shift as scanned: its end may be null.
type shiftRow struct {
	shift post.Shift
	ends  *time.Time
}

func (r *shiftRow) fields() []any {
	return []any{&r.shift.ID, &r.shift.WorkerID, &r.shift.From, &r.ends, &r.shift.Version}
}

func (r *shiftRow) get() post.Shift {
	s := r.shift
	s.From = s.From.UTC()
	if r.ends != nil {
		s.To = r.ends.UTC()
	}
	return s
}

func scanShift(row pgx.CollectableRow) (post.Shift, error) {
	var r shiftRow
	err := row.Scan(r.fields()...)
	return r.get(), err
}

// duty is a shift with its worker, as events need them.
type duty struct {
	worker post.Worker
	shift  post.Shift
}

func scanDuty(row pgx.CollectableRow) (duty, error) {
	var r shiftRow
	var d duty
	err := row.Scan(append(r.fields(), workerFields(&d.worker)...)...)
	d.shift = r.get()
	return d, err
}

// open is null for the zero time: an open end.
func open(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Workers implements post.Store.
func (p Post) Workers(ctx context.Context, ids ...int32) (workers []post.Worker, err error) {
	defer fault.Wrap(&err, "postgres.Workers(%d ids)", len(ids))
	rows, err := p.DB.Pool.Query(ctx, `SELECT `+workerColumns+` FROM worker w
		WHERE $1::int[] IS NULL OR w.id = ANY($1) ORDER BY w.id`, ids)
	if err != nil {
		return nil, away(err)
	}
	workers, err = pgx.CollectRows(rows, scanWorker)
	return workers, away(err)
}

// saveWorker leaves a row that stays as it was untouched, and then gives nothing back.
const saveWorker = `INSERT INTO worker AS w (code, name, phone, duty, area, demo, has_left) VALUES ($1, $2, $3, $4, $5, $6, $7)
	ON CONFLICT (code) DO UPDATE SET name = $2, phone = $3, duty = $4, area = $5, demo = $6, has_left = $7, version = w.version + 1
	WHERE (w.name, w.phone, w.duty, w.area, w.demo, w.has_left) IS DISTINCT FROM ($2, $3, $4, $5, $6, $7)
	RETURNING ` + workerColumns

// SaveWorkers implements post.Store.
func (p Post) SaveWorkers(ctx context.Context, workers []post.Worker, changed func(post.Worker) event.Event) (saved []post.Worker, err error) {
	defer fault.Wrap(&err, "postgres.SaveWorkers(%d)", len(workers))
	err = p.DB.tx(ctx, func(tx pgx.Tx) error {
		saved = make([]post.Worker, len(workers))
		old, err := lockWorkers(ctx, tx, workers)
		if err != nil {
			return err
		}
		var news []event.Event
		var before []json.RawMessage
		batch := &pgx.Batch{}
		for i, w := range workers {
			batch.Queue(saveWorker, w.Code, w.Name, w.Phone, w.Duty, w.Area, w.Demo, w.Left).QueryRow(func(row pgx.Row) error {
				err := row.Scan(workerFields(&saved[i])...)
				if errors.Is(err, pgx.ErrNoRows) {
					return nil
				}
				news = append(news, changed(saved[i]))
				if was, known := old[w.Code]; known {
					before = append(before, changed(was).Data)
				} else {
					before = append(before, nil)
				}
				return err
			})
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		if err := readUnchanged(ctx, tx, workers, saved); err != nil {
			return err
		}
		return recordChanges(ctx, tx, news, before)
	})
	return saved, err
}

// lockWorkers reads those of the workers that are there, by staff number, and holds them until the transaction ends.
func lockWorkers(ctx context.Context, tx pgx.Tx, wanted []post.Worker) (map[string]post.Worker, error) {
	codes := make([]string, len(wanted))
	for i, w := range wanted {
		codes[i] = w.Code
	}
	rows, err := tx.Query(ctx, `SELECT `+workerColumns+` FROM worker w WHERE code = ANY($1) ORDER BY w.id FOR NO KEY UPDATE`, codes)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, scanWorker)
	old := make(map[string]post.Worker, len(found))
	for _, w := range found {
		old[w.Code] = w
	}
	return old, err
}

// readUnchanged fills in the workers that an upsert left as they were.
func readUnchanged(ctx context.Context, tx pgx.Tx, wanted, saved []post.Worker) error {
	batch := &pgx.Batch{}
	for i := range saved {
		if saved[i].ID == 0 {
			batch.Queue(`SELECT `+workerColumns+` FROM worker w WHERE code = $1`, wanted[i].Code).QueryRow(func(row pgx.Row) error {
				return row.Scan(workerFields(&saved[i])...)
			})
		}
	}
	if batch.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, batch).Close()
}

// appendEvents writes many events in one round trip; the order is kept.
func appendEvents(ctx context.Context, tx pgx.Tx, events []event.Event) error {
	if len(events) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	for _, e := range events {
		batch.Queue(`INSERT INTO event_log (kind, entity, entity_id, version, area, at, actor, data)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, e.Kind, e.Entity, e.EntityID, e.Version, e.Area, e.At, e.Actor, e.Data)
	}
	return tx.SendBatch(ctx, batch).Close()
}

// Shifts implements post.Store.
func (p Post) Shifts(ctx context.Context, from, to time.Time, workers ...int32) (shifts []post.Shift, err error) {
	defer fault.Wrap(&err, "postgres.Shifts(%v, %v)", from, to)
	rows, err := p.DB.Pool.Query(ctx, `SELECT `+shiftColumns+` FROM shift s
		WHERE s.starts < $2 AND (s.ends IS NULL OR s.ends > $1) AND ($3::int[] IS NULL OR s.worker_id = ANY($3))
		ORDER BY s.starts, s.id`, from, to, workers)
	if err != nil {
		return nil, away(err)
	}
	shifts, err = pgx.CollectRows(rows, scanShift)
	return shifts, away(err)
}

// Roll implements post.Store.
func (p Post) Roll(ctx context.Context, f post.ShiftFilter) (served []post.Served, err error) {
	defer fault.Wrap(&err, "postgres.Roll(%v, %v)", f.From, f.To)
	rows, err := p.DB.Pool.Query(ctx, `SELECT `+shiftColumns+`, `+workerColumns+` FROM shift s JOIN worker w ON w.id = s.worker_id
		WHERE s.starts < $2 AND (s.ends IS NULL OR s.ends > $1) AND starts_with(w.area, $3) AND starts_with(w.area, $4)
			AND ($5 = 0 OR s.worker_id = $5)
			AND ($6 = '' OR strpos(lower(w.name), lower($6)) > 0 OR strpos(lower(w.code), lower($6)) > 0)
			AND ($8 = 0::bigint OR (s.starts, s.id) > ($7, $8))
		ORDER BY s.starts, s.id LIMIT $9`, f.From, f.To, f.Scope, f.Area, f.Worker, f.Text, f.After.From, f.After.ID, f.Limit)
	if err != nil {
		return nil, away(err)
	}
	served, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (post.Served, error) {
		d, err := scanDuty(row)
		return post.Served{Shift: d.shift, Worker: d.worker}, err
	})
	return served, away(err)
}

// errOverlap rolls an AddShifts back.
var errOverlap = errors.New("a shift lies over another")

// AddShifts implements post.Store. The exclusion constraint finds overlaps, also among the rows of this very statement and against
// another node's: such a row isn't inserted.
func (p Post) AddShifts(ctx context.Context, shifts []post.Shift, now time.Time, added post.News) (done []post.Shift, overlapping []int, err error) {
	defer fault.Wrap(&err, "postgres.AddShifts(%d)", len(shifts))
	err = p.DB.tx(ctx, func(tx pgx.Tx) error {
		done, overlapping = make([]post.Shift, len(shifts)), nil
		news := make([]event.Event, 0, len(shifts))
		batch := &pgx.Batch{}
		for i, s := range shifts {
			batch.Queue(`WITH s AS (
				INSERT INTO shift (worker_id, starts, ends, started, ended)
				VALUES ($1, $2, $3, $2 <= $4::timestamptz, coalesce($3 <= $4::timestamptz, false)) ON CONFLICT DO NOTHING RETURNING *)
				SELECT `+shiftColumns+`, `+workerColumns+` FROM s JOIN worker w ON w.id = s.worker_id`,
				s.WorkerID, s.From, open(s.To), now).Query(func(rows pgx.Rows) error {
				found, err := pgx.CollectRows(rows, scanDuty)
				if err != nil {
					return err
				}
				if len(found) == 0 {
					overlapping = append(overlapping, i)
					return nil
				}
				done[i] = found[0].shift
				news = append(news, added(found[0].worker, found[0].shift))
				return nil
			})
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		if len(overlapping) > 0 {
			return errOverlap
		}
		return record(ctx, tx, news...)
	})
	if errors.Is(err, errOverlap) {
		return nil, overlapping, nil
	}
	return done, nil, err
}

// lockShift reads a shift with its worker and holds it until the transaction ends.
func lockShift(ctx context.Context, tx pgx.Tx, id int64) (duty, error) {
	rows, err := tx.Query(ctx, `SELECT `+shiftColumns+`, `+workerColumns+` FROM shift s JOIN worker w ON w.id = s.worker_id
		WHERE s.id = $1 FOR UPDATE OF s`, id)
	if err != nil {
		return duty{}, err
	}
	d, err := pgx.CollectExactlyOneRow(rows, scanDuty)
	if errors.Is(err, pgx.ErrNoRows) {
		return d, fault.New(fault.NotFound, "shift.unknown", fmt.Sprintf("there is no shift %d", id), "id", id)
	}
	return d, err
}

// EndShift implements post.Store.
func (p Post) EndShift(ctx context.Context, id int64, end func(post.Worker, *post.Shift) error, ended post.News) (shift post.Shift, err error) {
	defer fault.Wrap(&err, "postgres.EndShift(%d)", id)
	err = p.DB.tx(ctx, func(tx pgx.Tx) error {
		d, err := lockShift(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := end(d.worker, &d.shift); err != nil {
			return err
		}
		d.shift.Version++
		shift = d.shift
		if _, err := tx.Exec(ctx, `UPDATE shift SET ends = $2, started = true, ended = true, version = $3 WHERE id = $1`,
			id, shift.To, shift.Version); err != nil {
			return err
		}
		return record(ctx, tx, ended(d.worker, shift))
	})
	return shift, err
}

// MoveShift implements post.Store.
func (p Post) MoveShift(ctx context.Context, id int64, move func(post.Worker, *post.Shift) error, moved post.News) (shift post.Shift, err error) {
	defer fault.Wrap(&err, "postgres.MoveShift(%d)", id)
	err = p.DB.tx(ctx, func(tx pgx.Tx) error {
		d, err := lockShift(ctx, tx, id)
		if err != nil {
			return err
		}
		before := moved(d.worker, d.shift).Data
		if err := move(d.worker, &d.shift); err != nil {
			return err
		}
		d.shift.Version++
		shift = d.shift
		_, err = tx.Exec(ctx, `UPDATE shift SET starts = $2, ends = $3, started = false, ended = false, version = $4 WHERE id = $1`,
			id, shift.From, open(shift.To), shift.Version)
		if violates(err, "shift_no_overlap") {
			return fault.New(fault.Conflict, "shift.overlap", "a worker has at most one shift at any instant")
		}
		if err != nil {
			return err
		}
		return recordChanges(ctx, tx, []event.Event{moved(d.worker, shift)}, []json.RawMessage{before})
	})
	return shift, err
}

// RemoveShift implements post.Store.
func (p Post) RemoveShift(ctx context.Context, id int64, check func(post.Worker, post.Shift) error, removed post.News) (shift post.Shift, err error) {
	defer fault.Wrap(&err, "postgres.RemoveShift(%d)", id)
	err = p.DB.tx(ctx, func(tx pgx.Tx) error {
		d, err := lockShift(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := check(d.worker, d.shift); err != nil {
			return err
		}
		d.shift.Version++
		shift = d.shift
		if _, err := tx.Exec(ctx, `DELETE FROM shift WHERE id = $1`, id); err != nil {
			return err
		}
		return record(ctx, tx, removed(d.worker, shift))
	})
	return shift, err
}

// The two sides of the clock. A second node's UPDATE waits for the first's commit, looks again, and finds nothing left to tell.
const (
	takeStarts = `UPDATE shift s SET started = true, version = s.version + 1 FROM worker w
		WHERE w.id = s.worker_id AND NOT s.started AND s.starts <= $1 RETURNING ` + shiftColumns + `, ` + workerColumns
	takeEnds = `UPDATE shift s SET ended = true, version = s.version + 1 FROM worker w
		WHERE w.id = s.worker_id AND NOT s.ended AND s.ends <= $1 RETURNING ` + shiftColumns + `, ` + workerColumns
)

// TakeEffect implements post.Store.
func (p Post) TakeEffect(ctx context.Context, now time.Time, started, ended post.News) (n int, err error) {
	defer fault.Wrap(&err, "postgres.TakeEffect(%v)", now)
	due := false
	err = p.DB.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM shift WHERE NOT started AND starts <= $1)
		OR EXISTS (SELECT FROM shift WHERE NOT ended AND ends <= $1)`, now).Scan(&due)
	if err != nil || !due {
		return 0, away(err)
	}
	err = p.DB.tx(ctx, func(tx pgx.Tx) error {
		var news []event.Event
		for _, side := range []struct {
			sql  string
			tell post.News
		}{{takeStarts, started}, {takeEnds, ended}} {
			rows, err := tx.Query(ctx, side.sql, now)
			if err != nil {
				return err
			}
			duties, err := pgx.CollectRows(rows, scanDuty)
			if err != nil {
				return err
			}
			for _, d := range duties {
				news = append(news, side.tell(d.worker, d.shift))
			}
		}
		n = len(news)
		return appendEvents(ctx, tx, news)
	})
	return n, err
}

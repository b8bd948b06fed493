package postgres

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"wangge/internal/fault"
	"wangge/internal/post"
	"wangge/internal/tracking"
)

// district is the time zone of its days. It has no summer time, so it needs no zone database.
var district = time.FixedZone("Asia/Shanghai", 8*60*60)

// partitionLock is the advisory lock under which partitions come and go, on all nodes.
const partitionLock = 0x77616e676765 // "wangge"

// LatestPositions implements tracking.Store. A right clock's newest fix is the last by the key; those of clocks gone wrong are few and have
// an index of their own.
func (t Tracking) LatestPositions(ctx context.Context, duties []post.OnDuty) (motions []tracking.Motion, err error) {
	defer fault.Wrap(&err, "postgres.LatestPositions(%d workers)", len(duties))
	workers, since := make([]int32, len(duties)), make([]time.Time, len(duties))
	for i, duty := range duties {
		workers[i], since[i] = duty.Worker.ID, duty.Shift.From
	}
	rows, err := t.DB.Pool.Query(ctx, `
		SELECT newest.worker_id, at, received_at, lon, lat, grid_id, speed, course, accuracy, battery, flags
		FROM unnest($1::int[], $2::timestamptz[]) AS duty (worker, since)
		CROSS JOIN LATERAL (
			SELECT p.* FROM device_worker d CROSS JOIN LATERAL (
				(SELECT * FROM position WHERE device_id = d.device_id AND fix_at >= duty.since AND worker_id = duty.worker AND flags & 1 = 0
					ORDER BY fix_at DESC LIMIT 1)
				UNION ALL
				(SELECT * FROM position WHERE device_id = d.device_id AND at >= duty.since AND fix_at >= duty.since
					AND worker_id = duty.worker AND flags & 1 = 1 ORDER BY at DESC LIMIT 1)
			) p
			WHERE d.worker_id = duty.worker ORDER BY p.at DESC LIMIT 1
		) newest`, workers, since)
	if err != nil {
		return nil, away(err)
	}
	motions, err = pgx.CollectRows(rows, scanMotion)
	return motions, away(err)
}

func scanMotion(row pgx.CollectableRow) (tracking.Motion, error) {
	var r tracking.Row
	var at, received time.Time
	var speed, course, accuracy, battery *float32
	var flags int32
	if err := row.Scan(&r.Worker, &at, &received, &r.Lon, &r.Lat, &r.Grid, &speed, &course, &accuracy, &battery, &flags); err != nil {
		return tracking.Motion{}, err
	}
	r.At, r.ReceivedAt, r.Flags = at.UnixMicro(), received.UnixMicro(), uint8(flags)
	r.Speed, r.Course, r.Accuracy, r.Battery = real32(speed), real32(course), real32(accuracy), real32(battery)
	return r.Motion(), nil
}

// real32 is NaN for null.
func real32(v *float32) float32 {
	if v == nil {
		return float32(math.NaN())
	}
	return *v
}

// Track implements tracking.Store. Of the fixes numbered 0 … total−1 those are kept at which n·(limit−1)/(total−1), rounded down, grows: the
// first, the last, and an even choice between.
func (t Tracking) Track(ctx context.Context, worker int32, from, to time.Time, limit int) (points []tracking.TrackPoint, total int, err error) {
	defer fault.Wrap(&err, "postgres.Track(%d, %v, %v)", worker, from, to)
	rows, err := t.DB.Pool.Query(ctx, `
		WITH fixes AS (
			SELECT p.at, p.lon, p.lat, p.grid_id, p.speed, p.course, p.accuracy, p.flags
			FROM device_worker d CROSS JOIN LATERAL (
				SELECT * FROM position WHERE device_id = d.device_id AND worker_id = $1 AND flags & 1 = 0 AND fix_at >= $2 AND fix_at < $3
				UNION ALL
				SELECT * FROM position WHERE device_id = d.device_id AND worker_id = $1 AND flags & 1 = 1 AND at >= $2 AND at < $3 AND fix_at >= $2
			) p
			WHERE d.worker_id = $1 AND EXISTS (
				SELECT FROM shift s WHERE s.worker_id = $1 AND s.starts <= p.at AND (s.ends IS NULL OR p.at < s.ends))
		), numbered AS (
			SELECT *, row_number() OVER (ORDER BY at) - 1 AS n, count(*) OVER () AS total FROM fixes
		)
		SELECT at, lon, lat, grid_id, speed, course, accuracy, flags, total FROM numbered
		WHERE total <= $4 OR n = 0 OR n * ($4 - 1) / (total - 1) > (n - 1) * ($4 - 1) / (total - 1)
		ORDER BY n`, worker, from, to, int64(limit))
	if err != nil {
		return nil, 0, away(err)
	}
	points, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (tracking.TrackPoint, error) { return scanTrackPoint(row, &total) })
	return points, total, away(err)
}

func scanTrackPoint(row pgx.CollectableRow, total *int) (p tracking.TrackPoint, err error) {
	var lon, lat, flags int32
	var speed, course, accuracy *float32
	err = row.Scan(&p.At, &lon, &lat, &p.Grid, &speed, &course, &accuracy, &flags, total)
	p.At, p.Lon, p.Lat, p.Flags = p.At.UTC(), float64(lon)/1e7, float64(lat)/1e7, uint8(flags)
	p.Speed, p.Course, p.Accuracy = float64(real32(speed)), float64(real32(course)), float64(real32(accuracy))
	return p, err
}

// day is a partition of history: a day of the district.
type day struct{ from, to time.Time }

// dayOf is the day that an instant lies in.
func dayOf(t time.Time) day {
	y, m, d := t.In(district).Date()
	from := time.Date(y, m, d, 0, 0, 0, 0, district)
	return day{from, from.AddDate(0, 0, 1)}
}

func (d day) table() string { return "position_" + d.from.Format("20060102") }

// partitions reads the days that have a partition.
func (t Tracking) partitions(ctx context.Context) (days []day, err error) {
	rows, err := t.DB.Pool.Query(ctx, `SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'position'::regclass ORDER BY c.relname`)
	if err != nil {
		return nil, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range names {
		from, parseErr := time.ParseInLocation("20060102", strings.TrimPrefix(name, "position_"), district)
		if parseErr == nil { // the default partition is none
			days = append(days, dayOf(from))
		}
	}
	return days, err
}

// EnsurePartitions implements tracking.Store.
func (t Tracking) EnsurePartitions(ctx context.Context, from, to time.Time) (err error) {
	defer fault.Wrap(&err, "postgres.EnsurePartitions(%v, %v)", from, to)
	have, err := t.partitions(ctx)
	if err != nil {
		return away(err)
	}
	there := make(map[string]bool, len(have))
	for _, d := range have {
		there[d.table()] = true
	}
	for d := dayOf(from); d.from.Before(to); d = dayOf(d.to) {
		if !there[d.table()] {
			if err := t.addPartition(ctx, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// addPartition makes a partition beside the table and then attaches it, which never makes writers wait; only the default partition is held,
// and those of its rows that belong to the day move over.
func (t Tracking) addPartition(ctx context.Context, d day) error {
	from, to := d.from.UTC().Format(time.RFC3339), d.to.UTC().Format(time.RFC3339)
	return t.changePartitions(ctx, d, false, fmt.Sprintf(`
		LOCK TABLE position_default IN ACCESS EXCLUSIVE MODE;
		CREATE TABLE %[1]s (LIKE position INCLUDING ALL);
		WITH moved AS (DELETE FROM position_default WHERE fix_at >= '%[2]s' AND fix_at < '%[3]s' RETURNING *)
			INSERT INTO %[1]s SELECT * FROM moved;
		ALTER TABLE position ATTACH PARTITION %[1]s FOR VALUES FROM ('%[2]s') TO ('%[3]s')`, d.table(), from, to))
}

// changePartitions runs statements if the day's partition is there (or isn't) once this node has the lock. It gives up soon when others hold
// the tables: the next round tries again, and until then nothing is lost.
func (t Tracking) changePartitions(ctx context.Context, d day, there bool, statements string) error {
	return t.DB.tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(partitionLock)); err != nil {
			return err
		}
		var found bool
		if err := tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", d.table()).Scan(&found); err != nil || found != there {
			return err
		}
		_, err := tx.Conn().PgConn().Exec(ctx, "SET LOCAL lock_timeout = '3s'; "+statements).ReadAll()
		return err
	})
}

// DropPositionsBefore implements tracking.Store.
func (t Tracking) DropPositionsBefore(ctx context.Context, before time.Time) (dropped int, err error) {
	defer fault.Wrap(&err, "postgres.DropPositionsBefore(%v)", before)
	days, err := t.partitions(ctx)
	if err != nil {
		return 0, away(err)
	}
	for _, d := range days {
		if d.to.After(before) {
			continue
		}
		err := t.changePartitions(ctx, d, true, fmt.Sprintf(`ALTER TABLE position DETACH PARTITION %[1]s; DROP TABLE %[1]s`, d.table()))
		if err != nil {
			return dropped, err
		}
		dropped++
	}
	_, err = t.DB.Pool.Exec(ctx, "DELETE FROM position_default WHERE received_at < $1", before)
	return dropped, away(err)
}

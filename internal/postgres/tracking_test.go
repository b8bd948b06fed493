package postgres_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wangge/internal/postgres"
	"wangge/internal/testenv"
	"wangge/internal/tracking"
)

// partitionNames lists the partitions of history.
func partitionNames(t *testing.T, db *postgres.DB) (names []string) {
	t.Helper()
	rows, err := db.Pool.Query(t.Context(), `SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'position'::regclass ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// rowAt is a fix of device 1 with this device time.
func rowAt(at time.Time) tracking.Row {
	return tracking.Row{Device: 1, Worker: 1, FixAt: at.UnixMicro(), At: at.UnixMicro(), ReceivedAt: eight.UnixMicro(), Lon: 1163000000, Lat: 374500000}
}

func TestPartitionsAreDaysOfTheDistrict(t *testing.T) {
	db := freshDB(t, testenv.Postgres(t))
	store := postgres.Tracking{DB: db}
	var nodes sync.WaitGroup
	for range 4 { // several nodes at once
		nodes.Go(func() {
			if err := store.EnsurePartitions(context.Background(), eight.Add(-24*time.Hour), eight.Add(time.Hour)); err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()
	want := []string{"position_20261122", "position_20261123", "position_default"}
	if diff := cmp.Diff(want, partitionNames(t, db)); diff != "" {
		t.Fatal(diff)
	}
	midnight := eight.Add(-8 * time.Hour) // in the district
	if _, err := store.Append(t.Context(), []tracking.Row{rowAt(midnight.Add(-time.Microsecond)), rowAt(midnight)}, nil); err != nil {
		t.Fatal(err)
	}
	for _, day := range want[:2] {
		var n int
		if err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM "+day).Scan(&n); err != nil || n != 1 {
			t.Errorf("%s has %d fixes (%v)", day, n, err)
		}
	}
}

func TestADayTakesItsFixesOutOfTheDefaultPartition(t *testing.T) {
	db := freshDB(t, testenv.Postgres(t))
	store := postgres.Tracking{DB: db}
	rows := []tracking.Row{rowAt(eight), rowAt(eight.Add(24 * time.Hour)), rowAt(eight.Add(1000 * 24 * time.Hour))}
	if _, err := store.Append(t.Context(), rows, nil); err != nil {
		t.Fatal(err)
	}
	if err := store.EnsurePartitions(t.Context(), eight, eight.Add(25*time.Hour)); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, table := range []string{"position_20261123", "position_20261124", "position_default", "position"} {
		var n int
		if err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		counts[table] = n
	}
	if diff := cmp.Diff(map[string]int{"position_20261123": 1, "position_20261124": 1, "position_default": 1, "position": 3}, counts); diff != "" {
		t.Error(diff)
	}
	again, err := store.Append(t.Context(), rows, nil) // known wherever they lie
	if err != nil || !slices.Equal(again.Duplicates, []int{0, 1, 2}) {
		t.Errorf("%+v %v", again, err)
	}
}

func TestRetentionDropsWholeDays(t *testing.T) {
	db := freshDB(t, testenv.Postgres(t))
	store := postgres.Tracking{DB: db}
	if err := store.EnsurePartitions(t.Context(), eight.Add(-72*time.Hour), eight); err != nil {
		t.Fatal(err)
	}
	old := rowAt(eight.Add(5000 * 24 * time.Hour)) // claims to be from the future, but was received long ago
	old.ReceivedAt = eight.Add(-48 * time.Hour).UnixMicro()
	if _, err := store.Append(t.Context(), []tracking.Row{rowAt(eight), rowAt(eight.Add(-48 * time.Hour)), old}, nil); err != nil {
		t.Fatal(err)
	}
	days, err := store.DropPositionsBefore(t.Context(), eight.Add(-24*time.Hour)) // the day of that instant is not over then
	if err != nil || days != 2 {
		t.Errorf("%d days were dropped (%v)", days, err)
	}
	want := []string{"position_20261122", "position_20261123", "position_default"}
	if diff := cmp.Diff(want, partitionNames(t, db)); diff != "" {
		t.Error(diff)
	}
	var left int
	if err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM position").Scan(&left); err != nil || left != 1 {
		t.Errorf("%d fixes are left (%v)", left, err)
	}
}

func TestHistoryComesAndGoesUnderLoad(t *testing.T) {
	db := freshDB(t, testenv.Postgres(t))
	store := postgres.Tracking{DB: db}
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	written := make([]int, 3)
	for w := range written {
		writers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				row := rowAt(eight.Add(time.Duration(i%240)*time.Hour + time.Duration(i)*time.Microsecond))
				row.Device = int32(w + 1)
				if _, err := store.Append(context.Background(), []tracking.Row{row}, nil); err != nil {
					t.Error(err)
					return
				}
				written[w]++
			}
		})
	}
	for day := range 10 { // while the default partition takes fixes for these very days
		at := eight.Add(time.Duration(day) * 24 * time.Hour)
		if err := store.EnsurePartitions(t.Context(), at, at.Add(time.Hour)); err != nil {
			t.Error(err)
		}
	}
	stop()
	writers.Wait()
	var n int
	if err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM position").Scan(&n); err != nil || n != written[0]+written[1]+written[2] {
		t.Errorf("%d fixes are there of %v (%v)", n, written, err)
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 10, 100, 1000} {
		b.Run(map[int]string{1: "1", 10: "10", 100: "100", 1000: "1000"}[size], func(b *testing.B) {
			db := freshDB(b, testenv.PostgresServer(b).URL())
			store := postgres.Tracking{DB: db}
			if err := store.EnsurePartitions(b.Context(), eight, eight.Add(time.Hour)); err != nil {
				b.Fatal(err)
			}
			rows := make([]tracking.Row, size)
			at := eight
			b.ReportAllocs()
			for b.Loop() {
				at = at.Add(time.Millisecond)
				for i := range rows {
					rows[i] = rowAt(at)
					rows[i].Device = int32(i + 1)
				}
				if _, err := store.Append(b.Context(), rows, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "fixes/s")
		})
	}
}

package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wangge/internal/event"
	"wangge/internal/testenv"
)

func openTest(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), testenv.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func testEvent(id string) event.Event {
	return event.Event{Kind: event.AreaChanged, Entity: "area", EntityID: id, Version: 1, Area: "371402", At: time.Now().UTC(), Data: json.RawMessage(`{}`)}
}

// A transaction that began first and commits last must still be read, although its rows have the lowest ids.
func TestEventsAfterWaitsForALateCommit(t *testing.T) {
	db := openTest(t)
	start, err := db.EventHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	late, err := db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := appendEvent(t.Context(), late, testEvent("late")); err != nil {
		t.Fatal(err)
	}
	if err := db.tx(t.Context(), func(tx pgx.Tx) error { return appendEvent(t.Context(), tx, testEvent("early")) }); err != nil {
		t.Fatal(err)
	}
	if got := idsAfter(t, db, start); len(got) != 0 {
		t.Fatalf("%v was given out while an older transaction was still running", got)
	}
	if err := late.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := idsAfter(t, db, start); fmt.Sprint(got) != "[late early]" {
		t.Fatalf("after the late commit: %v", got)
	}
}

func idsAfter(t *testing.T, db *DB, c event.Cursor) (ids []string) {
	t.Helper()
	events, err := db.EventsAfter(t.Context(), c, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		ids = append(ids, e.EntityID)
	}
	return ids
}

// Many writers with transactions of random length; a tail that only ever moves forward must meet every event exactly once.
func TestTailMeetsEveryEventOnce(t *testing.T) {
	db := openTest(t)
	const writers, each = 8, 40
	cursor, err := db.EventHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() { writeSlowly(t, db, w, each) })
	}
	met := map[string]int{}
	for len(met) < writers*each {
		events, err := db.EventsAfter(t.Context(), cursor, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			met[e.EntityID]++
			cursor = e.Cursor
		}
		if len(events) == 0 {
			db.WaitForEvents(t.Context(), 10*time.Millisecond)
		}
	}
	writing.Wait()
	for id, n := range met {
		if n != 1 {
			t.Errorf("event %s was met %d times", id, n)
		}
	}
}

func writeSlowly(t *testing.T, db *DB, writer, count int) {
	random := rand.New(rand.NewPCG(uint64(writer), 1))
	for i := range count {
		err := db.tx(context.Background(), func(tx pgx.Tx) error {
			err := appendEvent(context.Background(), tx, testEvent(fmt.Sprintf("%d-%d", writer, i)))
			time.Sleep(time.Duration(random.IntN(4)) * time.Millisecond) // others overtake
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestCursorSurvivesItsOpaqueForm(t *testing.T) {
	for _, c := range []event.Cursor{{}, {Epoch: 1, XID: 2, ID: 3}, {Epoch: 1 << 63, XID: 1<<64 - 1, ID: 1<<63 - 1}} {
		got, err := event.ParseCursor(c.String())
		if err != nil || got != c {
			t.Errorf("%+v became %+v, %v", c, got, err)
		}
	}
	for _, s := range []string{"x", "AAAA", "====", (event.Cursor{XID: 1}).String() + "A"} {
		if c, err := event.ParseCursor(s); err == nil {
			t.Errorf("%q was taken for %+v", s, c)
		}
	}
}

// A notice from another connection pool (another node) ends the wait long before patience does.
func TestNoticeWakesAnotherNode(t *testing.T) {
	url := testenv.Postgres(t)
	ctx, cancel := context.WithCancel(t.Context())
	var nodes [2]*DB
	for i := range nodes {
		db, err := Open(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		nodes[i] = db
	}
	var running sync.WaitGroup
	running.Go(func() { nodes[0].RunNotices(ctx) })
	running.Go(func() { nodes[1].RunNotices(ctx) })
	defer running.Wait()
	defer cancel()
	for {
		// The listener may not listen yet; a fresh event is written until one wakes the other node.
		if err := nodes[0].tx(ctx, func(tx pgx.Tx) error { return appendEvent(ctx, tx, testEvent("x")) }); err != nil {
			t.Fatal(err)
		}
		select {
		case <-nodes[1].wake.local:
			return
		case <-time.After(200 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("never woken")
		}
	}
}

// TestEventsTellWhenTheyWereWritten: by the log's clock, whatever time the event itself is of.
func TestEventsTellWhenTheyWereWritten(t *testing.T) {
	db := openTest(t)
	start, err := db.EventHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	clock := func() (now time.Time) {
		if err := db.Pool.QueryRow(t.Context(), "SELECT clock_timestamp()").Scan(&now); err != nil {
			t.Fatal(err)
		}
		return now
	}
	old := testEvent("late")
	old.At = old.At.Add(-2 * time.Hour).Truncate(time.Microsecond)
	before := clock()
	if err := db.tx(t.Context(), func(tx pgx.Tx) error { return appendEvents(t.Context(), tx, []event.Event{old}) }); err != nil {
		t.Fatal(err)
	}
	after := clock()
	events, err := db.EventsAfter(t.Context(), start, 10)
	if err != nil || len(events) != 1 {
		t.Fatalf("read %+v, %v", events, err)
	}
	if e := events[0]; !e.At.Equal(old.At) || e.Written.Before(before) || e.Written.After(after) {
		t.Errorf("of %v, written %v, which is not between %v and %v", e.At, e.Written, before, after)
	}
}

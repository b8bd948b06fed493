package postgres

import (
	"context"
	"strconv"
	"time"
)

// waker tells this node's tail, and soon after the other nodes', that the event log has grown. NOTIFY inside the transactions would make
// their commits queue behind one lock, so the notice is sent afterwards, once for many commits.
type waker struct {
	local  chan struct{} // buffered by one: "look again"
	remote chan struct{} // buffered by one: "tell the others"
}

// noticeEvery bounds how often other nodes are told.
const noticeEvery = 20 * time.Millisecond

func newWaker() *waker {
	return &waker{local: make(chan struct{}, 1), remote: make(chan struct{}, 1)}
}

func (w *waker) signal() {
	w.look()
	select {
	case w.remote <- struct{}{}:
	default:
	}
}

func (w *waker) look() {
	select {
	case w.local <- struct{}{}:
	default:
	}
}

// RunNotices sends this node's notices and receives the others' until the context ends. A lost notice costs only the patience of
// WaitForEvents: the log itself is the truth.
func (db *DB) RunNotices(ctx context.Context) {
	go db.sendNotices(ctx)
	for ctx.Err() == nil {
		db.listen(ctx)
		pause(ctx, time.Second)
	}
}

func (db *DB) sendNotices(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-db.wake.remote:
			_, _ = db.Pool.Exec(ctx, "NOTIFY "+wakeChannel) // lost when the database is away; patience covers it
			pause(ctx, noticeEvery)
		}
	}
}

// listen holds a connection until it breaks.
func (db *DB) listen(ctx context.Context) {
	conn, err := db.Pool.Acquire(ctx)
	if err != nil {
		return
	}
	defer conn.Release()
	raw := conn.Hijack()
	defer raw.Close(context.WithoutCancel(ctx))
	if _, err := raw.Exec(ctx, "LISTEN "+wakeChannel); err != nil {
		return
	}
	db.wake.look() // what came before we listened
	for {
		if _, err := raw.WaitForNotification(ctx); err != nil {
			return
		}
		db.wake.look()
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func text(n uint64) string { return strconv.FormatUint(n, 10) }

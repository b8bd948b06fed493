package tracking

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"wangge/internal/fault"
)

// shard commits the fixes of its share of the workers, one batch after the other.
type shard struct {
	r *Recorder

	mu     sync.Mutex
	queue  []part
	rows   int           // in the queue
	closed bool          // nothing more is taken
	wake   chan struct{} // buffered by one: something was queued

	standMu sync.Mutex
	stands  map[int32]standing // by worker; also learn's, from other goroutines

	// Below is the loop's own.
	newest  map[int32]int64 // by device: the device time of the last committed fix, to know the most common duplicates without asking
	batch   batch
	healthy bool
}

// standing is a worker's presence and how far it has been judged.
type standing struct {
	Presence
	judged int64 // the newest At that was, µs
}

func newShard(r *Recorder) *shard {
	return &shard{
		r: r, wake: make(chan struct{}, 1), stands: map[int32]standing{}, newest: map[int32]int64{},
		batch: batch{index: map[fixKey]int{}}, healthy: true,
	}
}

// learn takes over a presence unless a newer one is known.
func (s *shard) learn(p Presence) {
	s.standMu.Lock()
	defer s.standMu.Unlock()
	if old := s.stands[p.Worker]; p.Version > old.Version {
		s.stands[p.Worker] = standing{Presence: p, judged: old.judged}
	}
}

// put queues a part; false when the queue is full or closed.
func (s *shard) put(p part) bool {
	s.mu.Lock()
	if s.closed || s.rows > 0 && s.rows+len(p.items) > s.r.config.MaxQueue {
		s.mu.Unlock()
		return false
	}
	s.queue = append(s.queue, p)
	s.rows += len(p.items)
	s.mu.Unlock()
	s.r.stats.Queued.Add(int64(len(p.items)))
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return true
}

// take moves the oldest parts of the queue to the batch, until it has MaxBatch rows.
func (s *shard) take() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for rows := 0; n < len(s.queue) && (n == 0 || rows+len(s.queue[n].items) <= s.r.config.MaxBatch); n++ {
		rows += len(s.queue[n].items)
		s.batch.parts = append(s.batch.parts, s.queue[n])
		s.rows -= len(s.queue[n].items)
	}
	rest := copy(s.queue, s.queue[n:])
	clear(s.queue[rest:])
	s.queue = s.queue[:rest]
	return n
}

func (s *shard) waiting() (rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows
}

// busyParts is how many requests in one batch tell that waiting a little for the next batch gathers more than it costs.
const busyParts = 4

// run is the shard's loop.
func (s *shard) run(ctx context.Context) {
	busy := false
	for {
		select {
		case <-s.wake:
		case <-ctx.Done():
			s.drain(ctx)
			return
		}
		for {
			if busy && s.waiting() < s.r.config.MaxBatch {
				time.Sleep(s.r.config.Linger)
			}
			n := s.take()
			busy = n >= busyParts
			if n == 0 {
				break
			}
			s.commit(ctx)
		}
	}
}

// drain closes the queue and commits what is in it.
func (s *shard) drain(ctx context.Context) {
	s.r.closed.Store(true)
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	for s.take() > 0 {
		s.commit(ctx)
	}
}

// commit stores the batch and answers it. The batch has its own deadline: no request can call the others' commit off.
func (s *shard) commit(ctx context.Context) {
	b := &s.batch
	defer b.reset()
	b.gather(s.newest)
	crossings := s.judge()
	appended, err := Appended{}, error(nil)
	if len(b.rows) > 0 {
		began := time.Now()
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.r.config.Timeout)
		appended, err = s.r.store.Append(limited, b.rows, crossings)
		cancel()
		s.r.stats.CommitSeconds.Observe(time.Since(began).Seconds())
		s.r.stats.BatchRows.Observe(float64(len(b.rows)))
	}
	s.r.stats.Queued.Add(-int64(b.items))
	s.report(err)
	if err != nil {
		b.fail(overdue(err))
		return
	}
	s.settle(crossings, appended)
	b.answer(appended, s.newest)
}

// overdue turns a commit that took too long into "come back later": whether it was stored shows when the fixes come again.
func overdue(err error) error {
	if errors.Is(err, context.DeadlineExceeded) && fault.As(err) == nil {
		return fault.New(fault.Unavailable, "storage.away", "the database takes too long").WithRetry(5 * time.Second).Because(err)
	}
	return err
}

// report logs the first failure of a row of failures, and the recovery.
func (s *shard) report(err error) {
	switch {
	case err != nil && s.healthy:
		s.r.log.Error("fixes cannot be stored; their devices keep them", "error", err)
	case err == nil && !s.healthy:
		s.r.log.Info("fixes are stored again")
	}
	s.healthy = err == nil
}

// judge finds the crossings of the batch. They count only once they are committed.
func (s *shard) judge() []Crossing {
	index := s.r.index()
	if index == nil {
		return nil
	}
	s.standMu.Lock()
	defer s.standMu.Unlock()
	var crossings []Crossing
	for i := range s.batch.rows {
		row, it := &s.batch.rows[i], s.batch.source[i]
		now, judged := s.batch.moved[row.Worker]
		if !judged {
			now = s.stands[row.Worker]
		}
		if it.late || row.At < now.judged {
			continue
		}
		after, crossed := now.next(index, row, it.shift)
		s.batch.moved[row.Worker] = standing{Presence: after, judged: row.At}
		if crossed {
			crossings = s.cross(crossings, i, now.Presence, after, it.shift)
		}
	}
	return crossings
}

// cross adds a crossing. A worker who crosses twice in one batch has one row to write, with the events of both.
func (s *shard) cross(crossings []Crossing, row int, before, after Presence, shift time.Time) []Crossing {
	name := ""
	if w, ok := s.r.people.Worker(after.Worker); ok {
		name = w.Name
	}
	events := tells(s.r.index(), name, before, after, shift)
	for i := range crossings {
		if c := &crossings[i]; c.To.Worker == after.Worker {
			c.Row, c.To, c.Tells = row, after, append(c.Tells, events...)
			return crossings
		}
	}
	return append(crossings, Crossing{Row: row, From: before.Version, To: after, Tells: events})
}

// settle takes over what the commit has made of the workers' presences. A crossing that lost against another node's is not there: the
// next fix is judged from where that node saw the worker.
func (s *shard) settle(crossings []Crossing, appended Appended) {
	s.standMu.Lock()
	for worker, now := range s.batch.moved {
		stand := s.stands[worker]
		stand.judged = max(stand.judged, now.judged)
		s.stands[worker] = stand
	}
	s.standMu.Unlock()
	for _, p := range appended.Presences {
		s.learn(p)
	}
	for _, c := range crossings {
		if slices.Contains(appended.Presences, c.To) {
			s.r.stats.Crossings.Add(1)
		}
	}
}

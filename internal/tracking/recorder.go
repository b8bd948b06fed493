package tracking

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"wangge/internal/area"
	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/post"
)

// RecorderConfig is how a Recorder gathers and bounds. Zero values mean the defaults.
type RecorderConfig struct {
	Shards   int           // commits that run side by side; 2
	MaxBatch int           // fixes in one commit, more or less; 2000
	Linger   time.Duration // how long a shard under load gathers before it commits; 4 ms
	MaxQueue int           // fixes that wait per shard before more are turned away; 20,000
	Timeout  time.Duration // for one commit; 15 s
}

func (c RecorderConfig) withDefaults() RecorderConfig {
	set := func(v *int, to int) {
		if *v <= 0 {
			*v = to
		}
	}
	set(&c.Shards, 2)
	set(&c.MaxBatch, 2000)
	set(&c.MaxQueue, 20000)
	if c.Linger == 0 {
		c.Linger = 4 * time.Millisecond
	}
	if c.Timeout == 0 {
		c.Timeout = 15 * time.Second
	}
	return c
}

// Recorder stores fixes by group commit: those of many requests share one COPY, and each request is answered after the commit that its
// fixes were in. Fixes of one worker go through one shard, in the order in which they came. The queues are bounded: what doesn't fit is turned
// away with a fault of kind Unavailable and was not stored.
type Recorder struct {
	store  Store
	index  func() *area.Index
	people *post.Directory
	stats  *Stats
	log    *slog.Logger
	config RecorderConfig
	shards []*shard
	closed atomic.Bool
}

// NewRecorder puts a recorder together. index gives the areas as they are now. Run starts it.
func NewRecorder(store Store, index func() *area.Index, people *post.Directory, stats *Stats, log *slog.Logger, config RecorderConfig) *Recorder {
	r := &Recorder{store: store, index: index, people: people, stats: stats, log: log, config: config.withDefaults()}
	for range r.config.Shards {
		r.shards = append(r.shards, newShard(r))
	}
	return r
}

// Load reads which grid each worker is in. Call it before Run.
func (r *Recorder) Load(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "tracking.Recorder.Load")
	presences, err := r.store.Presences(ctx)
	if err != nil {
		return err
	}
	for _, p := range presences {
		r.shard(p.Worker).learn(p)
	}
	return nil
}

// Follow takes note of crossings that another node has written. Give it every event of the log.
func (r *Recorder) Follow(events []event.Event) {
	for _, e := range events {
		if e.Kind != event.WorkerEntered && e.Kind != event.WorkerLeft {
			continue
		}
		worker, err := strconv.ParseInt(e.EntityID, 10, 32)
		var data presenceNews
		if err != nil || json.Unmarshal(e.Data, &data) != nil {
			continue
		}
		p := Presence{Worker: int32(worker), Since: e.At, Version: e.Version}
		if e.Kind == event.WorkerEntered {
			p.Grid = data.GridID
		}
		r.shard(p.Worker).learn(p)
	}
}

// Run commits until the context ends. Then it turns new fixes away, commits what has been queued, and returns.
func (r *Recorder) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, s := range r.shards {
		running.Go(func() { s.run(ctx) })
	}
	running.Wait()
}

func (r *Recorder) shard(worker int32) *shard {
	return r.shards[uint32(worker)%uint32(len(r.shards))]
}

// item is one row on its way, with what the shard needs to know beside it.
type item struct {
	row   Row
	late  bool      // doesn't count for crossings
	shift time.Time // when the shift that covers the row began
	spot  int       // which result of the ticket it is
}

// ticket is one request's fixes on their way into storage.
type ticket struct {
	results []Result
	items   []item
	open    atomic.Int32  // parts that are not answered yet
	done    chan struct{} // closed when all parts are
	mu      sync.Mutex
	err     error // the first part's that failed
}

// part is what one shard has of a ticket.
type part struct {
	ticket *ticket
	items  []item
}

// submit queues a ticket's items. When a shard's queue is full the ticket fails, though some of it may yet be stored: the sender comes back
// with all of it, and what was stored is recognised.
func (r *Recorder) submit(t *ticket) {
	if len(t.items) == 0 {
		close(t.done)
		return
	}
	parts := r.split(t)
	t.open.Store(int32(len(parts)))
	for i := range parts {
		if s := r.shard(parts[i].items[0].row.Worker); !s.put(parts[i]) {
			parts[i].finish(r.turnedAway())
		}
	}
}

// split sorts the items of a ticket to their shards; nearly always all go to one.
func (r *Recorder) split(t *ticket) []part {
	first := r.shard(t.items[0].row.Worker)
	same := true
	for i := 1; i < len(t.items) && same; i++ {
		same = r.shard(t.items[i].row.Worker) == first
	}
	if same {
		return []part{{ticket: t, items: t.items}}
	}
	groups := map[*shard][]item{}
	for _, it := range t.items {
		s := r.shard(it.row.Worker)
		groups[s] = append(groups[s], it)
	}
	parts := make([]part, 0, len(groups))
	for _, items := range groups {
		parts = append(parts, part{ticket: t, items: items})
	}
	return parts
}

func (r *Recorder) turnedAway() error {
	if r.closed.Load() {
		return fault.New(fault.Unavailable, "storage.closing", "the service is shutting down; nothing was stored").WithRetry(time.Second)
	}
	return fault.New(fault.Unavailable, "storage.busy", "too many fixes are waiting to be stored; this one was not").WithRetry(2 * time.Second)
}

func (p *part) finish(err error) {
	t := p.ticket
	if err != nil {
		t.mu.Lock()
		if t.err == nil {
			t.err = err
		}
		t.mu.Unlock()
	}
	if t.open.Add(-1) == 0 {
		close(t.done)
	}
}

// wait gives the results once every part is answered. When the context ends first, the fixes go their way all the same.
func (t *ticket) wait(ctx context.Context) ([]Result, error) {
	select {
	case <-t.done:
		return t.results, t.err
	case <-ctx.Done():
		return nil, fmt.Errorf("the caller went away: %w", context.Cause(ctx))
	}
}

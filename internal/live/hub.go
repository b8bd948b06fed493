package live

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paulmach/orb"

	"wangge/internal/tracking"
)

// Hub serves the live stream of one node. Make it with New, run it with Run, hand it connections with Serve.
type Hub struct {
	opts    Options
	tail    *tail
	metrics *metrics
	servers []*server // one per core

	mu        sync.Mutex
	clients   []*client // appended to, or replaced: what others have taken a slice of is never changed
	byAccount map[int64][]*client
	wanting   []*client // have said something that the loop has to look at, or have left
	closing   bool
	entered   uint64 // number of the latest client

	wake       chan struct{} // has a token when events wait for the loop
	resettle   atomic.Bool   // workers have changed: look at all of them again
	suspicious chan int64    // accounts whose sessions are to be looked at; 0 for all

	// Owned by the loop.
	lattice    lattice // over the areas' bound
	bound      orb.Bound
	fast, slow *lane
	rosters    map[string]*roster
	present    []mark // by handle, as it is; lanes lag behind it
	seen       []int64
	grid       []int32
	people     []person
	drained    tracking.Changes
	swept      time.Time
	unsettled  []*client // wait for a tick of their lane
	boards     map[boardKey]*board
	counted    time.Time
	degraded   []string // reasons, as clients were told
}

// New makes a hub. It serves nothing before Run.
func New(opts Options) *Hub {
	h := &Hub{
		opts:       opts.withDefaults(),
		metrics:    newMetrics(),
		byAccount:  map[int64][]*client{},
		wake:       make(chan struct{}, 1),
		suspicious: make(chan int64, 256),
		fast:       newLane(1),
		slow:       newLane(HiddenTicks),
		rosters:    map[string]*roster{},
		boards:     map[boardKey]*board{},
	}
	h.span(opts.Areas().Bound())
	h.tail = newTail(h)
	for range runtime.GOMAXPROCS(0) {
		h.servers = append(h.servers, &server{hub: h})
	}
	return h
}

// Run serves until the context ends; then call nothing of the hub but Close. The broker is run by whoever made it.
func (h *Hub) Run(ctx context.Context) error {
	var background sync.WaitGroup
	background.Go(func() { h.tail.run(ctx) })
	background.Go(func() { h.revalidate(ctx) })
	h.loop(ctx)
	background.Wait()
	return nil
}

// loop wakes up every Tick for positions, which take waiting events along, and in between when there are events: at once when there were
// none for EventDelay, otherwise when that is over.
func (h *Hub) loop(ctx context.Context) {
	start := time.Now()
	flushed, next := start, start.Add(Tick)
	timer := time.NewTimer(Tick)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
			timer.Reset(min(time.Until(flushed.Add(EventDelay)), time.Until(next)))
			continue
		case <-timer.C:
		}
		now := time.Now()
		h.tail.flush()
		flushed = now
		if now.Before(next) {
			h.serve(now, false)
		} else {
			tick := uint64(now.Sub(start) / Tick)
			h.tick(now, tick)
			next = start.Add(time.Duration(tick+1) * Tick)
		}
		timer.Reset(time.Until(next))
	}
}

// rouse has the loop look for events soon.
func (h *Hub) rouse() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// tick sends what has changed on the map.
func (h *Hub) tick(now time.Time, tick uint64) {
	ms := now.UnixMilli()
	h.span(h.opts.Areas().Bound())
	h.take(now)
	h.sweep(now)
	waiting := h.attach()
	for _, l := range []*lane{h.fast, h.slow} {
		l.fit(len(h.present))
		l.collect(h.present, ms, tick)
	}
	h.settle(waiting)
	for _, l := range []*lane{h.fast, h.slow} {
		if l.due {
			for _, s := range l.streams {
				s.prepare(h.areaOf)
			}
		}
	}
	h.count(now)
	h.tellStatus()
	for _, s := range h.servers {
		s.attending = tick%attendEvery == 0
	}
	h.serve(now, true)
	h.metrics.tick(h, time.Since(now))
}

func (h *Hub) areaOf(worker int32) string { return h.people[worker].area }

// portion is how many clients one goroutine serves before it asks for more. What a tick has for all of them is put together first and then
// written, so that the tick's data stays in the processor's caches, which a write to a socket empties.
const portion = 32

// serve gives every client what there is for it, from one goroutine per core.
func (h *Hub) serve(now time.Time, positions bool) {
	clients := h.everyone()
	var next atomic.Int64
	var done sync.WaitGroup
	work := func(s *server) {
		for {
			to := int(next.Add(portion))
			if to-portion >= len(clients) {
				return
			}
			s.serve(clients[to-portion:min(to, len(clients))], now.UnixMilli(), positions)
		}
	}
	for _, s := range h.servers[1:] {
		if len(clients) > portion {
			done.Go(func() { work(s) })
		}
	}
	work(h.servers[0])
	done.Wait()
	h.metrics.served(h.servers)
}

// serve gives a portion of the clients what there is for them.
func (s *server) serve(clients []*client, now int64, positions bool) {
	s.made = s.made[:0]
	var plans [portion]planned
	if positions {
		for i, c := range clients {
			plans[i] = c.plan(s)
		}
	}
	for i, c := range clients {
		c.deliver(s, plans[i], now)
	}
}

// join takes a client in and tells which of its account have to give way, and whether the hub has begun to close meanwhile.
func (h *Hub) join(c *client) (surplus []*client, closing bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.entered++
	c.number = h.entered
	h.clients = append(h.clients, c)
	mine := append(h.byAccount[c.principal.AccountID], c)
	if over := len(mine) - h.opts.MaxPerAccount; over > 0 {
		surplus = slices.Clone(mine[:over])
		mine = slices.Delete(mine, 0, over)
	}
	h.byAccount[c.principal.AccountID] = mine
	h.wanting = append(h.wanting, c)
	return surplus, h.closing
}

// leave takes a client out for good.
func (h *Hub) leave(c *client) {
	h.tail.unsubscribe(c)
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := slices.Index(h.clients, c); i >= 0 {
		h.clients = slices.Delete(slices.Clone(h.clients), i, i+1)
		h.wanting = append(h.wanting, c)
	}
	account := c.principal.AccountID
	h.byAccount[account] = slices.DeleteFunc(h.byAccount[account], func(o *client) bool { return o == c })
	if len(h.byAccount[account]) == 0 {
		delete(h.byAccount, account)
	}
}

// notice asks the loop to look at what a client wants now.
func (h *Hub) notice(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wanting = append(h.wanting, c)
}

// everyone is the list of clients at this moment; it must not be changed.
func (h *Hub) everyone() []*client {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clients
}

// goingAway is the reason of CloseGoingAway.
const goingAway = "the server is shutting down"

// Close says goodbye to every client (1001: reconnect, another node takes over), refuses new ones, and waits until all have gone or the
// context ends; then it cuts off who is left.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closing = true
	h.mu.Unlock()
	h.tail.flush()
	for _, c := range h.everyone() {
		c.bye(CloseGoingAway, goingAway)
	}
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		left := h.everyone()
		if len(left) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			for _, c := range left {
				c.cut()
			}
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"wangge/internal/client"
	"wangge/internal/live"
)

// watching is how many of the viewers decode what they get; the others read it and throw it away, since decoding is not the server's work.
const watching = 2

// viewers are pages that look at the whole district.
type viewers struct {
	conns  []*websocket.Conn
	frames []atomic.Int64 // of each viewer, binary ones
	bytes  atomic.Int64
	traces map[int32]*tracing // by worker
	all    sync.WaitGroup

	mu      sync.Mutex
	failure error           // of the first viewer that was cut off
	ages    []time.Duration // of traced fixes when a viewer had them
	closing atomic.Bool
}

// openViewers opens n live connections of the account and starts reading them.
func openViewers(ctx context.Context, u *client.User, n int, traces map[int32]*tracing) (*viewers, error) {
	v := &viewers{frames: make([]atomic.Int64, n), traces: traces}
	var cookies []string
	for _, c := range u.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	header := http.Header{"Cookie": {strings.Join(cookies, "; ")}}
	dialer := websocket.Dialer{Subprotocols: []string{live.Protocol}, ReadBufferSize: 64 << 10}
	for i := range n {
		conn, answer, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(u.Server(), "http")+"/api/v1/live", header)
		if err != nil {
			v.close()
			if answer != nil {
				err = fmt.Errorf("%w (%s)", err, answer.Status)
			}
			return nil, fmt.Errorf("opening viewer %d: %w", i+1, err)
		}
		v.conns = append(v.conns, conn)
		if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"op":"view","detail":"positions"}`)); err != nil {
			v.close()
			return nil, fmt.Errorf("viewer %d: %w", i+1, err)
		}
		v.all.Go(func() { v.read(i) })
	}
	return v, nil
}

// read reads one viewer's frames until it is closed. The library answers the server's pings meanwhile.
func (v *viewers) read(i int) {
	follow := v.discard
	if i < watching {
		follow = v.watch
	}
	err := follow(i)
	if v.closing.Load() {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.failure == nil {
		v.failure = fmt.Errorf("viewer %d was cut off: %w", i+1, err)
	}
}

func (v *viewers) discard(i int) error {
	for {
		kind, r, err := v.conns[i].NextReader()
		if err != nil {
			return err
		}
		n, err := io.Copy(io.Discard, r)
		if err != nil {
			return err
		}
		v.count(i, kind, n)
	}
}

func (v *viewers) count(i, kind int, n int64) {
	if kind == websocket.BinaryMessage {
		v.frames[i].Add(1)
		v.bytes.Add(n)
	}
}

// watch decodes every frame and times the traced fixes in it.
func (v *viewers) watch(i int) error {
	var now time.Time
	var ages []time.Duration
	holding := live.Holding{Changed: func(_ uint64, worker int32, p live.Position) {
		if t := v.traces[worker]; t != nil {
			if age, ok := t.seen(p.Lon, p.Lat, now); ok {
				ages = append(ages, age)
			}
		}
	}}
	for {
		kind, frame, err := v.conns[i].ReadMessage()
		if err != nil {
			return err
		}
		v.count(i, kind, int64(len(frame)))
		if kind != websocket.BinaryMessage {
			continue
		}
		now, ages = time.Now(), ages[:0]
		if err := holding.Apply(frame); err != nil {
			return err
		}
		v.mu.Lock()
		v.ages = append(v.ages, ages...)
		v.mu.Unlock()
	}
}

// begin forgets what was timed and tells how many frames each viewer has had.
func (v *viewers) begin() (frames []int64, bytes int64) {
	v.mu.Lock()
	v.ages = nil
	v.mu.Unlock()
	for i := range v.frames {
		frames = append(frames, v.frames[i].Load())
	}
	return frames, v.bytes.Load()
}

// end gives the ages that were timed since begin, and the failure of a viewer, if one was cut off.
func (v *viewers) end() ([]time.Duration, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.ages, v.failure
}

func (v *viewers) close() {
	v.closing.Store(true)
	for _, c := range v.conns {
		c.Close() //nolint:errcheck // nothing can be done about it
	}
	v.all.Wait()
}

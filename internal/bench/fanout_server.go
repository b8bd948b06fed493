package bench

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paulmach/orb"

	"wangge/internal/area"
	"wangge/internal/event"
	"wangge/internal/identity"
	"wangge/internal/live"
	"wangge/internal/post"
	"wangge/internal/tracking"
)

// district is the area in which the bench's workers walk: about as large as Decheng, with one grid.
const (
	districtCode  = "371402"
	districtWest  = 116.15
	districtSouth = 37.28
	districtEast  = 116.60
	districtNorth = 37.64
)

// serveHub starts the real hub, fed with packed batches over a loopback socket, for viewers that may see the whole district.
func serveHub(ctx context.Context) (at address, err error) {
	index, err := benchAreas()
	if err != nil {
		return at, err
	}
	table := tracking.NewTable()
	broker := live.NewMemoryBroker(table)
	hub := live.New(live.Options{
		Broker: broker, Table: table, Directory: newCrowd(1 << 14), Log: quietLog{}, Areas: func() *area.Index { return index },
		Snapshot: func(context.Context, identity.Principal) ([]live.SnapshotPart, event.Cursor, error) {
			return nil, event.Cursor{Epoch: 1, XID: 1}, nil
		},
		Server: "bench", Node: "bench", MaxPerAccount: 1 << 20, MaxViewers: 1 << 20,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	go hub.Run(ctx) //nolint:errcheck // ends with the process
	if at.Viewers, err = serveLive(ctx, hub); err != nil {
		return at, err
	}
	var batch []tracking.Motion
	at.Feed, err = serveFeed(ctx, func(block []byte) (err error) {
		if batch, err = live.ReadMotions(batch[:0], block); err == nil {
			broker.Publish(batch)
		}
		return err
	})
	return at, err
}

func serveLive(ctx context.Context, hub *live.Hub) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	viewer := identity.Principal{AccountID: 1, Name: "viewer", Role: identity.Operator, Scope: districtCode}
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := hub.Serve(w, r, viewer); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})}
	context.AfterFunc(ctx, func() { server.Close() })
	go server.Serve(listener) //nolint:errcheck // ends with the process
	return listener.Addr().String(), nil
}

func benchAreas() (*area.Index, error) {
	box := orb.Bound{Min: orb.Point{districtWest, districtSouth}, Max: orb.Point{districtEast, districtNorth}}
	return area.NewIndex([]area.Area{{ID: 1, Code: districtCode, Level: area.District, Boundary: orb.MultiPolygon{box.ToPolygon()}}})
}

// crowd says that every handle up to its length is a worker on shift.
type crowd []post.Worker

func newCrowd(size int) crowd {
	c := make(crowd, size)
	for id := range c {
		c[id] = post.Worker{ID: int32(id), Name: fmt.Sprintf("网格员%05d", id), Duty: post.GridMember, Area: districtCode + "0010010001"}
	}
	return c
}

// Worker finds one of the crowd.
func (c crowd) Worker(id int32) (post.Worker, bool) {
	if id < 0 || int(id) >= len(c) {
		return post.Worker{}, false
	}
	return c[id], true
}

// OnShift is always true.
func (crowd) OnShift(int32, time.Time) bool { return true }

// quietLog is an event log in which nothing happens.
type quietLog struct{}

// EventsAfter is always empty.
func (quietLog) EventsAfter(context.Context, event.Cursor, int) ([]event.Event, error) {
	return nil, nil
}

// EventHead is always the same.
func (quietLog) EventHead(context.Context) (event.Cursor, error) {
	return event.Cursor{Epoch: 1, XID: 1}, nil
}

// EventsStart is the beginning.
func (quietLog) EventsStart(context.Context) (event.Cursor, error) {
	return event.Cursor{Epoch: 1}, nil
}

// WaitForEvents waits out the patience.
func (quietLog) WaitForEvents(ctx context.Context, patience time.Duration) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// serveRaw starts a plain TCP server that writes every block of the feed to all connections, from one goroutine per core: the floor that
// the hub is compared with.
func serveRaw(ctx context.Context) (at address, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return at, err
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	var mu sync.Mutex
	var conns []net.Conn
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
		}
	}()
	at.Viewers = listener.Addr().String()
	at.Feed, err = serveFeed(ctx, func(block []byte) error {
		mu.Lock()
		defer mu.Unlock()
		writeAll(conns, block)
		return nil
	})
	return at, err
}

func writeAll(conns []net.Conn, block []byte) {
	var next atomic.Int64
	var done sync.WaitGroup
	for range cores() {
		done.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(conns); i = int(next.Add(1)) - 1 {
				conns[i].Write(block) //nolint:errcheck // a viewer that has gone is missed in the count of deliveries
			}
		})
	}
	done.Wait()
}

package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"wangge/internal/area"
	"wangge/internal/brief"
	"wangge/internal/catalog"
	"wangge/internal/event"
	"wangge/internal/httpapi"
	"wangge/internal/identity"
	"wangge/internal/incident"
	"wangge/internal/ingest"
	"wangge/internal/live"
	"wangge/internal/message"
	"wangge/internal/post"
	"wangge/internal/postgres"
	"wangge/internal/search"
	"wangge/internal/tracking"
)

// drainTime is how long a stopping node lets requests, commits and browsers finish.
const drainTime = 15 * time.Second

// node is one running process of the platform: everything wired together, listening.
type node struct {
	config ServerConfig
	db     *postgres.DB

	people    *identity.Service
	areas     *area.Service
	classes   *catalog.Service
	directory *post.Directory
	posts     *post.Service
	messages  *message.Service
	devices   *tracking.Devices
	registry  *tracking.Registry
	recorder  *tracking.Recorder
	tracking  *tracking.Service
	keeping   *tracking.Housekeeping
	incidents *incident.Service
	briefs    *brief.Service
	finder    *search.Service
	table     *tracking.Table
	redis     *redis.Client // nil for a node that is alone
	broker    live.Broker
	gaps      <-chan struct{} // positions of other nodes may be missing
	hub       *live.Hub
	doors     *ingest.Ingest
	api       *httpapi.Server

	listener    net.Listener
	served      chan error         // how serving ended
	stopServing context.CancelFunc // takes no more requests and drains
	stop        context.CancelFunc // ends what runs in the background
	running     sync.WaitGroup
}

// startNode wires a node on a migrated database and starts it. When it returns, the node answers at its address.
func startNode(ctx context.Context, config ServerConfig, db *postgres.DB) (_ *node, err error) {
	n := &node{config: config, db: db, served: make(chan error, 1)}
	if err := n.wire(ctx); err != nil {
		return nil, err
	}
	if n.listener, err = listen(config); err != nil {
		return nil, err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	n.stop = stop
	if err := n.warm(ctx, background); err != nil {
		stop()
		n.running.Wait()
		return nil, errors.Join(err, n.listener.Close())
	}
	n.serve(background)
	return n, nil
}

// wire makes everything and connects it; nothing runs yet.
func (n *node) wire(ctx context.Context) (err error) {
	posts := postgres.Post{DB: n.db}
	n.people, err = identity.New(postgres.Identity{DB: n.db}, identity.Options{Idle: n.config.SessionIdle, Lifetime: n.config.SessionLifetime})
	if err != nil {
		return err
	}
	n.areas = area.NewService(n.db)
	if err := n.areas.Load(ctx); err != nil {
		return err
	}
	if n.classes, err = catalog.Open(ctx, postgres.Catalog{DB: n.db}); err != nil {
		return err
	}
	n.directory = post.NewDirectory(posts)
	n.posts = post.NewService(post.Dependencies{Store: posts, Directory: n.directory, AreaKnown: n.areaKnown})
	n.messages = &message.Service{Store: postgres.Message{DB: n.db}, People: n.directory}
	if err := n.wireBroker(); err != nil {
		return err
	}
	n.wireTracking(postgres.Tracking{DB: n.db})
	n.incidents = incident.NewService(incident.Dependencies{Store: postgres.Incident{DB: n.db}, Catalog: n.classes, Areas: n.areas.Index})
	n.briefs = &brief.Service{Areas: n.areas, People: n.directory, Incidents: n.incidents, Table: n.table}
	n.finder = search.NewService(search.Dependencies{Areas: n.areas, People: n.directory, Incidents: n.incidents, Classes: n.classes, Table: n.table})
	n.wireLive(nodeName())
	return n.wireHTTP()
}

func (n *node) areaKnown(code string) bool { return n.areas.Index().ByCode(code) != nil }

// nodeName tells nodes apart in logs and in Redis.
func nodeName() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// warm starts what runs in the background and fills the memories. The hub's tail starts first: what other nodes change while the
// memories are being filled is then followed.
func (n *node) warm(ctx, background context.Context) error {
	if err := n.keeping.Prepare(ctx); err != nil {
		return err
	}
	n.background(func() { n.db.RunNotices(background) })
	n.background(func() { until(background, "the broker", n.broker.Run) })
	n.background(func() { until(background, "the live stream", n.hub.Run) })
	select {
	case <-n.hub.Ready():
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := n.directory.Load(ctx, time.Now()); err != nil {
		return err
	}
	if err := n.devices.Load(ctx); err != nil {
		return err
	}
	if err := n.recorder.Load(ctx); err != nil {
		return err
	}
	if err := n.tracking.Warm(ctx); err != nil {
		return err
	}
	n.finder.Warm()
	n.background(func() { n.fillGaps(background) })
	n.background(func() { n.recorder.Run(background) })
	n.background(func() { n.posts.RunClock(background) })
	n.background(func() { n.keeping.Run(background) })
	n.background(func() { n.forgetEvents(background) })
	return nil
}

func (n *node) background(run func()) { n.running.Go(run) }

// until runs something that ends only with the context, and says so should it end earlier.
func until(ctx context.Context, what string, run func(context.Context) error) {
	if err := run(ctx); err != nil && ctx.Err() == nil {
		slog.Error("has ended", "what", what, "error", err)
	}
}

// follow hands every event to the memories that other nodes' changes must reach. It runs before browsers see the event.
func (n *node) follow(ctx context.Context, events []event.Event) error {
	for _, e := range events {
		if e.Kind == event.AreaChanged {
			if err := n.areas.Reload(ctx, e.Version); err != nil {
				return err
			}
		}
	}
	if err := n.directory.Follow(ctx, time.Now(), events); err != nil {
		return err
	}
	n.recorder.Follow(events)
	return n.devices.Follow(ctx, events)
}

// serve answers requests until stopServing.
func (n *node) serve(background context.Context) {
	ctx, stop := context.WithCancel(background)
	n.stopServing = stop
	go func() { n.served <- n.api.Serve(ctx, n.listener, drainTime) }()
	n.background(func() { n.api.Run(background) })
	slog.Info("serving", "address", n.address(), "version", version)
}

// run waits until the context ends or the server fails, then drains.
func (n *node) run(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case err := <-n.served:
		n.served <- err
	}
	return n.close()
}

// close tells the browsers to move on, lets the requests under way and the group commit finish, and ends what runs in the background.
func (n *node) close() error {
	slog.Info("stopping")
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	n.stopServing()
	n.doors.Close()
	if err := n.hub.Close(ctx); err != nil {
		slog.Warn("some browsers did not say goodbye in time", "error", err)
	}
	err := <-n.served
	n.stop()
	n.running.Wait()
	if n.redis != nil {
		err = errors.Join(err, n.redis.Close())
	}
	slog.Info("stopped")
	return err
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"

	"wangge/frontend"
	"wangge/internal/basemap"
	"wangge/internal/event"
	"wangge/internal/httpapi"
	"wangge/internal/identity"
	"wangge/internal/ingest"
	"wangge/internal/live"
	"wangge/internal/postgres"
	"wangge/internal/survey"
	"wangge/internal/tracking"
)

// maxSnapshot is how many open incidents a page is given at once; there is more to a district than can be looked at.
const maxSnapshot = 5000

// wireTracking connects what takes fixes in.
func (n *node) wireTracking(store postgres.Tracking) {
	stats, unclaimed := tracking.NewStats(), tracking.NewUnclaimed(store)
	n.devices = tracking.NewDevices(store)
	n.registry = &tracking.Registry{Store: store, Devices: n.devices, Unclaimed: unclaimed, People: n.directory, Now: time.Now}
	n.recorder = tracking.NewRecorder(store, n.areas.Index, n.directory, stats, slog.Default(), tracking.RecorderConfig{})
	n.tracking = tracking.NewService(tracking.Dependencies{
		Store: store, Registry: n.registry, People: n.directory, Index: n.areas.Index, Table: n.table, Sink: n.broker,
		Recorder: n.recorder, Stats: stats, Now: time.Now, RequireCredentials: n.config.RequireDeviceCredentials,
	})
	n.keeping = &tracking.Housekeeping{
		Store: store, Devices: n.devices, Unclaimed: unclaimed, Now: time.Now, Log: slog.Default(),
		Retention: time.Duration(n.config.KeepPositions) * 24 * time.Hour,
	}
}

// wireLive connects the live stream.
func (n *node) wireLive(name string) {
	n.hub = live.New(live.Options{
		Broker: n.broker, Table: n.table, Directory: n.directory, Log: n.db, Areas: n.areas.Index,
		Snapshot: n.snapshot, Follow: n.follow,
		Session: httpapi.SessionToken, Valid: n.valid,
		Origins: n.config.TrustedOrigins, Server: version, Node: name, MaxPerAccount: n.config.LiveConnections, Logger: slog.Default(),
	})
}

// valid tells who a session belongs to now.
func (n *node) valid(ctx context.Context, token string, _ identity.Principal) (identity.Principal, error) {
	_, account, err := n.people.Resolve(ctx, token)
	return account.Principal(), err
}

// wireHTTP connects the REST interface, the doors for devices and the pages.
func (n *node) wireHTTP() (err error) {
	basemaps, err := basemap.Open(n.config.Basemaps)
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	for _, c := range append(n.hub.Collectors(),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), n.tracking.Stats) {
		if err := registry.Register(c); err != nil {
			return err
		}
	}
	n.api, err = httpapi.New(httpapi.Deps{
		Config: httpapi.Config{
			AllowPlainHTTP: n.config.insecureCookies, TrustedOrigins: n.config.TrustedOrigins,
			TrustedProxies: n.config.TrustedProxies, Basemaps: basemaps, MetricsToken: n.config.MetricsToken,
		},
		Log: slog.Default(), Metrics: registry, Pages: frontend.Pages(), Storage: n.db, Answers: postgres.Idempotency{DB: n.db},
		Identity: n.people, Areas: n.areas, Catalog: n.classes, People: n.directory, Posts: n.posts, Messages: n.messages, Devices: n.registry,
		Tracking: n.tracking, Incidents: n.incidents, Briefs: n.briefs, Finder: n.finder,
		Surveys: &survey.Service{Store: postgres.Survey{DB: n.db}, Areas: n.areas, People: n.directory, Table: n.table, Now: time.Now},
		Live:    n.hub.Serve, Broker: n.brokerState, Ingest: n.wireIngest(),
	})
	return err
}

func (n *node) brokerState() string {
	if degraded, _ := n.broker.Degraded(); degraded {
		return "degraded"
	}
	if n.config.RedisURL != "" {
		return "redis"
	}
	return "memory"
}

// snapshot is what a page is given before it follows the log: open incidents and who is on shift. The cursor is not younger than either.
func (n *node) snapshot(ctx context.Context, p identity.Principal) (parts []live.SnapshotPart, cursor event.Cursor, err error) {
	if cursor, err = n.db.EventHead(ctx); err != nil {
		return nil, cursor, err
	}
	if p.May(identity.WorkerRead) {
		parts = append(parts, n.shiftPart(p))
	}
	if p.May(identity.IncidentRead) {
		open, _, err := postgres.Incident{DB: n.db}.Snapshot(ctx, p.Scope, maxSnapshot)
		if err != nil {
			return nil, cursor, err
		}
		part := live.SnapshotPart{Kind: "incident"}
		for _, i := range open {
			part.Items = append(part.Items, asJSON(i.View()))
		}
		parts = append(parts, part)
	}
	return parts, cursor, nil
}

// shiftPart is who is on shift now.
func (n *node) shiftPart(p identity.Principal) live.SnapshotPart {
	part := live.SnapshotPart{Kind: "shift"}
	for _, duty := range n.directory.Current(time.Now()) {
		if p.Sees(duty.Worker.Area) {
			part.Items = append(part.Items, asJSON(duty.Shift.View(duty.Worker)))
		}
	}
	return part
}

func asJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // these types have nothing that JSON cannot say
	}
	return b
}

// wireIngest connects the doors for devices. Their refusals are answered like everybody's.
func (n *node) wireIngest() httpapi.Ingest {
	n.doors = ingest.New(ingest.Dependencies{
		Tracking: n.tracking,
		Fail:     func(w http.ResponseWriter, r *http.Request, err error) { n.api.Fail(w, r, err) },
	})
	return httpapi.Ingest{
		Osmand: http.HandlerFunc(n.doors.Osmand), OwnTracks: http.HandlerFunc(n.doors.OwnTracks), Traccar: http.HandlerFunc(n.doors.Traccar),
		Positions: http.HandlerFunc(n.doors.Positions), Socket: http.HandlerFunc(n.doors.Socket),
	}
}

// wireBroker connects the node with the others, if there are others.
func (n *node) wireBroker() error {
	n.table = tracking.NewTable()
	if n.config.RedisURL == "" {
		n.broker = live.NewMemoryBroker(n.table)
		return nil
	}
	options, err := redis.ParseURL(n.config.RedisURL)
	if err != nil {
		return fmt.Errorf("the Redis address cannot be read (--redis-url): %w", err)
	}
	n.redis = redis.NewClient(options)
	broker := live.NewRedisBroker(n.redis, n.table, slog.Default())
	n.broker, n.gaps = broker, broker.Gaps()
	return nil
}

// fillGaps reads from storage what other nodes acknowledged and could not publish any more, until the context ends.
func (n *node) fillGaps(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.gaps: // nil for a node that is alone: nobody else's positions can be missing
			for err := n.tracking.Warm(ctx); err != nil && ctx.Err() == nil; err = n.tracking.Warm(ctx) {
				slog.Warn("the newest positions could not be read from storage; the next try is in a second", "error", err)
				select {
				case <-ctx.Done():
				case <-time.After(time.Second):
				}
			}
		}
	}
}

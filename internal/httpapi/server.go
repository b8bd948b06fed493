// Package httpapi is the way in for browsers and programs: the REST interface of openapi.yaml, the doors to the live stream and to
// ingest, the pages, and what those who run it look at.
//
// routes.go lists every address with the right that it asks for. A request passes, in this order: a name and a log line, headers,
// the cross-origin check, the session, the right, limits, the document (openapi.yaml), the idempotency key, the handler. Handlers turn
// requests into calls of the features and back; rules live in the features. Errors are turned into answers, and logged, in problem.go.
package httpapi

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml openapi.yaml

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"wangge/internal/area"
	"wangge/internal/basemap"
	"wangge/internal/brief"
	"wangge/internal/catalog"
	"wangge/internal/idempotency"
	"wangge/internal/identity"
	"wangge/internal/incident"
	"wangge/internal/message"
	"wangge/internal/post"
	"wangge/internal/search"
	"wangge/internal/survey"
	"wangge/internal/tracking"
)

// Config is what a deployment decides. The zero value is the careful choice.
type Config struct {
	AllowPlainHTTP bool              // give session cookies to browsers that speak plain HTTP; otherwise they need HTTPS
	TrustedOrigins []string          // other origins ("https://host") whose pages may send requests that count
	TrustedProxies []netip.Prefix    // whose X-Forwarded-For and X-Forwarded-Proto are believed
	Basemaps       []basemap.Basemap // what pages may put under the district, the offline one first; nil for none at all
	MetricsToken   string            // bearer token that opens /metrics to others than this machine; empty for nobody
}

// Answers keeps what requests with an idempotency key were answered with. Begin answers nil for "go ahead".
type Answers interface {
	Begin(ctx context.Context, c idempotency.Claim) (*idempotency.Answer, error)
	Finish(ctx context.Context, c idempotency.Claim, a idempotency.Answer) error
	Abandon(ctx context.Context, c idempotency.Claim) error
	DropBefore(ctx context.Context, before time.Time) error
}

// Storage tells whether the database can be worked with.
type Storage interface {
	Ping(ctx context.Context) error
	SchemaVersions(ctx context.Context) (have, want int64, err error)
}

// Ingest are the doors for devices. A signed-in worker is in the request's context (identity.PrincipalFrom) only with the right to report
// positions.
type Ingest struct {
	Osmand    http.HandlerFunc
	OwnTracks http.HandlerFunc
	Traccar   http.HandlerFunc
	Positions http.HandlerFunc // the batch of /api/v1/positions
	Socket    http.HandlerFunc // the WebSocket of /api/v1/device; it ends when the request's context does
}

// Deps are what the server is made of.
type Deps struct {
	Config    Config
	Log       *slog.Logger
	Metrics   *prometheus.Registry
	Pages     fs.FS // the built pages, index.html at the root; nil for none
	Storage   Storage
	Answers   Answers
	Identity  *identity.Service
	Areas     *area.Service
	Catalog   *catalog.Service
	People    *post.Directory
	Posts     *post.Service
	Messages  *message.Service
	Devices   *tracking.Registry
	Tracking  *tracking.Service
	Incidents *incident.Service
	Surveys   *survey.Service
	Briefs    *brief.Service
	Finder    *search.Service
	Ingest    Ingest
	Live      func(http.ResponseWriter, *http.Request, identity.Principal) error // opens a live stream; an error is a refusal
	Broker    func() string                                                      // "memory", "redis" or "degraded"
}

// Server answers HTTP. It is safe for many goroutines.
type Server struct {
	echo     *echo.Echo
	handlers *handlers
}

// handlers hold what the handlers of all features share.
type handlers struct {
	Deps
	texts    *texts
	figures  *figures
	origins  *origins
	document *openapi3.T
	watch    *watch
	pages    *pages
	policy   string // the Content-Security-Policy
	docs     []byte
	ready    readiness
}

// New puts a server together. It fails when a part of it is broken: a route that the document doesn't know, a message that cannot be read.
func New(d Deps) (*Server, error) {
	h := &handlers{Deps: d, watch: newWatch(d.Identity), policy: contentPolicy(basemap.Origins(d.Config.Basemaps))}
	for _, load := range []func() error{
		func() (err error) { h.texts, err = loadTexts(); return err },
		func() (err error) { h.origins, err = newOrigins(d.Config.TrustedOrigins); return err },
		func() (err error) { h.document, err = loadDocument(); return err },
		func() (err error) { h.figures, err = newFigures(d.Metrics); return err },
		func() (err error) { h.pages, err = newPages(d.Pages); return err },
		func() (err error) { h.docs, err = renderDocs(); return err },
	} {
		if err := load(); err != nil {
			return nil, fmt.Errorf("httpapi.New: %w", err)
		}
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = addressOf(d.Config.TrustedProxies)
	e.HTTPErrorHandler = func(err error, c echo.Context) { h.refuse(c, err) }
	e.Pre(unslashed, h.observe, h.harden)
	if err := h.mount(e); err != nil {
		return nil, fmt.Errorf("httpapi.New: %w", err)
	}
	return &Server{echo: e, handlers: h}, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Serve answers requests that come in at the listener until the context ends; then it takes no more, and waits for at most drain for
// those under way. WebSockets are their owners' to end.
func (s *Server) Serve(ctx context.Context, listener net.Listener, drain time.Duration) error {
	server := &http.Server{
		Handler:           s.echo,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      90 * time.Second, // longer than any request may work; hijacked connections have none
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.handlers.Log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("httpapi.Serve: %w", err)
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	err := server.Shutdown(patience)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	return err
}

// How often what is over is looked for, and how long answers to repeated requests are kept.
const (
	sweepEvery  = 5 * time.Minute
	answersKept = 24 * time.Hour
)

// Run looks after sessions until the context ends: open streams of sessions that were ended are closed within seconds, and what is over
// is forgotten. Every node runs it.
func (s *Server) Run(ctx context.Context) {
	h := s.handlers
	watching := time.NewTicker(watchEvery)
	defer watching.Stop()
	sweeping := time.NewTicker(sweepEvery)
	defer sweeping.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-watching.C:
			err = h.watch.look(ctx)
		case <-sweeping.C:
			err = errors.Join(h.Identity.Sweep(ctx), h.Answers.DropBefore(ctx, time.Now().Add(-answersKept)))
		}
		if err != nil && ctx.Err() == nil {
			h.Log.Warn("sessions cannot be looked after", "error", err)
		}
	}
}

package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/prometheus/client_golang/prometheus"

	"wangge/internal/area"
	"wangge/internal/area/areatest"
	"wangge/internal/brief"
	"wangge/internal/catalog"
	"wangge/internal/event"
	"wangge/internal/identity"
	"wangge/internal/incident"
	"wangge/internal/ingest"
	"wangge/internal/live"
	"wangge/internal/message"
	"wangge/internal/post"
	"wangge/internal/postgres"
	"wangge/internal/search"
	"wangge/internal/survey"
	"wangge/internal/testenv"
	"wangge/internal/tracking"
)

const password = "blue-Kettle 42"

// town is a whole server, listening, on a real database with a small district, and one account of each role.
type town struct {
	*Server
	t        *testing.T
	db       *postgres.DB
	deps     Deps
	index    *area.Index
	url      string
	accounts map[identity.Role]identity.Account
}

// startTown starts a server; configure may change what it is made of.
func startTown(t *testing.T, configure ...func(*Deps)) *town {
	t.Helper()
	db, err := postgres.Open(t.Context(), testenv.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := &town{t: t, db: db, accounts: map[identity.Role]identity.Account{}}
	w.wire()
	for _, change := range configure {
		change(&w.deps)
	}
	if w.Server, err = New(w.deps); err != nil {
		t.Fatal(err)
	}
	w.listen()
	for _, role := range identity.Roles {
		w.accounts[role] = w.account(string(role), role, areatest.Code, 0)
	}
	return w
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// wire makes the services as the program does.
func (w *town) wire() {
	ctx, log := w.t.Context(), slog.New(slog.DiscardHandler)
	people, err := identity.New(postgres.Identity{DB: w.db}, identity.Options{})
	w.must(err)
	classes, err := catalog.Open(ctx, postgres.Catalog{DB: w.db})
	w.must(err)
	areas := area.NewService(w.db)
	plan := areatest.Make(areatest.Small)
	plan.Source = "areatest"
	_, err = areas.Import(ctx, plan)
	w.must(err)
	w.index = areas.Index()
	directory := post.NewDirectory(postgres.Post{DB: w.db})
	w.must(directory.Load(ctx, time.Now()))
	posts := post.NewService(post.Dependencies{Store: postgres.Post{DB: w.db}, Directory: directory,
		AreaKnown: func(code string) bool { return areas.Index().ByCode(code) != nil }})
	store, table, stats := postgres.Tracking{DB: w.db}, tracking.NewTable(), tracking.NewStats()
	registry := &tracking.Registry{Store: store, Devices: tracking.NewDevices(store), Unclaimed: tracking.NewUnclaimed(store), People: directory, Now: time.Now}
	broker := live.NewMemoryBroker(table)
	recorder := tracking.NewRecorder(store, areas.Index, directory, stats, log, tracking.RecorderConfig{})
	tracks := tracking.NewService(tracking.Dependencies{Store: store, Registry: registry, People: directory, Index: areas.Index, Table: table,
		Sink: broker, Recorder: recorder, Stats: stats, Now: time.Now})
	hub := live.New(live.Options{Broker: broker, Table: table, Directory: directory, Log: w.db, Areas: areas.Index, Logger: log, Session: SessionToken,
		Snapshot: func(ctx context.Context, p identity.Principal) ([]live.SnapshotPart, event.Cursor, error) {
			head, err := w.db.EventHead(ctx)
			return nil, head, err
		}})
	doors := ingest.New(ingest.Dependencies{Tracking: tracks, Fail: func(rw http.ResponseWriter, r *http.Request, err error) { w.Fail(rw, r, err) }})
	w.t.Cleanup(doors.Close)
	w.deps = Deps{
		Config: Config{AllowPlainHTTP: true}, Log: log, Metrics: prometheus.NewRegistry(), Storage: w.db, Answers: postgres.Idempotency{DB: w.db},
		Identity: people, Areas: areas, Catalog: classes, People: directory, Posts: posts, Devices: registry, Tracking: tracks,
		Incidents: incident.NewService(incident.Dependencies{Store: postgres.Incident{DB: w.db}, Catalog: classes, Areas: areas.Index}),
		Surveys:   &survey.Service{Store: postgres.Survey{DB: w.db}, Areas: areas, People: directory, Table: table, Now: time.Now},
		Messages:  &message.Service{Store: postgres.Message{DB: w.db}, People: directory},
		Ingest:    Ingest{doors.Osmand, doors.OwnTracks, doors.Traccar, doors.Positions, doors.Socket}, Live: hub.Serve, Broker: func() string { return "memory" },
		Pages: fstest.MapFS{
			"index.html":              {Data: []byte("<!doctype html><title>网格</title>")},
			"assets/app-1a2b3c.js":    {Data: []byte("export default 1\n")},
			"assets/app-1a2b3c.js.gz": {Data: []byte("packed")},
		},
	}
	w.deps.Briefs = &brief.Service{Areas: areas, People: directory, Incidents: w.deps.Incidents, Table: table}
	w.deps.Finder = search.NewService(search.Dependencies{Areas: areas, People: directory, Incidents: w.deps.Incidents, Classes: classes, Table: table})
	w.background(func(ctx context.Context) { recorder.Run(ctx) })
	w.background(func(ctx context.Context) { _ = hub.Run(ctx) })
}

// background runs until the test ends, and is waited for before the database goes.
func (w *town) background(run func(context.Context)) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); run(ctx) }()
	w.t.Cleanup(func() { stop(); <-done })
}

func (w *town) listen() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	w.url = "http://" + listener.Addr().String()
	w.background(func(ctx context.Context) {
		if err := w.Serve(ctx, listener, 5*time.Second); err != nil {
			w.t.Errorf("serving ended with %v", err)
		}
	})
	w.background(w.Run)
}

// hashed is the hash of the password of all test accounts, computed once: signing in is the real thing, making 7 accounts for each test
// needn't be.
var hashed = sync.OnceValues(func() (string, error) { return argon2id.CreateHash(password, argon2id.DefaultParams) })

func (w *town) account(name string, role identity.Role, scope string, worker int32) identity.Account {
	w.t.Helper()
	hash, err := hashed()
	w.must(err)
	a := identity.Account{Name: name, DisplayName: "某" + name, Role: role, Scope: scope, WorkerID: worker, CreatedAt: time.Now().UTC(), Version: 1}
	a, err = postgres.Identity{DB: w.db}.CreateAccount(w.t.Context(), identity.Credential{Account: a, Hash: hash}, identity.AuditEntry{Action: "account.create"})
	w.must(err)
	return a
}

// workers posts one worker to each of these areas.
func (w *town) workers(areas ...string) []post.Worker {
	w.t.Helper()
	var list []post.Worker
	for i, code := range areas {
		list = append(list, post.Worker{Code: fmt.Sprintf("W%03d", i+1), Name: fmt.Sprintf("张%d", i+1), Phone: "13812345678", Duty: post.GridMember, Area: code})
	}
	saved, err := w.deps.Posts.SaveWorkers(w.t.Context(), identity.Principal{Scope: areatest.Code, Role: identity.Administrator}, list)
	w.must(err)
	return saved
}

// client is somebody with a browser; every answer that it gets is checked against openapi.yaml.
type client struct {
	w      *town
	http   *http.Client
	header http.Header
}

// anonymous is a client that nobody has signed in with.
func (w *town) anonymous() *client {
	jar, err := cookiejar.New(nil)
	w.must(err)
	return &client{w: w, http: &http.Client{Jar: jar, Timeout: 30 * time.Second}, header: http.Header{"Accept-Language": {"en"}}}
}

// signIn is a client signed in with that account.
func (w *town) signIn(name string) *client {
	w.t.Helper()
	c := w.anonymous()
	if a := c.send("POST", "/api/v1/session", map[string]string{"name": name, "password": password}); a.status != http.StatusOK {
		w.t.Fatalf("%s cannot sign in: %s", name, a.body)
	}
	return c
}

func (w *town) as(role identity.Role) *client { w.t.Helper(); return w.signIn(string(role)) }

// with is the same browser with one more header.
func (c *client) with(name, value string) *client {
	other := *c
	other.header = c.header.Clone()
	other.header.Set(name, value)
	return &other
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

func (a answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%v in %s", err, a.body)
	}
}

// problem checks that the answer is a problem of that status and code.
func (a answer) problem(status int, code string) map[string]any {
	a.t.Helper()
	var p map[string]any
	if a.header.Get("Content-Type") != problemType {
		a.t.Fatalf("not a problem but %d %s: %s", a.status, a.header.Get("Content-Type"), a.body)
	}
	a.into(&p)
	if a.status != status || p["code"] != code {
		a.t.Fatalf("answered %d %v, want %d %s: %s", a.status, p["code"], status, code, a.body)
	}
	return p
}

func (a answer) ok(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("answered %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

func (c *client) get(path string) answer { c.w.t.Helper(); return c.send("GET", path, nil) }

// send sends a JSON body (or a string as it is, or nothing) and reads the answer.
func (c *client) send(method, path string, body any) answer {
	c.w.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		encoded, err := json.Marshal(b)
		c.w.must(err)
		reader = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(c.w.t.Context(), method, c.w.url+path, reader)
	c.w.must(err)
	for name, values := range c.header {
		r.Header[name] = values
	}
	if reader != nil && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(r)
	c.w.must(err)
	defer response.Body.Close()
	a := answer{t: c.w.t, status: response.StatusCode, header: response.Header}
	a.body, err = io.ReadAll(response.Body)
	c.w.must(err)
	c.w.conforms(r, a)
	return a
}

// conforms checks an answer against the document, whatever was asked.
func (w *town) conforms(r *http.Request, a answer) {
	w.t.Helper()
	for _, route := range w.handlers.routes() {
		params, fits := match(route.path, r.URL.Path)
		if !fits || route.method != r.Method || a.status == http.StatusSwitchingProtocols {
			continue
		}
		err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: operation(w.handlers.document, route.method, route.path)},
			Status:                 a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)),
			Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
		})
		if err != nil && !strings.Contains(err.Error(), "unsupported content type") {
			w.t.Errorf("%s %s answers what openapi.yaml doesn't say: %.500s", r.Method, r.URL.Path, err)
		}
		return
	}
}

// match tells whether an address is one of a route's, and its parameters.
func match(route, path string) (params map[string]string, fits bool) {
	want, got := strings.Split(route, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	params = map[string]string{}
	for i, part := range want {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			params[name] = got[i]
		} else if part != got[i] {
			return nil, false
		}
	}
	return params, true
}

func query(pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Add(pairs[i], pairs[i+1])
	}
	return "?" + q.Encode()
}

var anyProxy = netip.MustParsePrefix("127.0.0.0/8")

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

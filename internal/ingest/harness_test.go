package ingest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/ingest"
	"wangge/internal/post"
	"wangge/internal/testenv"
	"wangge/internal/tracking"
	. "wangge/internal/tracking/trackingtest"
)

// doors is a server with every door for devices, on a real database.
type doors struct {
	*Field
	url    string
	ingest *ingest.Ingest
	worker int32 // who is signed in; 0 for nobody
}

var statuses = map[fault.Kind]int{
	fault.Invalid: 400, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.TooLarge: 413, fault.TooMany: 429, fault.Unavailable: 503,
	fault.Unsupported: 415,
}

// fail answers as the whole server does: problem+json with a status by the kind.
func fail(w http.ResponseWriter, _ *http.Request, err error) {
	f := fault.As(err)
	if f == nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
	}
	w.WriteHeader(statuses[f.Kind])
	_ = json.NewEncoder(w).Encode(map[string]any{"code": f.Code, "detail": f.Text, "errors": f.Fields})
}

func open(t testing.TB, f *Field, limits ingest.Dependencies) *doors {
	t.Helper()
	d := &doors{Field: f}
	limits.Tracking, limits.Fail = f.Tracking, fail
	d.ingest = ingest.New(limits)
	mux := http.NewServeMux()
	mux.HandleFunc("/ingest/osmand", d.ingest.Osmand)
	mux.HandleFunc("POST /ingest/owntracks", d.ingest.OwnTracks)
	mux.HandleFunc("POST /ingest/owntracks/pub", d.ingest.OwnTracks)
	mux.HandleFunc("POST /ingest/traccar", d.ingest.Traccar)
	mux.HandleFunc("POST /api/v1/positions", d.ingest.Positions)
	mux.HandleFunc("GET /api/v1/device", d.ingest.Socket)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.worker != 0 {
			p := identity.Principal{Role: identity.GridWorker, Scope: WestCode, WorkerID: d.worker}
			r = r.WithContext(identity.WithPrincipal(r.Context(), p))
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(d.ingest.Close)
	d.url = server.URL
	return d
}

func openDoors(t testing.TB, options ...Option) *doors {
	return open(t, New(t, testenv.Postgres(t), options...), ingest.Dependencies{})
}

// person makes somebody with these devices who is on shift when the clock says so, an hour already.
func (d *doors) person(t testing.TB, code string, clock time.Time, uids ...string) post.Worker {
	t.Helper()
	d.SetNow(clock)
	w := d.Hire(t, code)[0]
	for _, uid := range uids {
		d.Register(t, tracking.DeviceSpec{UID: uid, WorkerID: w.ID})
	}
	return w
}

// exchange is a request as a client sends it.
type exchange struct {
	method, path string
	headers      map[string]string // "user" and "password" stand for Basic authentication
	body         string
}

func (d *doors) send(t testing.TB, e exchange) (status int, body string, header http.Header) {
	t.Helper()
	r, err := http.NewRequest(e.method, d.url+e.path, strings.NewReader(e.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range e.headers {
		r.Header.Set(name, value)
	}
	if user, ok := e.headers["user"]; ok {
		r.SetBasicAuth(user, e.headers["password"])
		r.Header.Del("user")
		r.Header.Del("password")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusSwitchingProtocols { // what follows has no end
		return answer.StatusCode, "", answer.Header
	}
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b), answer.Header
}

// must fails the test when the answer is another.
func (d *doors) must(t testing.TB, e exchange, status int, body string) {
	t.Helper()
	got, answer, _ := d.send(t, e)
	if got != status || body != "" && !strings.Contains(answer, body) {
		t.Errorf("%s %s %s: %d %s, want %d %s", e.method, e.path, e.body, got, answer, status, body)
	}
}

// fixes tells of the device's history as text: one line a fix, unknown numbers as "-".
func (d *doors) fixes(t testing.TB, uid string) (lines []string) {
	t.Helper()
	rows, err := d.DB.Pool.Query(t.Context(), `SELECT fix_at, lon, lat, speed, course, altitude, accuracy, battery, flags, coalesce(attrs::text, '')
		FROM position WHERE device_id = (SELECT id FROM device WHERE uid = $1) ORDER BY fix_at`, uid)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var at time.Time
		var lon, lat, flags int
		var speed, course, altitude, accuracy, battery *float32
		var attrs string
		if err := rows.Scan(&at, &lon, &lat, &speed, &course, &altitude, &accuracy, &battery, &flags, &attrs); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %d %d speed %s course %s altitude %s accuracy %s battery %s flags %d %s",
			at.UTC().Format(time.RFC3339Nano), lon, lat, text(speed), text(course), text(altitude), text(accuracy), text(battery), flags, attrs)))
	}
	return lines
}

func text(v *float32) string {
	if v == nil {
		return "-"
	}
	return strconv.FormatFloat(float64(*v), 'g', 6, 64)
}

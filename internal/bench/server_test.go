package bench

import (
	"encoding/json"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// recorder is an HTTP server that writes down what it is sent.
type recorder struct {
	mu       sync.Mutex
	requests []string // method, path, query, authorization
	bodies   []string
	answer   string
	status   int
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, q.Method+" "+q.URL.Path+" "+q.URL.Query().Encode()+" "+q.Header.Get("Authorization"))
	r.bodies = append(r.bodies, string(body))
	w.WriteHeader(r.status)
	_, _ = io.WriteString(w, r.answer)
}

func record(t *testing.T, answer string, status int) (*recorder, *wire) {
	t.Helper()
	r := &recorder{answer: answer, status: status}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	w, err := dialWire(strings.TrimPrefix(server.URL, "http://"), credential{"gw", "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	return r, w
}

func TestRequestIsTheQueryFormat(t *testing.T) {
	r, w := record(t, "", 200)
	for range 2 { // on one connection
		if err := w.request(fix{&device{uid: "wg000008/phone"}, 1763892000123, 116300123, 37450001}); err != nil {
			t.Fatal(err)
		}
	}
	want := "GET /ingest/osmand accuracy=6&batt=80&bearing=90&id=wg000008%2Fphone&lat=37.450001&lon=116.300123&speed=2.4&timestamp=1763892000123 "
	if diff := cmp.Diff([]string{want, want}, r.requests); diff != "" {
		t.Error(diff)
	}
}

func TestBatchIsTheProjectsFormat(t *testing.T) {
	r, w := record(t, `{"results":[{"outcome":"stored"},{"outcome":"stored"}]}`, 200)
	a, b := &device{uid: "1"}, &device{uid: "2"}
	if err := w.batch([]fix{{a, 1763892000123, 116300123, 37450001}, {b, 1763892000124, 116300000, 37000009}}); err != nil {
		t.Fatal(err)
	}
	if want := "POST /api/v1/positions  Bearer secret"; r.requests[0] != want {
		t.Errorf("got %q, want %q", r.requests[0], want)
	}
	want := `{"fixes":[{"device":"1","time":"2025-11-23T10:00:00.123Z","lon":116.300123,"lat":37.450001,"speed":1.2,"course":90,"accuracy":6,"battery":0.8},` +
		`{"device":"2","time":"2025-11-23T10:00:00.124Z","lon":116.300000,"lat":37.000009,"speed":1.2,"course":90,"accuracy":6,"battery":0.8}]}`
	if diff := cmp.Diff(want, r.bodies[0]); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNotStoredIsAnError(t *testing.T) {
	_, w := record(t, `{"results":[{"outcome":"stored"},{"outcome":"off_shift"}]}`, 200)
	d := &device{uid: "1"}
	if err := w.batch([]fix{{d, 1, 0, 0}, {d, 2, 0, 0}}); err == nil || !strings.Contains(err.Error(), "off_shift") {
		t.Errorf("a fix that was discarded gave %v", err)
	}
	_, w = record(t, "full", 503)
	if err := w.request(fix{d, 1, 0, 0}); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("a 503 gave %v", err)
	}
}

func TestSomethingElseThanHTTPIsAnError(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // the test is over
	go func() {
		if conn, err := listener.Accept(); err == nil {
			_, _ = io.WriteString(conn, "hm\r\n\r\n")
			_ = conn.Close()
		}
	}()
	w, err := dialWire(listener.Addr().String(), credential{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	if err := w.request(fix{&device{uid: "1"}, 1, 0, 0}); err == nil {
		t.Error("it was taken for an answer")
	}
}

func TestDegrees(t *testing.T) {
	for micro, want := range map[int32]string{116300123: "116.300123", 37000009: "37.000009", -5: "-0.000005", -1200000: "-1.200000", 0: "0.000000"} {
		if got := string(appendDegrees(nil, micro)); got != want {
			t.Errorf("%d is %s, want %s", micro, got, want)
		}
	}
}

func TestDeviceNeverRepeatsATime(t *testing.T) {
	d := &device{lon: 116300000, lat: 37450000}
	now := time.UnixMilli(1763892000123)
	last := int64(0)
	for range 100 {
		f := d.step(now)
		if f.at <= last {
			t.Fatalf("time %d behind %d", f.at, last)
		}
		last = f.at
		if east, north := float64(f.lon-d.lon), float64(f.lat-d.lat); math.Hypot(east, north) > 121 {
			t.Fatalf("%g, %g from the middle", east, north)
		}
	}
}

func TestTracingTimesEveryFixOnce(t *testing.T) {
	d := &device{trace: new(tracing)}
	start := time.UnixMilli(1763892000123)
	var fixes []fix
	for i := range 20 {
		fixes = append(fixes, d.step(start.Add(time.Duration(i)*time.Second)))
	}
	now := start.Add(30 * time.Second)
	for i, f := range fixes {
		age, ok := d.trace.seen(f.lon, f.lat, now)
		if want := time.Duration(30-i) * time.Second; !ok || age != want {
			t.Errorf("fix %d is %v old (%v), want %v", i, age, ok, want)
		}
		if _, again := d.trace.seen(f.lon, f.lat, now); again {
			t.Errorf("fix %d was timed twice", i)
		}
	}
}

func TestLoadKeepsItsRate(t *testing.T) {
	r := &recorder{status: 200}
	server := httptest.NewServer(r)
	defer server.Close()
	var lines []*line
	for i := range 4 {
		w, err := dialWire(strings.TrimPrefix(server.URL, "http://"), credential{})
		if err != nil {
			t.Fatal(err)
		}
		defer w.close()
		lines = append(lines, &line{wire: w, fleet: []*device{{uid: string(rune('a' + i))}}})
	}
	l := &load{stage: stage{"", byRequest, 1, 200}}
	total, err := l.run(t.Context(), lines, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.requests) != int(l.acked.Load()) {
		t.Errorf("%d were acknowledged, %d received", l.acked.Load(), len(r.requests))
	}
	// 200 a second for three seconds, of which one is measured; a machine without time may send fewer, never more.
	if total.fixes == 0 || total.fixes > 204 || len(r.requests) > 604 {
		t.Errorf("%d measured of %d, want up to 200 of up to 600", total.fixes, len(r.requests))
	}
}

func TestProcessTimesGrow(t *testing.T) {
	before := processSeconds(os.Getpid(), false)
	x := 0.0
	for range 200_000_000 { // well above one tick of 10 ms
		x += 1
	}
	if after := processSeconds(os.Getpid(), false); !(after > before) || x == 0 {
		t.Errorf("%g s of processor, then %g", before, after)
	}
}

func TestMedians(t *testing.T) {
	m := medianStage([]StageResult{
		{PerSecond: 10, AckP99: 3, Lost: 1, Acknowledged: 5, ServerCPU: 0.5}, {PerSecond: 30, AckP99: 1, Acknowledged: 5, ServerCPU: 0.1},
		{PerSecond: 20, AckP99: 2, Acknowledged: 5, ServerCPU: 0.3},
	})
	if m.PerSecond != 20 || m.AckP99 != 2 || m.Lost != 1 || m.Acknowledged != 15 || m.ServerCPU != 0.3 {
		t.Errorf("%+v", m)
	}
}

func TestVerdictNamesWhatWasBroken(t *testing.T) {
	good := StageResult{Name: "good", Offered: 100, PerSecond: 100, AckP99: 499}
	if err := (ServerResult{Stages: []StageResult{good, {Name: "full", Saturated: true, AckP99: 9999}}}).verdict(); err != nil {
		t.Errorf("a good result: %v", err)
	}
	bad := StageResult{Name: "bad", Offered: 100, PerSecond: 50, AckP99: 501, Lost: 2, WithoutGrid: 3, Untold: 4}
	err := (ServerResult{Stages: []StageResult{bad}}).verdict()
	for _, says := range []string{"2 acknowledged", "3 fixes have no grid", "501 ms", "50 fixes/s of 100", "4 viewers"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v doesn't say %q", err, says)
		}
	}
}

func TestResultIsJSONAndTable(t *testing.T) {
	r := ServerResult{Postgres: "18.6", Stages: []StageResult{{Name: "single requests", PerSecond: 9999.6, ServerCPU: Cores(math.NaN()), ServerMB: 123.4}}}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(b); !strings.Contains(text, `"server_cpu":null`) || !strings.Contains(text, `"server_mb":123.400`) {
		t.Error(text)
	}
	if table := r.Markdown(); !strings.Contains(table, "| single requests | 10000 |") {
		t.Error(table)
	}
}

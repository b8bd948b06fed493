package httpapi

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"wangge/internal/fault"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
)

// TestBadInputChangesNothing: each broken request gets its own clear answer, and nothing is there afterwards.
func TestBadInputChangesNothing(t *testing.T) {
	w := startTown(t)
	c := w.as(identity.Dispatcher)
	good := `{"class":"06010","text":"x","lon":116.2,"lat":37.4}`
	for what, r := range map[string]struct {
		body, media string
		status      int
		code, field string
	}{
		"no JSON":          {`{"class":`, "", 400, "request.invalid", "body"},
		"two values":       {good + good, "", 400, "request.body", "body"},
		"nothing":          {``, "", 400, "request.invalid", "body"},
		"an array":         {`[]`, "", 400, "request.invalid", "body"},
		"unknown field":    {`{"class":"06010","text":"x","lon":116.2,"lat":37.4,"colour":"red"}`, "", 400, "request.body", "body"},
		"missing":          {`{"class":"06010","text":"x","lat":37.4}`, "", 400, "request.invalid", "lon"},
		"wrong type":       {`{"class":"06010","text":7,"lon":116.2,"lat":37.4}`, "", 400, "request.invalid", "text"},
		"out of range":     {`{"class":"06010","text":"x","lon":361,"lat":37.4}`, "", 400, "request.invalid", "lon"},
		"swapped":          {`{"class":"06010","text":"x","lon":37.4,"lat":116.2}`, "", 400, "request.invalid", "lat"},
		"NaN":              {`{"class":"06010","text":"x","lon":NaN,"lat":37.4}`, "", 400, "request.invalid", "body"},
		"huge text":        {`{"class":"06010","text":"` + strings.Repeat("x", 2001) + `","lon":116.2,"lat":37.4}`, "", 400, "request.invalid", "text"},
		"huge body":        {`{"class":"06010","text":"` + strings.Repeat("x", smallBody) + `","lon":116.2,"lat":37.4}`, "", 413, "request.too_large", ""},
		"a NUL":            {`{"class":"06010","text":"a\u0000b","lon":116.2,"lat":37.4}`, "", 400, "storage.text", ""},
		"another media":    {good, "text/plain", 415, "request.media_type", ""},
		"a form":           {"class=06010", "application/x-www-form-urlencoded", 415, "request.media_type", ""},
		"unknown class":    {`{"class":"00000","text":"x","lon":116.2,"lat":37.4}`, "", 400, "incident.invalid", "class"},
		"bad key":          {good, "key", 400, "request.invalid", keyHeader},
		"another district": {`{"class":"06010","text":"x","lon":121.5,"lat":31.2}`, "", 400, "incident.far_outside", "lon"},
	} {
		sender := c
		switch r.media {
		case "":
		case "key":
			sender = c.with(keyHeader, strings.Repeat("k", 101))
		default:
			sender = c.with("Content-Type", r.media)
		}
		got := sender.send("POST", "/api/v1/incidents", r.body)
		if got.status != r.status {
			t.Errorf("%s: answered %d, want %d: %s", what, got.status, r.status, got.body)
			continue
		}
		p := got.problem(r.status, r.code)
		if r.field == "" {
			continue
		}
		errs, _ := p["errors"].([]any)
		if len(errs) != 1 || errs[0].(map[string]any)["name"] != r.field || errs[0].(map[string]any)["detail"] == "" {
			t.Errorf("%s: it names %v, want %s", what, errs, r.field)
		}
	}
	if n := len(list[api.IncidentPage](c, "/api/v1/incidents").Items); n != 0 {
		t.Errorf("%d incidents are there", n)
	}
	c.get("/api/v1/incidents/0").problem(http.StatusBadRequest, "request.invalid")
	c.get("/api/v1/incidents/abc").problem(http.StatusBadRequest, "request.invalid")
	c.get("/api/v1/incidents/99999999999999999999").problem(http.StatusBadRequest, "request.invalid")
}

func TestProblemsSpeakTheReadersLanguage(t *testing.T) {
	w := startTown(t)
	stranger := w.anonymous()
	chinese := stranger.with("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8").get("/api/v1/areas")
	english := stranger.with("Accept-Language", "en").get("/api/v1/areas")
	if p := chinese.problem(401, "session.none"); p["detail"] != "请先登录。" || p["title"] != "未登录" || chinese.header.Get("Content-Language") != "zh-CN" {
		t.Errorf("in Chinese: %v", p)
	}
	if p := english.problem(401, "session.none"); p["detail"] != "Sign in first." || english.header.Get("Content-Language") != "en" {
		t.Errorf("in English: %v", p)
	}
	if p := english.problem(401, "session.none"); p["request_id"] != english.header.Get("X-Request-Id") || p["request_id"] == "" || p["type"] != "urn:wangge:problem:session.none" {
		t.Errorf("the problem is %v", p)
	}
}

// locked is a log that may be written by many.
type locked struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// TestAPanicIsOneRequestsTrouble: the caller learns nothing of the inside, the log everything, and the server goes on.
func TestAPanicIsOneRequestsTrouble(t *testing.T) {
	var log locked
	w := startTown(t, func(d *Deps) {
		d.Log = slog.New(slog.NewTextHandler(&log, nil))
		d.Ingest.Traccar = func(http.ResponseWriter, *http.Request) { panic("the secret inside") }
	})
	got := w.anonymous().send("POST", "/ingest/traccar", "{}")
	got.problem(http.StatusInternalServerError, "internal")
	if strings.Contains(string(got.body), "secret inside") {
		t.Errorf("the caller reads %s", got.body)
	}
	if text := log.String(); !strings.Contains(text, "the secret inside") || !strings.Contains(text, got.header.Get("X-Request-Id")) || !strings.Contains(text, "request_test.go") {
		t.Errorf("the log has no stack of the request: %s", text)
	}
	w.anonymous().get("/healthz").ok(http.StatusOK)
}

// TestLogsHaveNoSecrets: neither passwords nor session tokens nor what was searched for.
func TestLogsHaveNoSecrets(t *testing.T) {
	var log locked
	w := startTown(t, func(d *Deps) {
		d.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	c := w.as(identity.Dispatcher)
	c.get("/api/v1/workers?q=张伟13812345678").ok(http.StatusOK)
	c.send("POST", "/api/v1/incidents", `{"class":"00000","text":"private matter","lon":116.2,"lat":37.4}`).problem(400, "incident.invalid")
	w.anonymous().send("POST", "/api/v1/session", map[string]string{"name": "operator", "password": "my secret guess"})
	text := log.String()
	cookie := c.http.Jar.Cookies(mustURL(t, w.url))[0].Value
	for _, secret := range []string{password, "my secret guess", cookie, "13812345678", "private matter"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log has %q: %s", secret, text)
		}
	}
	if !strings.Contains(text, "path=/api/v1/workers ") || !strings.Contains(text, "account=dispatcher") {
		t.Errorf("the log doesn't tell of requests: %s", text)
	}
}

func TestAddressesBehindProxies(t *testing.T) {
	for what, c := range map[string]struct {
		trusted []netip.Prefix
		want    string
	}{
		"trusted proxy": {[]netip.Prefix{anyProxy}, "203.0.113.7"},
		"no proxy":      {nil, "127.0.0.1"},
	} {
		w := startTown(t, func(d *Deps) { d.Config.TrustedProxies = c.trusted })
		browser := w.anonymous().with("X-Forwarded-For", "6.6.6.6, 203.0.113.7")
		browser.send("POST", "/api/v1/session", map[string]string{"name": "operator", "password": "guess"}).problem(401, "session.refused")
		audit := list[api.AuditPage](w.as(identity.Administrator), "/api/v1/audit?action=session.refused")
		if len(audit.Items) != 1 || audit.Items[0].Address != c.want {
			t.Errorf("%s: recorded from %+v, want %s", what, audit.Items, c.want)
		}
	}
}

func TestAnswersAreCompressedAndHardened(t *testing.T) {
	w := startTown(t)
	c := w.as(identity.Operator)
	plain := c.with("Accept-Encoding", "identity").get("/api/v1/areas").ok(http.StatusOK)
	packed := c.with("Accept-Encoding", "gzip")
	r, err := http.NewRequest("GET", w.url+"/api/v1/areas", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = packed.header.Clone()
	response, err := c.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	unpacked, err := gzip.NewReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(unpacked)
	if err != nil || !bytes.Equal(body, plain.body) || response.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("packed it says something else: %v", err)
	}
	policy := plain.header.Get("Content-Security-Policy")
	for _, rule := range []string{"default-src 'self'", "worker-src 'self' blob:", "img-src 'self' data: blob:", "connect-src 'self' ws: wss:", "frame-ancestors"} {
		if !strings.Contains(policy, rule) {
			t.Errorf("the policy %q lacks %s", policy, rule)
		}
	}
	if plain.header.Get("X-Content-Type-Options") != "nosniff" || plain.header.Get("Strict-Transport-Security") != "" {
		t.Errorf("headers are %v", plain.header)
	}
}

func TestPages(t *testing.T) {
	w := startTown(t)
	c := w.anonymous()
	page := c.with("Accept", "text/html").get("/incidents/41?from=link").ok(http.StatusOK)
	if !strings.Contains(string(page.body), "网格") || page.header.Get("Cache-Control") != "no-cache" || !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") {
		t.Errorf("an address of the pages: %v %s", page.header, page.body)
	}
	if again := c.with("If-None-Match", page.header.Get("ETag")).with("Accept", "text/html").get("/"); again.status != http.StatusOK && again.status != http.StatusNotModified {
		t.Errorf("again: %d", again.status)
	}
	asset := c.with("Accept-Encoding", "identity").get("/assets/app-1a2b3c.js").ok(http.StatusOK)
	if string(asset.body) != "export default 1\n" || !strings.Contains(asset.header.Get("Cache-Control"), "immutable") || !strings.HasPrefix(asset.header.Get("Content-Type"), "text/javascript") {
		t.Errorf("an asset: %v %s", asset.header, asset.body)
	}
	packed := c.with("Accept-Encoding", "gzip").get("/assets/app-1a2b3c.js").ok(http.StatusOK)
	if string(packed.body) != "packed" || packed.header.Get("Content-Encoding") != "gzip" || !strings.HasPrefix(packed.header.Get("Content-Type"), "text/javascript") {
		t.Errorf("packed: %v %s", packed.header, packed.body)
	}
	c.get("/assets/gone.js").problem(http.StatusNotFound, "request.unknown")
	c.get("/../../etc/passwd").problem(http.StatusNotFound, "request.unknown")
	c.with("Accept", "text/html").get("/api/v1/nothing").problem(http.StatusNotFound, "request.unknown")

	bare := startTown(t, func(d *Deps) { d.Pages = fstest.MapFS{} })
	bare.anonymous().with("Accept", "text/html").get("/").problem(http.StatusNotFound, "request.unknown")
}

func TestReadiness(t *testing.T) {
	w := startTown(t)
	c := w.anonymous()
	var view api.Readiness
	c.get("/readyz").ok(http.StatusOK).into(&view)
	if view.Status != "ready" || view.Database != "ok" || view.Schema.Have == 0 || view.Schema.Have != view.Schema.Want || view.Broker != "memory" {
		t.Errorf("ready: %+v", view)
	}
	signedIn := w.as(identity.Operator)
	w.db.Close()
	c.get("/readyz").ok(http.StatusServiceUnavailable).into(&view)
	if view.Status != "not_ready" || view.Database != "away" {
		t.Errorf("without a database: %+v", view)
	}
	c.get("/healthz").ok(http.StatusOK)
	if got := signedIn.get("/api/v1/areas"); got.status < 500 {
		t.Errorf("without a database a session is answered %d", got.status)
	}
}

func TestMetricsAreForThisMachineAndHoldersOfTheToken(t *testing.T) {
	w := startTown(t, func(d *Deps) { d.Config.MetricsToken = "figures-please" })
	c := w.anonymous()
	c.get("/healthz").ok(http.StatusOK)
	got := c.get("/metrics").ok(http.StatusOK)
	if !strings.Contains(string(got.body), `wangge_http_requests_total{method="GET",route="/healthz",status="200"} 1`) {
		t.Errorf("the figures are %s", got.body)
	}
	proxied := c.with("X-Forwarded-For", "203.0.113.7")
	proxied.get("/metrics").problem(http.StatusForbidden, "metrics.closed")
	proxied.with("Authorization", "Bearer wrong").get("/metrics").problem(http.StatusForbidden, "metrics.closed")
	proxied.with("Authorization", "Bearer figures-please").get("/metrics").ok(http.StatusOK)
	none := startTown(t).anonymous().with("X-Forwarded-For", "203.0.113.7")
	none.with("Authorization", "Bearer ").get("/metrics").problem(http.StatusForbidden, "metrics.closed")
}

func TestTheDocumentAndItsPage(t *testing.T) {
	w := startTown(t)
	c := w.anonymous()
	if got := c.get("/api/v1/openapi.yaml").ok(http.StatusOK); !bytes.Equal(got.body, openapiYAML) {
		t.Error("another document is served")
	}
	page := string(c.get("/api/v1/docs").ok(http.StatusOK).body)
	for _, r := range w.handlers.routes() {
		if !strings.Contains(page, documentPath(r.path)) {
			t.Errorf("the page doesn't show %s", r.path)
		}
	}
	if outside := regexp.MustCompile(`(src|href)="(https?:)?//`).FindString(page); outside != "" || strings.Contains(page, "<script") {
		t.Errorf("the page fetches something: %q", outside)
	}
}

// TestKindsAndStatuses: each kind of fault has its own status, and what is none is internal.
func TestKindsAndStatuses(t *testing.T) {
	for kind, want := range map[fault.Kind]int{
		fault.Invalid: 400, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404, fault.Conflict: 409,
		fault.TooLarge: 413, fault.Unsupported: 415, fault.TooMany: 429, fault.Unavailable: 503,
	} {
		if statuses[kind] != want {
			t.Errorf("%s is answered %d, want %d", kind, statuses[kind], want)
		}
	}
	if f := asFault(errors.New("disk full at /dev/sda1")); f.Kind != kindInternal || strings.Contains(f.Text, "sda1") {
		t.Errorf("an ordinary error becomes %+v", f)
	}
}

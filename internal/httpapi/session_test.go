package httpapi

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"wangge/internal/area/areatest"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
	"wangge/internal/live"
)

func TestSignInShowsWhoOneIs(t *testing.T) {
	w := startTown(t)
	browser := w.as(identity.Community)
	var session api.Session
	got := browser.get("/api/v1/session").ok(http.StatusOK)
	got.into(&session)
	if session.Account.Name != "community" || session.Scope.Name != "德城区" || session.Scope.Code != areatest.Code {
		t.Errorf("the session is %+v", session)
	}
	if strings.Contains(string(got.body), "argon2") {
		t.Error("the password's hash goes out")
	}
	browser.send("DELETE", "/api/v1/session", nil).ok(http.StatusNoContent)
	browser.get("/api/v1/session").ok(http.StatusNoContent)
	browser.get("/api/v1/areas").problem(http.StatusUnauthorized, "session.none")
}

func TestCookies(t *testing.T) {
	for what, c := range map[string]struct {
		config Config
		header map[string]string
		name   string
		secure bool
	}{
		"plain HTTP where it is allowed":  {Config{AllowPlainHTTP: true}, nil, cookiePlain, false},
		"plain HTTP otherwise":            {Config{}, nil, cookieSecure, true},
		"HTTPS before a trusted proxy":    {Config{AllowPlainHTTP: true, TrustedProxies: []netip.Prefix{anyProxy}}, map[string]string{"X-Forwarded-Proto": "https"}, cookieSecure, true},
		"HTTPS that anybody could invent": {Config{AllowPlainHTTP: true}, map[string]string{"X-Forwarded-Proto": "https"}, cookiePlain, false},
	} {
		t.Run(what, func(t *testing.T) {
			w := startTown(t, func(d *Deps) { d.Config = c.config })
			browser := w.anonymous()
			for name, value := range c.header {
				browser = browser.with(name, value)
			}
			got := browser.send("POST", "/api/v1/session", map[string]string{"name": "operator", "password": password}).ok(http.StatusOK)
			cookies := (&http.Response{Header: got.header}).Cookies()
			if len(cookies) != 1 {
				t.Fatalf("cookies: %v", cookies)
			}
			k := cookies[0]
			if k.Name != c.name || k.Secure != c.secure || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" {
				t.Errorf("the cookie is %+v", k)
			}
			if len(k.Value) < 43 { // 256 bits in base64
				t.Errorf("the token has %d characters", len(k.Value))
			}
		})
	}
}

func TestRefusedAndThrottledSignIns(t *testing.T) {
	w := startTown(t)
	browser := w.anonymous()
	for range 5 {
		browser.send("POST", "/api/v1/session", map[string]string{"name": "operator", "password": "guess"}).problem(http.StatusUnauthorized, "session.refused")
	}
	got := browser.send("POST", "/api/v1/session", map[string]string{"name": "operator", "password": password})
	got.problem(http.StatusTooManyRequests, "session.throttled")
	if got.header.Get("Retry-After") == "" {
		t.Error("it doesn't say when to come back")
	}
}

func TestOtherOriginsCannotChangeAnything(t *testing.T) {
	w := startTown(t, func(d *Deps) { d.Config.TrustedOrigins = []string{"https://partner.example"} })
	browser := w.as(identity.Dispatcher)
	report := map[string]any{"class": "06010", "text": "x", "lon": w.index.ByCode(areatest.Grid).Label[0], "lat": w.index.ByCode(areatest.Grid).Label[1]}
	for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		browser.with(header, value).send("POST", "/api/v1/incidents", report).problem(http.StatusForbidden, "request.cross_origin")
	}
	w.anonymous().with("Origin", "https://evil.example").send("POST", "/api/v1/session", map[string]string{"name": "operator", "password": password}).
		problem(http.StatusForbidden, "request.cross_origin")
	browser.with("Origin", "https://partner.example").send("POST", "/api/v1/incidents", report).ok(http.StatusCreated)
	browser.with("Sec-Fetch-Site", "same-origin").send("POST", "/api/v1/incidents", report).ok(http.StatusCreated)
	browser.with("Origin", "https://evil.example").get("/api/v1/incidents").ok(http.StatusOK) // reading is the browser's to guard
	if n := len(list[api.IncidentPage](browser, "/api/v1/incidents").Items); n != 2 {
		t.Errorf("there are %d incidents", n)
	}
}

func list[T any](c *client, path string) (page T) {
	c.w.t.Helper()
	c.get(path).ok(http.StatusOK).into(&page)
	return page
}

func TestAccountsOverHTTP(t *testing.T) {
	w := startTown(t)
	admin := w.as(identity.Administrator)
	var made, changed api.Account
	admin.send("POST", "/api/v1/accounts", api.CreateAccount{
		Name: "li.wei", DisplayName: "李伟", Role: identity.GridWorker, Scope: areatest.Community, Password: password,
	}).ok(http.StatusCreated).into(&made)
	worker := w.signIn("li.wei")
	path := "/api/v1/accounts/" + itoa(made.ID)
	role := identity.Community
	admin.send("PATCH", path, api.ChangeAccount{Version: made.Version, Role: &role}).ok(http.StatusOK).into(&changed)
	if changed.Role != role || changed.Version != made.Version+1 {
		t.Errorf("changed to %+v", changed)
	}
	worker.get("/api/v1/session").ok(http.StatusNoContent)
	worker.get("/api/v1/areas").problem(http.StatusUnauthorized, "session.expired")
	conflict := admin.send("PATCH", path, api.ChangeAccount{Version: made.Version, Role: &role}).problem(http.StatusConflict, "account.version")
	if conflict["params"].(map[string]any)["current"] != float64(2) {
		t.Errorf("the conflict says %v", conflict["params"])
	}
	p := admin.send("POST", "/api/v1/accounts", api.CreateAccount{
		Name: "li.wei2", DisplayName: "李伟", Role: identity.GridWorker, Scope: areatest.Community, Password: "13800138000",
	}).problem(http.StatusBadRequest, "account.password")
	if p["errors"].([]any)[0].(map[string]any)["code"] != "password_digits" {
		t.Errorf("the problem names %v", p["errors"])
	}
	first := list[api.AccountPage](admin, "/api/v1/accounts?limit=5")
	rest := list[api.AccountPage](admin, "/api/v1/accounts"+query("limit", "5", "after", first.Next))
	if len(first.Items) != 5 || len(rest.Items) != 3 || rest.Next != "" { // 7 roles and one more
		t.Errorf("pages of %d and %d, then %q", len(first.Items), len(rest.Items), rest.Next)
	}
	audit := list[api.AuditPage](admin, "/api/v1/audit"+query("entity", "account", "entity_id", itoa(made.ID), "action", "account"))
	if len(audit.Items) != 2 || audit.Items[0].Action != "account.change" || audit.Items[0].Actor != "administrator" || audit.Items[0].Address != "127.0.0.1" {
		t.Errorf("the audit says %+v", audit.Items)
	}
}

func TestLiveOpensForPagesOfThisOrigin(t *testing.T) {
	w := startTown(t)
	browser := w.as(identity.Operator)
	address := "ws" + strings.TrimPrefix(w.url, "http") + "/api/v1/live"
	dial := func(header http.Header) (*websocket.Conn, *http.Response, error) {
		dialer := websocket.Dialer{Jar: browser.http.Jar, Subprotocols: []string{live.Protocol}, HandshakeTimeout: 10 * time.Second}
		return dialer.Dial(address, header)
	}
	conn, _, err := dial(http.Header{"Origin": {w.url}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	kind, first, err := conn.ReadMessage()
	if err != nil || kind != websocket.TextMessage || !strings.Contains(string(first), `"hello"`) {
		t.Errorf("the stream begins with %s, %v", first, err)
	}
	if _, response, err := dial(http.Header{"Origin": {"https://evil.example"}}); err == nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("another origin's page gets %v, %v", response, err)
	}
	if _, response, err := websocket.DefaultDialer.Dial(address, nil); err == nil || response.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stranger gets %v, %v", response, err)
	}
}

package client

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// peer answers as the document says, with a session that can be ended.
type peer struct {
	signIns atomic.Int64
	token   atomic.Value // the one session that is valid
	status  int          // of what is asked for with a session
	problem string
}

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost && r.URL.Path == "/api/v1/session" {
		var body SignIn
		if json.NewDecoder(r.Body).Decode(&body) != nil || body.Password != "right" {
			p.refuse(w, http.StatusUnauthorized, `{"code":"session.refused","detail":"Name or password is wrong.","title":"","type":"","status":401,"request_id":"1"}`)
			return
		}
		token := strings.Repeat("t", int(p.signIns.Add(1)))
		p.token.Store(token)
		http.SetCookie(w, &http.Cookie{Name: "wangge_session", Value: token, Path: "/"})
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"account":{"id":1,"name":"a","role":"operator","scope":"371402"},"rights":[],"scope":{"code":"371402"},"expires_at":"2026-11-23T20:00:00Z"}`)
		return
	}
	cookie, err := r.Cookie("wangge_session")
	if err != nil || cookie.Value != p.token.Load() {
		p.refuse(w, http.StatusUnauthorized, `{"code":"session.none","detail":"Sign in."}`)
		return
	}
	if p.status != 0 {
		w.Header().Set("Retry-After", "7")
		p.refuse(w, p.status, p.problem)
		return
	}
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	if r.Method == http.MethodPost && !strings.Contains(string(body), "W1") {
		w.WriteHeader(http.StatusBadRequest)
	}
	_, _ = io.WriteString(w, `{"items":[]}`)
}

func (p *peer) refuse(w http.ResponseWriter, status int, problem string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, problem)
}

func serve(t *testing.T) (*peer, string) {
	t.Helper()
	p := &peer{}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return p, server.URL
}

func TestOpenSignsIn(t *testing.T) {
	_, address := serve(t)
	u, err := Open(t.Context(), address+"/", Credentials{"a", "right"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if u.Account.Scope != "371402" || u.Server() != address || len(u.Cookies()) != 1 {
		t.Errorf("%+v at %s with %v", u.Account, u.Server(), u.Cookies())
	}
	_, err = Open(t.Context(), address, Credentials{"a", "wrong"}, nil)
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Code != "session.refused" || refusal.HTTPStatus != 401 || refusal.Temporary() {
		t.Errorf("a wrong password gives %v", err)
	}
}

func TestOpenRefusesWhatIsNoAddress(t *testing.T) {
	for _, address := range []string{"", "localhost:8080", "ftp://host", "http://", "::"} {
		if _, err := Open(t.Context(), address, Credentials{}, nil); err == nil || !strings.Contains(err.Error(), "http://localhost:8080") {
			t.Errorf("%q gives %v", address, err)
		}
	}
}

func TestAnEndedSessionIsRenewed(t *testing.T) {
	p, address := serve(t)
	u, err := Open(t.Context(), address, Credentials{"a", "right"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.token.Store("another")
	answer, err := u.SaveWorkersWithBodyWithResponse(t.Context(), nil, "application/json", strings.NewReader(`{"workers":[{"code":"W1"}]}`))
	if err := Check(answer, err); err != nil {
		t.Fatalf("the request was not repeated with its body: %v", err)
	}
	if n := p.signIns.Load(); n != 2 {
		t.Errorf("signed in %d times, want 2", n)
	}
}

func TestRefusalSaysEverything(t *testing.T) {
	p, address := serve(t)
	u, err := Open(t.Context(), address, Credentials{"a", "right"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.status = 503
	p.problem = `{"code":"storage.away","detail":"The database is away.","errors":[{"name":"workers[3].area","code":"unknown","detail":"no such area"}],"title":"","type":"","status":503,"request_id":"1"}`
	answer, err := u.ListWorkersWithResponse(t.Context(), &ListWorkersParams{})
	err = Check(answer, err)
	var refusal *Error
	if !errors.As(err, &refusal) || !refusal.Temporary() || refusal.RetryAfter != 7*time.Second {
		t.Fatalf("%#v", err)
	}
	for _, says := range []string{"The database is away.", "storage.away", "workers[3].area: no such area"} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%q doesn't say %q", err, says)
		}
	}
}

// Package client talks to a wangge server over its REST interface, as any other program would.
//
// The requests and answers are generated from internal/httpapi/openapi.yaml (api.gen.go); this file adds signing in and errors. The
// demonstration, the simulator and the benchmark use nothing else, so that what they can do, everybody's programs can do.
//
// Positions, tiles and the live stream are not in here: they are spoken in their own formats.
package client

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml ../httpapi/openapi.yaml

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Credentials are what an account signs in with.
type Credentials struct {
	Name     string
	Password string
}

// User is a signed-in account. It may be used from any goroutine. When the server ends the session (it expired, or the server was
// set up anew), the next request signs in again by itself.
type User struct {
	*ClientWithResponses
	Account Account // as it was when Open returned

	server      string
	credentials Credentials
	http        *http.Client
	renewing    sync.Mutex   // held while signing in, so that one of many requests does it for all
	renewals    atomic.Int64 // how often it signed in
}

// requestTimeout bounds one request; a saving of thousands of shifts takes a second or two.
const requestTimeout = 60 * time.Second

// Open signs in at the server ("http://host:port"). transport carries the requests; nil means http.DefaultTransport. A refused
// sign-in is an *Error with the server's reason.
func Open(ctx context.Context, server string, credentials Credentials, transport http.RoundTripper) (*User, error) {
	server, err := Address(server)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	u := &User{
		server:      server,
		credentials: credentials,
		http:        &http.Client{Transport: transport, Jar: jar, Timeout: requestTimeout},
	}
	if u.ClientWithResponses, err = NewClientWithResponses(server, WithHTTPClient(u)); err != nil {
		return nil, err
	}
	if err := u.renew(ctx, 0); err != nil {
		return nil, fmt.Errorf("signing in at %s as %s: %w", server, credentials.Name, err)
	}
	return u, nil
}

// Address checks a server's address and puts it into the form without a slash at the end.
func Address(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("%q is no server's address: it should look like http://localhost:8080", server)
	}
	return strings.TrimRight(server, "/"), nil
}

// Server is the address that the session is at, without a slash at the end.
func (u *User) Server() string { return u.server }

// Cookies are those that a WebSocket of this session must carry.
func (u *User) Cookies() []*http.Cookie {
	address, err := url.Parse(u.server)
	if err != nil { // Open has parsed it
		return nil
	}
	return u.http.Jar.Cookies(address)
}

// Do sends one request, and once more after signing in anew when the session has ended. It serves the generated client.
func (u *User) Do(request *http.Request) (*http.Response, error) {
	renewals := u.renewals.Load()
	if request.Header.Get("Accept-Language") == "" {
		request.Header.Set("Accept-Language", "en") // refusals are shown among the program's own messages
	}
	answer, err := u.http.Do(request)
	if err != nil || answer.StatusCode != http.StatusUnauthorized || isSignIn(request) {
		return answer, err
	}
	again := request.Clone(request.Context())
	again.Header.Del("Cookie") // the ended session's: http.Client has put it into the request
	if request.GetBody != nil {
		if again.Body, err = request.GetBody(); err != nil {
			return answer, nil //nolint:nilerr // the first answer is the better news
		}
	}
	if u.renew(request.Context(), renewals) != nil {
		return answer, nil
	}
	answer.Body.Close() //nolint:errcheck // it is given up
	return u.http.Do(again)
}

func isSignIn(request *http.Request) bool {
	return request.Method == http.MethodPost && strings.HasSuffix(request.URL.Path, "/api/v1/session")
}

// renew signs in, unless somebody else has done so since the session was seen to have been renewed `seen` times.
func (u *User) renew(ctx context.Context, seen int64) error {
	u.renewing.Lock()
	defer u.renewing.Unlock()
	if u.renewals.Load() > seen {
		return nil
	}
	answer, err := u.SignInWithResponse(ctx, SignInJSONRequestBody{Name: u.credentials.Name, Password: u.credentials.Password})
	if err := Check(answer, err); err != nil {
		return err
	}
	if answer.JSON200 == nil {
		return fmt.Errorf("the server's answer to the sign-in is not that of a wangge server (status %d)", answer.StatusCode())
	}
	if u.renewals.Add(1) == 1 {
		u.Account = answer.JSON200.Account
	}
	return nil
}

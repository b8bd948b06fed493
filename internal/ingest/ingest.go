// Package ingest is where devices' messages come in: one file per protocol, each of which turns requests into tracking.Fix and the results
// into what its clients expect.
//
//	osmand.go     GET or POST /ingest/osmand: OsmAnd and Traccar query protocol
//	client.go     POST /ingest/osmand with JSON: Traccar Client
//	owntracks.go  POST /ingest/owntracks: OwnTracks over HTTP
//	traccar.go    POST /ingest/traccar: position forwarding of a Traccar server
//	batch.go      POST /api/v1/positions: the project's own, many fixes at once
//	socket.go     GET /api/v1/device: the project's own WebSocket; its messages are in frame.go
//
// In all of them a 2xx means that the fix is committed (or was deliberately discarded): clients delete their copy then. While storage is away
// they get 503 with Retry-After and keep it.
//
// A credential comes as Bearer token, as Basic password, or as ?token=. The project's own two also take the session of a worker.
package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/tracking"
)

// Limits of what one request may bring.
const (
	MaxQuery  = 8 << 10  // bytes of a query
	MaxSingle = 64 << 10 // bytes of a body that brings one fix
	MaxBatch  = 1 << 20  // bytes of a batch
	MaxFixes  = 1000     // fixes of a batch

	// MaxAttributes bounds a fix's attributes, in bytes of JSON. Larger ones are left out, all of them; the fix itself is kept.
	MaxAttributes = 4 << 10
)

// Dependencies are what an Ingest is made of.
type Dependencies struct {
	Tracking *tracking.Service
	Fail     func(w http.ResponseWriter, r *http.Request, err error) // answers with a refusal, and logs what is no refusal

	Rate         float64 // requests per second of a device or a worker's session; 20 when zero
	Burst        int     // requests that it may send at once after a silence; 200 when zero
	GatewayRate  float64 // batches and connections per second of a gateway; 20,000 when zero
	GatewayBurst int     // of those, at once after a silence; 200,000 when zero
	Devices      int     // devices, sessions and gateways whose rates are remembered; 65,536 when zero
}

// Ingest answers devices. Its methods are handlers and may be called from many goroutines.
type Ingest struct {
	tracking *tracking.Service
	fail     func(http.ResponseWriter, *http.Request, error)
	rates    *rates
	sockets  *sockets
}

// New puts an Ingest together.
func New(d Dependencies) *Ingest {
	return &Ingest{tracking: d.Tracking, fail: d.Fail, rates: newRates(d), sockets: newSockets(d.Fail)}
}

// Close says goodbye to every open socket (1001) and refuses new ones.
func (in *Ingest) Close() { in.sockets.closeAll() }

// caller reads what a request presents. user is the name of Basic authentication; empty without.
func caller(r *http.Request) (c tracking.Caller, user string) {
	c.Address = identity.RequestFrom(r.Context()).Address
	if c.Address == "" {
		c.Address, _, _ = net.SplitHostPort(r.RemoteAddr)
	}
	if name, password, ok := r.BasicAuth(); ok {
		c.Secret, user = password, name
	} else if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "bearer") {
		c.Secret = strings.TrimSpace(token)
	}
	return c, user
}

// callerOrWorker is caller with the signed-in worker, if the session may report positions.
func callerOrWorker(r *http.Request) (tracking.Caller, string) {
	c, user := caller(r)
	if p, ok := identity.PrincipalFrom(r.Context()); ok && p.May(identity.PositionReport) {
		c.Worker = p.WorkerID
	}
	return c, user
}

// acknowledgement is what a protocol's clients expect with a 200.
type acknowledgement struct{ mediaType, body string }

var nothing = acknowledgement{}

func (a acknowledgement) send(w http.ResponseWriter) {
	if a.mediaType != "" {
		w.Header().Set("Content-Type", a.mediaType)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(http.StatusOK)
	_, _ = io.WriteString(w, a.body) // a device that has gone comes back
}

// single takes one fix and answers the request.
func (in *Ingest) single(w http.ResponseWriter, r *http.Request, c tracking.Caller, fix tracking.Fix, ok acknowledgement) {
	if err := in.rates.take(in.devicePayer(c, fix.Device)); err != nil {
		in.fail(w, r, err)
		return
	}
	results, err := in.tracking.Accept(r.Context(), c, []tracking.Fix{fix})
	if err != nil {
		in.fail(w, r, err)
		return
	}
	if refusal := results[0].Fault(fix.Device); refusal != nil {
		in.fail(w, r, refusal)
		return
	}
	ok.send(w)
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// withBody reads the body, at most limit bytes, and hands it to use, which must not keep it. Its Content-Type isn't looked at: the
// clients of other projects, and what stands between them and this server, set it as they like, and a position is worth more than a header. They
// bring no session that a foreign page could abuse with a form. The project's own batch is strict (readBatch).
func withBody(w http.ResponseWriter, r *http.Request, limit int64, use func(body []byte) error) error {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return fault.New(fault.Unsupported, "ingest.compressed", "send the body uncompressed")
	}
	if r.ContentLength > limit {
		return tooLarge(limit)
	}
	buffer := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	buffer.Reset()
	if _, err := buffer.ReadFrom(http.MaxBytesReader(w, r.Body, limit)); err != nil {
		return unreadable(err, limit)
	}
	return use(buffer.Bytes())
}

func unreadable(err error, limit int64) error {
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return tooLarge(limit)
	}
	return fault.New(fault.Invalid, "request.body", "the body ended too early").Because(err)
}

func tooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "request.too_large", fmt.Sprintf("at most %d bytes", limit), "limit", limit)
}

// invalid refuses one field of a message.
func invalid(field, code, text string) *fault.Error {
	return fault.New(fault.Invalid, "request.invalid", "the message breaks a rule").WithField(field, code, text)
}

// retryAfter is a fault's Retry-After in whole seconds, at least one.
func retryAfter(f *fault.Error) int {
	return max(1, int((f.RetryAfter+time.Second-1)/time.Second))
}

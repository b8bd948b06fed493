package ingest

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"wangge/internal/fault"
	"wangge/internal/tracking"
)

// batchMessage is the project's own: many fixes, of one device or of several.
type batchMessage struct {
	Device string     `json:"device"` // of the fixes that don't name their own
	Fixes  []batchFix `json:"fixes"`
}

// batchFix is one of them. Everything may be missing; without a position it is a heartbeat.
type batchFix struct {
	Device   string          `json:"device"`
	Time     moment          `json:"time"`
	Lon      number          `json:"lon"`      // degrees, WGS-84
	Lat      number          `json:"lat"`      // degrees
	Speed    number          `json:"speed"`    // m/s
	Course   number          `json:"course"`   // degrees clockwise from north
	Altitude number          `json:"altitude"` // metres
	Accuracy number          `json:"accuracy"` // metres, radius
	Battery  number          `json:"battery"`  // 0 … 1
	Charging *bool           `json:"charging"`
	Valid    *bool           `json:"valid"` // false: the device itself distrusts the fix
	Attrs    json.RawMessage `json:"attributes"`
}

func (b *batchFix) fix(device, protocol string) tracking.Fix {
	fix := blank(firstOf(b.Device, device), protocol)
	fix.Time = b.Time.Time
	fix.Lon, fix.Lat, fix.Altitude = b.Lon.or(), b.Lat.or(), b.Altitude.or()
	fix.Speed, fix.Course, fix.Accuracy, fix.Battery = b.Speed.in(1), b.Course.in(1), b.Accuracy.in(1), b.Battery.in(1)
	if b.Charging != nil {
		fix.Charging = charging(*b.Charging)
	}
	fix.Invalid = b.Valid != nil && !*b.Valid
	fix.Attrs = attributes(b.Attrs)
	return fix
}

// Positions answers POST /api/v1/positions: `{"device":"…","fixes":[{"time":"…","lon":116.3,"lat":37.45,…},…]}`, at most MaxFixes fixes and
// MaxBatch bytes, as application/json. 200 with one result for each fix, in order, whatever became of each; an error is about the whole batch, of which the sender
// then keeps everything. A fix that names no device is the batch's device's, or that of Basic authentication, or the signed-in worker's
// app.
func (in *Ingest) Positions(w http.ResponseWriter, r *http.Request) {
	c, user := callerOrWorker(r)
	if token := r.URL.Query().Get("token"); token != "" {
		c.Secret = token
	}
	fixes, err := readBatch(w, r, user)
	if err == nil {
		err = in.rates.take(in.payerOf(c, firstOf(user, fixes[0].Device)))
	}
	if err != nil {
		in.fail(w, r, err)
		return
	}
	results, err := in.tracking.Accept(r.Context(), c, fixes)
	if err != nil {
		in.fail(w, r, err)
		return
	}
	acknowledgement{"application/json", string(appendResults([]byte(`{"results":`), results)) + "}"}.send(w)
}

// readBatch reads the batch that a request brings. It must say that it is JSON: a page elsewhere cannot say so in a form, and what comes with a
// worker's session counts.
func readBatch(w http.ResponseWriter, r *http.Request, user string) (fixes []tracking.Fix, err error) {
	if mediaType(r) != "application/json" {
		return nil, fault.New(fault.Unsupported, "request.media_type", "the body must be application/json")
	}
	err = withBody(w, r, MaxBatch, func(body []byte) (err error) {
		fixes, err = decodeBatch(body, user)
		return err
	})
	return fixes, err
}

// decodeBatch reads a batch of at least one fix.
func decodeBatch(body []byte, user string) ([]tracking.Fix, error) {
	var m batchMessage
	if err := decodeJSON(body, &m); err != nil {
		return nil, err
	}
	return m.fixes(user, "batch")
}

func (m *batchMessage) fixes(user, protocol string) ([]tracking.Fix, error) {
	switch {
	case len(m.Fixes) == 0:
		return nil, invalid("fixes", "minItems", "at least one")
	case len(m.Fixes) > MaxFixes:
		return nil, invalid("fixes", "maxItems", fmt.Sprintf("at most %d", MaxFixes))
	}
	device := firstOf(m.Device, user)
	fixes := make([]tracking.Fix, len(m.Fixes))
	for i := range m.Fixes {
		fixes[i] = m.Fixes[i].fix(device, protocol)
		if math.IsNaN(fixes[i].Lon) && math.IsNaN(fixes[i].Lat) {
			fixes[i].Attrs = nil // of a heartbeat nothing is stored
		}
	}
	return fixes, nil
}

// appendResults writes `[{"outcome":"stored"},{"outcome":"refused","code":"fix.range"},…]`.
func appendResults(b []byte, results []tracking.Result) []byte {
	b = append(b, '[')
	for i, r := range results {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendQuote(append(b, `{"outcome":`...), string(r.Outcome))
		if r.Code != "" {
			b = strconv.AppendQuote(append(b, `,"code":`...), r.Code)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

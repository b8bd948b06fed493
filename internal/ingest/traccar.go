package ingest

import (
	"encoding/json"
	"net/http"

	"wangge/internal/tracking"
)

// forwarded is what a Traccar server posts for each position of each of its devices.
type forwarded struct {
	Position *struct {
		Latitude   number          `json:"latitude"`
		Longitude  number          `json:"longitude"`
		Altitude   number          `json:"altitude"` // metres
		Speed      number          `json:"speed"`    // knots
		Course     number          `json:"course"`   // degrees
		Accuracy   number          `json:"accuracy"` // metres; Traccar writes 0 for unknown
		FixTime    moment          `json:"fixTime"`
		DeviceTime moment          `json:"deviceTime"`
		Valid      *bool           `json:"valid"`
		Attributes json.RawMessage `json:"attributes"`
	} `json:"position"`
	Device struct {
		UniqueID string `json:"uniqueId"`
	} `json:"device"`
}

// batteryAttributes are those of Traccar's attributes that have a meaning here.
type batteryAttributes struct {
	Level  number `json:"batteryLevel"` // percent
	Charge *bool  `json:"charge"`
}

// Traccar answers POST /ingest/traccar: position forwarding, usually with a gateway's credential. 200 with an empty body.
func (in *Ingest) Traccar(w http.ResponseWriter, r *http.Request) {
	c, _ := caller(r)
	if token := r.URL.Query().Get("token"); token != "" {
		c.Secret = token
	}
	var fix tracking.Fix
	err := withBody(w, r, MaxSingle, func(body []byte) (err error) {
		fix, err = decodeForwarded(body)
		return err
	})
	if err != nil {
		in.fail(w, r, err)
		return
	}
	in.single(w, r, c, fix, nothing)
}

// decodeForwarded reads a forwarded position. The time of the fix identifies it: while a tracker has none, Traccar repeats the last one with
// that fix's time, which is a duplicate and a sign of life.
func decodeForwarded(body []byte) (tracking.Fix, error) {
	var m forwarded
	if err := decodeJSON(body, &m); err != nil {
		return tracking.Fix{}, err
	}
	fix := blank(m.Device.UniqueID, "traccar")
	p := m.Position
	if p == nil {
		return fix, nil
	}
	fix.Time = p.FixTime.Time
	if fix.Time.IsZero() {
		fix.Time = p.DeviceTime.Time
	}
	fix.Lat, fix.Lon, fix.Altitude = p.Latitude.or(), p.Longitude.or(), p.Altitude.or()
	fix.Speed, fix.Course, fix.Accuracy = p.Speed.in(knot), p.Course.in(1), p.Accuracy.in(1)
	if fix.Accuracy == 0 {
		fix.Accuracy = number{}.or()
	}
	fix.Invalid = p.Valid != nil && !*p.Valid
	fix.Attrs = attributes(p.Attributes)
	var battery batteryAttributes
	if len(p.Attributes) > 0 && json.Unmarshal(p.Attributes, &battery) == nil {
		fix.Battery = battery.Level.in(percent)
		if battery.Charge != nil {
			fix.Charging = charging(*battery.Charge)
		}
	}
	return fix, nil
}

package ingest

import (
	"encoding/json"
	"math"
	"net/http"

	"wangge/internal/tracking"
)

// clientMessage is what Traccar Client posts: one fix. Field apps of other makes send the same without coords (a heartbeat), without event,
// and with the same time again and again.
type clientMessage struct {
	DeviceID string         `json:"device_id"`
	Location clientLocation `json:"location"`
}

type clientLocation struct {
	Timestamp moment        `json:"timestamp"`
	Coords    *clientCoords `json:"coords"`
	Battery   struct {
		Level    number `json:"level"` // 0 … 1, −1 unknown
		Charging *bool  `json:"is_charging"`
	} `json:"battery"`
	IsMoving json.RawMessage `json:"is_moving"`
	Odometer json.RawMessage `json:"odometer"`
	Event    json.RawMessage `json:"event"`
	Activity json.RawMessage `json:"activity"`
	Extras   json.RawMessage `json:"extras"`
}

type clientCoords struct {
	Latitude  number `json:"latitude"`
	Longitude number `json:"longitude"`
	Accuracy  number `json:"accuracy"` // metres
	Speed     number `json:"speed"`    // m/s, −1 unknown
	Heading   number `json:"heading"`  // degrees, −1 unknown
	Altitude  number `json:"altitude"` // metres
}

// client answers POST /ingest/osmand with JSON.
func (in *Ingest) client(w http.ResponseWriter, r *http.Request) {
	c, user := caller(r)
	if token := r.URL.Query().Get("token"); token != "" {
		c.Secret = token
	}
	var fix tracking.Fix
	err := withBody(w, r, MaxSingle, func(body []byte) (err error) {
		fix, err = decodeClient(body)
		return err
	})
	if err != nil {
		in.fail(w, r, err)
		return
	}
	if fix.Device == "" {
		fix.Device = user
	}
	in.single(w, r, c, fix, nothing)
}

// decodeClient reads Traccar Client's message. A heartbeat that has coordinates is taken as the fix it claims to be: repeated, it is a
// duplicate, and that refreshes the last sign of life too.
func decodeClient(body []byte) (tracking.Fix, error) {
	var m clientMessage
	if err := decodeJSON(body, &m); err != nil {
		return tracking.Fix{}, err
	}
	fix := blank(m.DeviceID, "traccar-client")
	l := &m.Location
	fix.Time = l.Timestamp.Time
	fix.Battery = l.Battery.Level.in(1)
	if l.Battery.Charging != nil {
		fix.Charging = charging(*l.Battery.Charging)
	}
	if c := l.Coords; c != nil {
		fix.Lat, fix.Lon, fix.Altitude = c.Latitude.or(), c.Longitude.or(), c.Altitude.or()
		fix.Accuracy, fix.Speed, fix.Course = c.Accuracy.in(1), c.Speed.in(1), c.Heading.in(1)
	}
	if !math.IsNaN(fix.Lat) {
		fix.Attrs = pick("event", l.Event, "is_moving", l.IsMoving, "odometer", l.Odometer, "activity", l.Activity, "extras", l.Extras)
	}
	return fix, nil
}

package ingest

import (
	"bytes"
	"encoding/json"
	"net/http"

	"wangge/internal/tracking"
)

// ownTracksMessage is a location of OwnTracks; other types are ignored.
type ownTracksMessage struct {
	Type     string          `json:"_type"`
	Lat      number          `json:"lat"`
	Lon      number          `json:"lon"`
	Time     moment          `json:"tst"`  // epoch seconds
	Accuracy number          `json:"acc"`  // metres
	Altitude number          `json:"alt"`  // metres
	Speed    number          `json:"vel"`  // km/h
	Course   number          `json:"cog"`  // degrees
	Battery  number          `json:"batt"` // percent
	Status   number          `json:"bs"`   // 0 unknown, 1 unplugged, 2 charging, 3 full
	Tracker  json.RawMessage `json:"tid"`
	Trigger  json.RawMessage `json:"t"`
	Conn     json.RawMessage `json:"conn"`
	Vertical json.RawMessage `json:"vac"`
	Created  json.RawMessage `json:"created_at"`
}

// empty is what OwnTracks expects: a list of commands and friends, none.
var empty = acknowledgement{"application/json", "[]"}

// OwnTracks answers POST /ingest/owntracks (and …/pub?u=jane&d=phone). The device is "user/device": from the query, or the headers X-Limit-U and
// X-Limit-D, or for the user from Basic authentication. 200 with [] for a fix that is stored, an empty body, and every other type of message.
func (in *Ingest) OwnTracks(w http.ResponseWriter, r *http.Request) {
	c, user := caller(r)
	query := r.URL.Query()
	if token := query.Get("token"); token != "" {
		c.Secret = token
	}
	var fix tracking.Fix
	location := false
	err := withBody(w, r, MaxSingle, func(body []byte) (err error) {
		fix, location, err = decodeOwnTracks(body)
		return err
	})
	if err != nil {
		in.fail(w, r, err)
		return
	}
	if !location {
		empty.send(w)
		return
	}
	name := firstOf(query.Get("u"), r.Header.Get("X-Limit-U"), user)
	device := firstOf(query.Get("d"), r.Header.Get("X-Limit-D"))
	if name == "" || device == "" {
		in.fail(w, r, invalid(missing(name, "u", "d"), "required", "user and device come as u and d, or as X-Limit-U and X-Limit-D"))
		return
	}
	fix.Device = name + "/" + device
	in.single(w, r, c, fix, empty)
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// missing names the first of two fields if it is empty, otherwise the second.
func missing(value, first, second string) string {
	if value == "" {
		return first
	}
	return second
}

// decodeOwnTracks reads a message; location is false for what is to be ignored.
func decodeOwnTracks(body []byte) (fix tracking.Fix, location bool, err error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return fix, false, nil
	}
	var kind struct {
		Type string `json:"_type"`
	}
	if err := decodeJSON(body, &kind); err != nil || kind.Type != "location" {
		return fix, false, err
	}
	var m ownTracksMessage
	if err := decodeJSON(body, &m); err != nil {
		return fix, false, err
	}
	fix = blank("", "owntracks")
	fix.Time = m.Time.Time
	fix.Lat, fix.Lon, fix.Altitude = m.Lat.or(), m.Lon.or(), m.Altitude.or()
	fix.Accuracy, fix.Speed, fix.Course = m.Accuracy.in(1), m.Speed.in(kilometrePerHour), m.Course.in(1)
	fix.Battery = m.Battery.in(percent)
	switch m.Status.or() {
	case 1:
		fix.Charging = 0
	case 2, 3:
		fix.Charging = 1
	}
	fix.Attrs = pick("tid", m.Tracker, "t", m.Trigger, "conn", m.Conn, "vac", m.Vertical, "created_at", m.Created)
	return fix, true, nil
}

package httpapi

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"wangge/internal/area/areatest"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
	"wangge/internal/ingest"
	"wangge/internal/tracking"
)

// TestAFixBecomesATrack: what a device sends to the public doors is what those who may look are shown; off shift nothing is kept.
func TestAFixBecomesATrack(t *testing.T) {
	w := startTown(t)
	people := w.workers(areatest.Grid, otherGrid)
	w.account("zhang", identity.GridWorker, areatest.Community, people[0].ID)
	worker, dispatcher, device := w.signIn("zhang"), w.as(identity.Dispatcher), w.anonymous()
	admin := w.as(identity.Administrator)
	admin.send("POST", "/api/v1/devices", map[string]any{"devices": []map[string]any{{"uid": "860000000000001", "worker_id": people[0].ID}}}).ok(http.StatusOK)
	at, now := w.index.ByCode(areatest.Grid).Label, time.Now().UTC().Truncate(time.Second)
	send := func(ago time.Duration) answer {
		return device.get("/ingest/osmand" + query("id", "860000000000001", "lon", fmt.Sprint(at[0]), "lat", fmt.Sprint(at[1]),
			"timestamp", fmt.Sprint(now.Add(-ago).Unix()), "speed", "10"))
	}
	span := query("from", now.Add(-time.Hour).Format(time.RFC3339), "to", now.Add(time.Hour).Format(time.RFC3339))
	look := func() (track api.Track) {
		dispatcher.get(fmt.Sprintf("/api/v1/workers/%d/track", people[0].ID) + span).ok(http.StatusOK).into(&track)
		return track
	}
	send(0).ok(http.StatusOK)
	if n := len(look().Fixes); n != 0 {
		t.Errorf("%d fixes are kept of somebody off shift", n)
	}
	begin := map[string]any{"shifts": []map[string]any{{"worker_id": people[0].ID, "from": now.Add(-30 * time.Minute)}}}
	dispatcher.send("POST", "/api/v1/shifts", begin).ok(http.StatusCreated)
	send(time.Minute).ok(http.StatusOK)
	var results api.PositionResults
	batch := map[string]any{"fixes": []map[string]any{{"time": now, "lon": at[0], "lat": at[1]}, {"time": now, "lon": at[1], "lat": at[0]}}}
	worker.send("POST", "/api/v1/positions", batch).ok(http.StatusOK).into(&results)
	if r := results.Results; len(r) != 2 || r[0].Outcome != tracking.Stored || r[1].Outcome != tracking.Refused || r[1].Code != tracking.CodeSwapped {
		t.Errorf("the batch is answered %+v", r)
	}
	track := look()
	if len(track.Fixes) != 2 || track.Fixes[0].Grid != areatest.Grid || track.Truncated {
		t.Fatalf("the track is %+v", track)
	}
	if speed := track.Fixes[0].Speed; speed == nil || *speed < 5.14 || *speed > 5.15 { // 10 knots are 5.144 m/s
		t.Errorf("10 knots became %v m/s", speed)
	}
	device.get("/ingest/osmand?id=nobody&lat=37.4&lon=116.3").problem(http.StatusBadRequest, "device.unknown")
	device.get("/ingest/osmand/?id=nobody&lat=37.4&lon=116.3").problem(http.StatusBadRequest, "device.unknown") // some programs add a slash
	if list := string(admin.get("/api/v1/devices/unclaimed").ok(http.StatusOK).body); !strings.Contains(list, "nobody") {
		t.Errorf("unclaimed are %s", list)
	}
	// A session without the right to report is worth nothing here: it is as if nobody were signed in.
	var other api.PositionResults
	dispatcher.send("POST", "/api/v1/positions", batch).into(&other)
	for _, r := range other.Results {
		if r.Outcome == tracking.Stored || r.Outcome == tracking.Duplicate {
			t.Errorf("a dispatcher reported a position: %+v", other.Results)
		}
	}
}

// TestADevicesStreamEndsWithItsSession: signing out closes what was opened with the session.
func TestADevicesStreamEndsWithItsSession(t *testing.T) {
	w := startTown(t)
	people := w.workers(areatest.Grid)
	w.account("zhang", identity.GridWorker, areatest.Community, people[0].ID)
	worker := w.signIn("zhang")
	dialer := websocket.Dialer{Jar: worker.http.Jar, HandshakeTimeout: 10 * time.Second, Subprotocols: []string{ingest.Subprotocol}}
	conn, _, err := dialer.Dial("ws"+strings.TrimPrefix(w.url, "http")+"/api/v1/device", http.Header{"Origin": {w.url}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	worker.send("DELETE", "/api/v1/session", nil).ok(http.StatusNoContent)
	if err := w.handlers.watch.look(t.Context()); err != nil { // what Run does every few seconds
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, _, err = conn.ReadMessage()
	}
	if !websocket.IsCloseError(err, 4401) {
		t.Errorf("the stream ended with %v, want 4401", err)
	}
}

// TestADevicesStreamOfPages: pages of this server and of trusted origins may open it, others not; refusals are problems.
func TestADevicesStreamOfPages(t *testing.T) {
	w := startTown(t, func(d *Deps) { d.Config.TrustedOrigins = []string{"https://partner.example"} })
	people := w.workers(areatest.Grid)
	w.account("zhang", identity.GridWorker, areatest.Community, people[0].ID)
	worker := w.signIn("zhang")
	for _, c := range []struct {
		origin, protocol string
		status           int
		code             string
	}{
		{w.url, ingest.Subprotocol, 101, ""},
		{"https://partner.example", ingest.Subprotocol, 101, ""},
		{"https://elsewhere.example", ingest.Subprotocol, 403, "request.cross_origin"},
		{w.url, "mqtt", 415, "ingest.protocol"},
	} {
		dialer := websocket.Dialer{Jar: worker.http.Jar, HandshakeTimeout: 10 * time.Second, Subprotocols: []string{c.protocol}}
		conn, answered, err := dialer.Dial("ws"+strings.TrimPrefix(w.url, "http")+"/api/v1/device", http.Header{"Origin": {c.origin}})
		if err == nil {
			conn.Close()
		}
		if answered == nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answered.Body) // at most the beginning: the library keeps no more
		if err != nil || answered.StatusCode != c.status || !strings.Contains(string(body), c.code) {
			t.Errorf("%s with %s: %d %s %v, want %d %s", c.origin, c.protocol, answered.StatusCode, body, err, c.status, c.code)
		}
	}
}

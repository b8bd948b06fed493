package ingest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/gorilla/websocket"

	"wangge/internal/ingest"
	"wangge/internal/testenv"
	"wangge/internal/tracking"
	. "wangge/internal/tracking/trackingtest"
)

// openMiserly is a server that gives every device so many requests, and no more ever.
func openMiserly(t *testing.T, requests int) *doors {
	return open(t, New(t, testenv.Postgres(t)), ingest.Dependencies{Rate: 1e-9, Burst: requests})
}

// status opens a socket and tells how that was answered.
func (d *doors) status(t *testing.T, query string, headers http.Header) int {
	t.Helper()
	_, answer := d.dial(t, query, headers)
	return answer.StatusCode
}

func TestRateOfSocketsIsEachOnesOwn(t *testing.T) {
	d := openMiserly(t, 1)
	for _, w := range d.Hire(t, "A", "B", "C") { // three field apps that come back after a restart
		d.worker = w.ID
		for _, want := range []int{http.StatusSwitchingProtocols, http.StatusTooManyRequests} {
			if got := d.status(t, "", nil); got != want {
				t.Errorf("the app of worker %d: %d, want %d", w.ID, got, want)
			}
		}
	}
	d.worker = 0
	for _, gateway := range []string{"north", "south"} {
		secret := d.Register(t, tracking.DeviceSpec{UID: gateway, Gateway: true, NewSecret: true})[0].PlainSecret
		for _, query := range []string{"", "?id=phone-A", "?token=" + secret} {
			if got := d.status(t, query, http.Header{"Authorization": {"Bearer " + secret}}); got != http.StatusSwitchingProtocols {
				t.Errorf("gateway %s, %s: %d", gateway, query, got)
			}
		}
	}
}

func TestRateOfAGatewayIsNotThatOfADevice(t *testing.T) {
	d := openMiserly(t, 1)
	d.person(t, "A", Noon, "123456")
	secret := d.Register(t, tracking.DeviceSpec{UID: "gw", Gateway: true, NewSecret: true})[0].PlainSecret
	batch := func(headers map[string]string) exchange {
		headers["Content-Type"] = "application/json"
		return exchange{"POST", "/api/v1/positions", headers, `{"fixes":[{"device":"123456"}]}`}
	}
	for range 5 {
		d.must(t, batch(map[string]string{"Authorization": "Bearer " + secret}), 200, "heartbeat")
		d.must(t, batch(map[string]string{"user": "gw", "password": secret}), 200, "")
	}
	d.must(t, batch(map[string]string{}), 200, "heartbeat") // the device itself has not sent yet
	d.must(t, batch(map[string]string{}), 429, "ingest.rate")
}

func TestRateIsNotUsedUpWithoutTheCredential(t *testing.T) {
	d := openMiserly(t, 1)
	w := d.person(t, "A", Noon)
	specs := make([]tracking.DeviceSpec, 3)
	for i := range specs {
		specs[i] = tracking.DeviceSpec{UID: fmt.Sprint("locked-", i), WorkerID: w.ID, NewSecret: true}
	}
	saved := d.Register(t, specs...)
	osmand := func(secret string) int {
		status, _, _ := d.send(t, exchange{method: "GET", path: "/ingest/osmand?id=locked-0&token=" + secret})
		return status
	}
	batch := func(secret string) int {
		status, _, _ := d.send(t, exchange{"POST", "/api/v1/positions?token=" + secret, jsonType, `{"device":"locked-1","fixes":[{}]}`})
		return status
	}
	socket := func(secret string) int { return d.status(t, "?id=locked-2&token="+secret, nil) }
	for i, c := range []struct {
		name    string
		send    func(secret string) int
		guessed int // the first time
		allowed int
	}{{"single", osmand, 401, 200}, {"batch", batch, 200, 200}, {"socket", socket, 401, 101}} {
		for _, want := range []int{c.guessed, 429, 429} {
			if got := c.send("guess"); got != want {
				t.Errorf("%s with a guess: %d, want %d", c.name, got, want)
			}
		}
		for _, want := range []int{c.allowed, 429} {
			if got := c.send(saved[i].PlainSecret); got != want {
				t.Errorf("%s with the secret: %d, want %d", c.name, got, want)
			}
		}
	}
}

// TestASocketsPaceIsItsOwners: whoever sends far more messages than the allowance is cut off; a gateway has more of it.
func TestASocketsPaceIsItsOwners(t *testing.T) {
	d := openMiserly(t, 1)
	d.person(t, "A", Noon, "123456")
	secret := d.Register(t, tracking.DeviceSpec{UID: "gw", Gateway: true, NewSecret: true})[0].PlainSecret
	const messages = 30
	send := func(query string) (conn *websocket.Conn) {
		conn, _ = d.dial(t, query, nil)
		for i := range messages {
			_ = conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"seq":%d,"fixes":[{"device":"123456"}]}`, i)) // it may be closed already
		}
		return conn
	}
	if got := closedWith(t, send("?id=123456")); got != ingest.CloseRate {
		t.Errorf("the device was closed with %d", got)
	}
	conn := send("?token=" + secret)
	for i := range messages {
		if _, b := read(t, conn); string(b) != fmt.Sprintf(`{"seq":%d,"results":[{"outcome":"heartbeat"}]}`, i) {
			t.Fatalf("answer %d is %s", i, b)
		}
	}
}

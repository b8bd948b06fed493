package ingest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"wangge/internal/ingest"
	"wangge/internal/testenv"
	. "wangge/internal/tracking/trackingtest"
)

func TestWhileTheDatabaseIsAwayDevicesAreTold(t *testing.T) {
	server := testenv.PostgresServer(t)
	d := open(t, New(t, server.URL()), ingest.Dependencies{})
	d.person(t, "A", Noon, "123456", "jane/phone", "48241179", "860000000000001")
	conn, _ := d.dial(t, "?id=123456", nil)
	at := Noon.Format(time.RFC3339)
	requests := []exchange{
		{method: "GET", path: "/ingest/osmand?id=123456&lat=37.45&lon=116.30&timestamp=" + at},
		{"POST", "/ingest/osmand", jsonType, strings.Replace(clientB, "2025-06-15T13:45:12.862Z", at, 1)},
		{"POST", "/ingest/owntracks?u=jane&d=phone", nil, strings.Replace(ownTracksC, "1736161169", fmt.Sprint(Noon.Unix()), 1)},
		{"POST", "/ingest/traccar", jsonType, strings.Replace(forwardedE, "2025-06-15T13:45:12.862+00:00", at, 1)},
		{"POST", "/api/v1/positions", jsonType, `{"device":"123456","fixes":[{"time":1795406341000,"lon":116.3012,"lat":37.4521}]}`},
	}
	frame := binaryMessage(9, fix24(Noon.Add(-2*time.Second), 1163012000, 374521000, 0, 0, 50, 50, 0))
	server.Kill()
	for _, e := range requests {
		status, body, header := d.send(t, e)
		if status != 503 || header.Get("Retry-After") == "" {
			t.Errorf("%s %s: %d %s %v", e.method, e.path, status, body, header)
		}
	}
	write(t, conn, websocket.BinaryMessage, frame)
	if _, b := read(t, conn); len(b) != 7 || b[0] != 3 || b[4] != 9 || b[6] == 0 {
		t.Errorf("the socket said %v", b)
	}
	d.must(t, exchange{method: "GET", path: "/ingest/osmand?id=123456"}, 200, "") // a sign of life needs no database
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, e := range requests {
		d.must(t, e, 200, "")
	}
	write(t, conn, websocket.BinaryMessage, frame)
	if _, b := read(t, conn); !cmp.Equal(b, []byte{2, 0, 0, 0, 9, 2}) { // late: the others have come in
		t.Errorf("the socket said %v", b)
	}
	if n := d.Stored(t); n != len(requests)+1 {
		t.Errorf("%d are stored, want %d", n, len(requests)+1)
	}
}

package ingest_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"wangge/internal/ingest"
	"wangge/internal/tracking"
	. "wangge/internal/tracking/trackingtest"
)

// dial opens a device's socket; the answer is the refusal, if there is one.
func (d *doors) dial(t *testing.T, query string, headers http.Header) (*websocket.Conn, *http.Response) {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{ingest.Subprotocol}}
	conn, answer, err := dialer.Dial("ws"+strings.TrimPrefix(d.url, "http")+"/api/v1/device"+query, headers)
	if err != nil {
		if answer == nil {
			t.Fatal(err)
		}
		return nil, answer
	}
	t.Cleanup(func() { conn.Close() })
	if got := conn.Subprotocol(); got != ingest.Subprotocol {
		t.Errorf("the protocol is %q", got)
	}
	return conn, answer
}

// fix24 is one fix of a binary message.
func fix24(at time.Time, lon, lat int32, speed, course, accuracy uint16, battery, flags byte) []byte {
	var b []byte
	ms := int64(0)
	if !at.IsZero() {
		ms = at.UnixMilli()
	}
	b = binary.BigEndian.AppendUint64(b, uint64(ms))
	b = binary.BigEndian.AppendUint32(b, uint32(lon))
	b = binary.BigEndian.AppendUint32(b, uint32(lat))
	b = binary.BigEndian.AppendUint16(b, speed)
	b = binary.BigEndian.AppendUint16(b, course)
	b = binary.BigEndian.AppendUint16(b, accuracy)
	return append(b, battery, flags)
}

func binaryMessage(seq uint32, fixes ...[]byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{1}, seq)
	for _, f := range fixes {
		b = append(b, f...)
	}
	return b
}

func write(t *testing.T, conn *websocket.Conn, kind int, b []byte) {
	t.Helper()
	if err := conn.WriteMessage(kind, b); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, conn *websocket.Conn) (kind int, b []byte) {
	t.Helper()
	kind, b, err := conn.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	return kind, b
}

// closedWith reads until the connection is closed and tells the code.
func closedWith(t *testing.T, conn *websocket.Conn) int {
	t.Helper()
	for {
		_, _, err := conn.ReadMessage()
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			return closed.Code
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

const unknown16 = math.MaxUint16

func TestSocketBinary(t *testing.T) {
	d := openDoors(t)
	d.person(t, "A", Noon, "123456")
	conn, _ := d.dial(t, "?id=123456", nil)
	write(t, conn, websocket.BinaryMessage, binaryMessage(7,
		fix24(Noon.Add(-2*time.Second), 1163012000, 374521000, 123, 27100, 65, 87, 1),
		fix24(Noon.Add(-2*time.Second), 1163012000, 374521000, 123, 27100, 65, 87, 1),
		fix24(Noon.Add(-3*time.Second), 1163012000, 374521000, unknown16, unknown16, unknown16, 255, 2|4),
		fix24(time.Time{}, math.MinInt32, math.MinInt32, unknown16, unknown16, unknown16, 255, 0),
		fix24(Noon, 374521000, 1163012000, unknown16, unknown16, unknown16, 255, 0),
		fix24(Noon.Add(-2*time.Hour), 1163012000, 374521000, unknown16, unknown16, unknown16, 255, 0),
	))
	kind, b := read(t, conn)
	if want := []byte{2, 0, 0, 0, 7, 1, 3, 2, 4, 7, 5}; kind != websocket.BinaryMessage || !cmp.Equal(want, b) {
		t.Errorf("answered %d %v, want %v", kind, b, want)
	}
	want := []string{
		"2026-11-23T03:59:57Z 1163012000 374521000 speed - course - altitude - accuracy - battery - flags 2",
		"2026-11-23T03:59:58Z 1163012000 374521000 speed 1.23 course 271 altitude - accuracy 6.5 battery 0.87 flags 4",
	}
	if diff := cmp.Diff(want, d.fixes(t, "123456")); diff != "" {
		t.Error(diff)
	}
}

func TestSocketText(t *testing.T) {
	d := openDoors(t)
	d.person(t, "A", Noon, "123456", "654321")
	secret := d.Register(t, tracking.DeviceSpec{UID: "gw", Gateway: true, NewSecret: true})[0].PlainSecret
	conn, _ := d.dial(t, "?token="+secret, nil) // a gateway needs no device of its own
	write(t, conn, websocket.TextMessage, []byte(`{"seq":1,"fixes":[{"device":"123456","time":"2026-11-23T03:59:58Z","lon":116.3012,"lat":37.4521},
		{"device":"654321","lon":116.3012,"lat":37.4521},{"lon":116.3012,"lat":37.4521}]}`))
	write(t, conn, websocket.TextMessage, []byte(`{"seq":4294967295,"fixes":[{"device":"123456"}]}`))
	for _, want := range []string{
		`{"seq":1,"results":[{"outcome":"stored"},{"outcome":"stored"},{"outcome":"refused","code":"device.id"}]}`,
		`{"seq":4294967295,"results":[{"outcome":"heartbeat"}]}`,
	} {
		if _, b := read(t, conn); string(b) != want {
			t.Errorf("%s, want %s", b, want)
		}
	}
}

func TestSocketAnswersInOrderWithManyUnderWay(t *testing.T) {
	d := openDoors(t)
	d.person(t, "A", Noon, "123456")
	conn, _ := d.dial(t, "?id=123456", nil)
	const messages = 200
	go func() {
		for i := range messages {
			at := Noon.Add(time.Duration(i-messages) * 100 * time.Millisecond)
			b := binaryMessage(uint32(i), fix24(at, 1163012000+int32(i), 374521000, 0, 0, 50, 50, 0))
			if err := conn.WriteMessage(websocket.BinaryMessage, b); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for i := range messages {
		_, b := read(t, conn)
		if want := append(binary.BigEndian.AppendUint32([]byte{2}, uint32(i)), 1); !cmp.Equal(want, b) {
			t.Fatalf("answer %d is %v", i, b)
		}
	}
	if n := d.Stored(t); n != messages {
		t.Errorf("%d stored", n)
	}
}

func TestSocketRefusesBeforeTheUpgrade(t *testing.T) {
	d := openDoors(t)
	d.person(t, "A", Noon)
	d.Register(t, tracking.DeviceSpec{UID: "locked", WorkerID: 1, NewSecret: true})
	for query, status := range map[string]int{"?id=stranger": 400, "": 400, "?id=locked": 401, "?id=locked&token=guess": 401} {
		conn, answer := d.dial(t, query, nil)
		if conn != nil || answer.StatusCode != status {
			t.Errorf("%s: %v", query, answer)
		}
	}
	handshake := func(protocol, version string) exchange {
		return exchange{method: "GET", path: "/api/v1/device?id=phone-A", headers: map[string]string{
			"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
			"Sec-WebSocket-Version": version, "Sec-WebSocket-Protocol": protocol,
		}}
	}
	d.must(t, exchange{method: "GET", path: "/api/v1/device?id=phone-A"}, 400, "ingest.upgrade")
	d.must(t, handshake("", "13"), 415, "ingest.protocol")
	d.must(t, handshake("wangge.device.v2, mqtt", "13"), 415, "ingest.protocol")
	d.must(t, handshake(ingest.Subprotocol, "12"), 400, "ingest.upgrade")
	if _, _, header := d.send(t, handshake(ingest.Subprotocol, "12")); header.Get("Content-Type") != "application/problem+json" ||
		header.Get("Sec-WebSocket-Version") != "13" {
		t.Errorf("a failed handshake is answered with %v", header)
	}
}

// TestSocketOfAPageElsewhere: which origins are trusted is checked before, for all sockets in one place.
func TestSocketOfAPageElsewhere(t *testing.T) {
	d := openDoors(t)
	d.person(t, "A", Noon)
	if conn, answer := d.dial(t, "?id=phone-A", http.Header{"Origin": {"https://trusted.example"}}); conn == nil {
		t.Errorf("a page of a trusted site: %v", answer)
	}
}

// TestSocketRefusesForGoodWhatWillNeverDo: only what may work later is to be sent again.
func TestSocketRefusesForGoodWhatWillNeverDo(t *testing.T) {
	d := openDoors(t)
	d.worker = 404 // signed in, but there is no such worker any longer
	conn, _ := d.dial(t, "", nil)
	write(t, conn, websocket.TextMessage, []byte(`{"seq":1,"fixes":[{"lon":116.3012,"lat":37.4521},{}]}`))
	refused := `{"outcome":"refused","code":"shift.no_worker"}`
	if _, b := read(t, conn); string(b) != `{"seq":1,"results":[`+refused+`,`+refused+`]}` {
		t.Errorf("%s", b)
	}
}

func TestSocketBinaryRefusesForGoodWhatWillNeverDo(t *testing.T) {
	d := openDoors(t)
	d.worker = 404
	conn, _ := d.dial(t, "?id=app-404", nil)
	write(t, conn, websocket.BinaryMessage, binaryMessage(1, fix24(Noon, 1163012000, 374521000, 0, 0, 50, 50, 0)))
	if _, b := read(t, conn); !cmp.Equal(b, []byte{2, 0, 0, 0, 1, 7}) {
		t.Errorf("%v", b)
	}
}

func TestSocketCloseCodes(t *testing.T) {
	d := openDoors(t)
	d.person(t, "A", Noon, "123456")
	for name, c := range map[string]struct {
		kind int
		b    []byte
		want int
	}{
		"no message at all":     {websocket.BinaryMessage, []byte{}, ingest.CloseMalformed},
		"of another kind":       {websocket.BinaryMessage, append([]byte{9, 0, 0, 0, 1}, make([]byte, 24)...), ingest.CloseMalformed},
		"cut off":               {websocket.BinaryMessage, binaryMessage(1, make([]byte, 23)), ingest.CloseMalformed},
		"without fixes":         {websocket.BinaryMessage, binaryMessage(1), ingest.CloseMalformed},
		"with too many":         {websocket.BinaryMessage, binaryMessage(1, make([]byte, 24*(ingest.MaxSocketFixes+1))), ingest.CloseMalformed},
		"no JSON":               {websocket.TextMessage, []byte("hello"), ingest.CloseMalformed},
		"text without fixes":    {websocket.TextMessage, []byte(`{"seq":1}`), ingest.CloseMalformed},
		"larger than a limit":   {websocket.TextMessage, make([]byte, ingest.MaxMessage+1), ingest.CloseTooBig},
		"a number out of range": {websocket.TextMessage, []byte(`{"seq":-1,"fixes":[{}]}`), ingest.CloseMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			conn, _ := d.dial(t, "?id=123456", nil)
			write(t, conn, c.kind, c.b)
			if got := closedWith(t, conn); got != c.want {
				t.Errorf("closed with %d, want %d", got, c.want)
			}
		})
	}
	conn, _ := d.dial(t, "?id=123456", nil)
	write(t, conn, websocket.BinaryMessage, binaryMessage(1, fix24(Noon, 1163012000, 374521000, 0, 0, 50, 50, 0)))
	if _, b := read(t, conn); len(b) != 6 {
		t.Errorf("%v", b)
	}
	d.ingest.Close()
	if got := closedWith(t, conn); got != ingest.CloseGoingAway {
		t.Errorf("closed with %d", got)
	}
	late, _ := d.dial(t, "?id=123456", nil)
	if got := closedWith(t, late); got != ingest.CloseGoingAway {
		t.Errorf("a connection after the end was closed with %d", got)
	}
}

func TestSocketOfTheFieldApp(t *testing.T) {
	d := openDoors(t)
	w := d.person(t, "A", Noon)
	d.worker = w.ID
	conn, _ := d.dial(t, "", nil)
	write(t, conn, websocket.TextMessage, []byte(`{"seq":1,"fixes":[{"lon":116.3012,"lat":37.4521}]}`))
	var answer struct {
		Results []struct{ Outcome string }
	}
	if _, b := read(t, conn); json.Unmarshal(b, &answer) != nil || answer.Results[0].Outcome != "stored" {
		t.Errorf("%s", b)
	}
}

package bench

import (
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// A library's WebSocket must understand what the hand-made one sends, and the other way round, pings included.
func TestSocketIsAWebSocket(t *testing.T) {
	received, pongs := make(chan string, 8), make(chan string, 8)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		up := websocket.Upgrader{Subprotocols: []string{deviceProtocol}}
		received <- r.URL.Query().Get("id")
		received <- r.Header.Get("Authorization")
		conn, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close() //nolint:errcheck // the test is over
		conn.SetPongHandler(func(text string) error {
			pongs <- text
			return nil
		})
		for outcome := byte(1); ; outcome++ {
			_, b, err := conn.ReadMessage()
			if err != nil {
				return
			}
			received <- hex.EncodeToString(b)
			_ = conn.WriteControl(websocket.PingMessage, []byte("hello"), time.Now().Add(time.Minute))
			_ = conn.WriteMessage(websocket.BinaryMessage, append(binary.BigEndian.AppendUint32([]byte{messageResults}, binary.BigEndian.Uint32(b[1:])), outcome))
		}
	}))
	defer server.Close()
	d := &device{uid: "wg1/phone"}
	w, err := dialSocket(strings.TrimPrefix(server.URL, "http://"), d.uid, credential{"gw", "secret"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	if err := w.send([]fix{{d, 1749995112862, 116300000, 37420000}}); err != nil {
		t.Fatal(err)
	}
	if err := w.send([]fix{{d, 1749995112863, 116300000, 37420000}}); err == nil || !strings.Contains(err.Error(), "outcome 2") {
		t.Errorf("a fix that was not stored gives %v", err)
	}
	want := "01" + "00000001" + "0000019773d6499e" + "4551f8c0" + "164dd6c0" + "0078" + "2328" + "003c" + "50" + "02"
	for i, want := range []string{"wg1/phone", "Bearer secret", want} {
		if got := <-received; got != want {
			t.Errorf("%d: got  %s\nwant %s", i, got, want)
		}
	}
	if got := <-pongs; got != "hello" {
		t.Errorf("the ping was answered with %q", got)
	}
}

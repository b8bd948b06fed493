package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// way is how fixes travel.
type way int

const (
	byRequest way = iota // one GET in the query format each
	byBatch              // many in one POST, through a gateway
	bySocket             // the device socket
)

// answerTimeout is how long an acknowledgement may take before the measurement is given up.
const answerTimeout = 60 * time.Second

// wire is one connection kept alive, which sends and waits for the answer, by turns. It builds requests in place and reads of an answer
// no more than it must: the generator shares the processors with what it measures.
type wire struct {
	conn    net.Conn
	in      *bufio.Reader
	out     []byte // the request
	body    []byte
	host    string
	gateway credential
}

// credential is what a device or a gateway signs in with.
type credential struct{ uid, secret string }

func dialWire(host string, gateway credential) (*wire, error) {
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn, in: bufio.NewReaderSize(conn, 4096), host: host, gateway: gateway}, nil
}

func (w *wire) close() { w.conn.Close() } //nolint:errcheck // nothing can be done about it

// request sends one fix in the query format and waits for the answer.
func (w *wire) request(f fix) error {
	b := append(w.out[:0], "GET /ingest/osmand?id="...)
	b = appendQuery(b, f.device.uid)
	b = strconv.AppendInt(append(b, "&timestamp="...), f.at, 10)
	b = appendDegrees(append(b, "&lat="...), f.lat)
	b = appendDegrees(append(b, "&lon="...), f.lon)
	b = append(b, "&speed=2.4&bearing=90&accuracy=6&batt=80 HTTP/1.1\r\nHost: "...)
	b = append(b, w.host...)
	w.out = append(b, "\r\n\r\n"...)
	_, err := w.exchange()
	return err
}

// appendQuery escapes what a device's id may have in it that a query cannot.
func appendQuery(b []byte, uid string) []byte {
	for i := range len(uid) {
		switch c := uid[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '_', c == '.':
			b = append(b, c)
		default:
			b = fmt.Appendf(b, "%%%02X", c)
		}
	}
	return b
}

// batch sends many fixes of several devices in one request, as a gateway does, and waits for the answer. Every one must have been stored.
func (w *wire) batch(fixes []fix) error {
	body := append(w.body[:0], `{"fixes":[`...)
	for i, f := range fixes {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendFix(body, f)
	}
	w.body = append(body, "]}"...)
	b := append(w.out[:0], "POST /api/v1/positions HTTP/1.1\r\nHost: "...)
	b = append(b, w.host...)
	b = append(b, "\r\nAuthorization: Bearer "...) // not Basic: then the whole gateway would be held to the rate of one device
	b = append(b, w.gateway.secret...)
	b = append(b, "\r\nContent-Type: application/json\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(w.body)), 10)
	b = append(b, "\r\n\r\n"...)
	w.out = append(b, w.body...)
	answer, err := w.exchange()
	if err == nil && bytes.Count(answer, []byte(`"stored"`)) != len(fixes) {
		err = fmt.Errorf("not every fix of a batch was stored: %s", clipped(answer))
	}
	return err
}

// appendFix writes a fix in the project's own format.
func appendFix(b []byte, f fix) []byte {
	b = append(append(append(b, `{"device":"`...), f.device.uid...), `","time":"`...)
	b = appendTime(b, f.at)
	b = appendDegrees(append(b, `","lon":`...), f.lon)
	b = appendDegrees(append(b, `,"lat":`...), f.lat)
	return append(b, `,"speed":1.2,"course":90,"accuracy":6,"battery":0.8}`...)
}

// exchange writes the request and reads the answer, which must be a 2xx. The body is valid until the next exchange.
func (w *wire) exchange() ([]byte, error) {
	if err := w.conn.SetDeadline(time.Now().Add(answerTimeout)); err != nil {
		return nil, err
	}
	if _, err := w.conn.Write(w.out); err != nil {
		return nil, err
	}
	status, err := w.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	if len(status) < len("HTTP/1.1 200") {
		return nil, fmt.Errorf("not an HTTP answer: %q", status)
	}
	code := string(status[9:12])
	body, err := w.readBody()
	if err == nil && code[0] != '2' {
		err = fmt.Errorf("the server answered %s: %s", code, clipped(body))
	}
	return body, err
}

var errNoLength = errors.New("an answer without Content-Length")

// readBody passes over the headers and reads as much as Content-Length says. Chunked answers don't occur for answers this small.
func (w *wire) readBody() ([]byte, error) {
	length := -1
	for {
		line, err := w.in.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		const name = "content-length:"
		if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(name):]))); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return nil, errNoLength
	}
	if cap(w.body) < length {
		w.body = make([]byte, length)
	}
	w.body = w.body[:length]
	_, err := io.ReadFull(w.in, w.body)
	return w.body, err
}

func clipped(b []byte) []byte { return b[:min(len(b), 200)] }

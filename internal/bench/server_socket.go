package bench

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"
)

// The device socket's binary messages (docs/protocol.md, "The device socket").
const (
	deviceProtocol = "wangge.device.v1"
	messageFixes   = 1
	messageResults = 2
	messageHeader  = 5
	fixSize        = 24
	outcomeStored  = 1
)

// WebSocket's frames (RFC 6455 §5): the first byte of a whole binary message, of a ping and of a pong, and the mask bit.
const (
	frameBinary = 0x82
	framePing   = 0x89
	framePong   = 0x8A
	frameClose  = 0x88
	frameMask   = 0x80
)

// socketWire is the WebSocket of one device. It is made by hand, like wire, and masks with zeroes, which the protocol allows: a general library
// would cost the generator more than the server spends.
type socketWire struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
	seq  uint32
}

// dialSocket opens the socket of a device with the gateway's credential, which opens every device.
func dialSocket(host, uid string, gateway credential) (*socketWire, error) {
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return nil, err
	}
	w := &socketWire{conn: conn, in: bufio.NewReaderSize(conn, 256)}
	request := append([]byte("GET /api/v1/device?id="), appendQuery(nil, uid)...)
	request = fmt.Appendf(request, " HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: %s\r\nAuthorization: Bearer %s\r\n\r\n", host, deviceProtocol, gateway.secret)
	if err := w.upgrade(request); err != nil {
		w.close()
		return nil, fmt.Errorf("opening the socket of %s: %w", uid, err)
	}
	return w, nil
}

func (w *socketWire) upgrade(request []byte) error {
	if err := w.conn.SetDeadline(time.Now().Add(answerTimeout)); err != nil {
		return err
	}
	if _, err := w.conn.Write(request); err != nil {
		return err
	}
	for first := true; ; first = false {
		line, err := w.in.ReadSlice('\n')
		switch {
		case err != nil:
			return err
		case first && !bytes.Contains(line, []byte(" 101 ")):
			return fmt.Errorf("the server answered %q", bytes.TrimSpace(line))
		case len(bytes.TrimSpace(line)) == 0:
			return nil
		}
	}
}

func (w *socketWire) close() { w.conn.Close() } //nolint:errcheck // nothing can be done about it

// send sends fixes of the socket's device in one message and waits for its answer. Every one must have been stored.
func (w *socketWire) send(fixes []fix) error {
	w.seq++
	length := messageHeader + len(fixes)*fixSize
	if length > 125 {
		return fmt.Errorf("%d fixes are too many for a short frame", len(fixes))
	}
	b := append(w.out[:0], frameBinary, frameMask|byte(length), 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint32(append(b, messageFixes), w.seq)
	for _, f := range fixes {
		b = binary.BigEndian.AppendUint64(b, uint64(f.at))
		b = binary.BigEndian.AppendUint32(b, uint32(f.lon*10))
		b = binary.BigEndian.AppendUint32(b, uint32(f.lat*10))
		b = append(b, 0, 120, 0x23, 0x28, 0, 60, 80, 2) // 1.2 m/s, 90°, 6 m, 80 %, not charging
	}
	w.out = b
	if err := w.conn.SetDeadline(time.Now().Add(answerTimeout)); err != nil {
		return err
	}
	if _, err := w.conn.Write(b); err != nil {
		return err
	}
	answer, err := w.receive()
	if err != nil {
		return err
	}
	if len(answer) != messageHeader+len(fixes) || answer[0] != messageResults || binary.BigEndian.Uint32(answer[1:]) != w.seq {
		return fmt.Errorf("%x is no answer to message %d", answer, w.seq)
	}
	for _, outcome := range answer[messageHeader:] {
		if outcome != outcomeStored {
			return fmt.Errorf("a fix was not stored: outcome %d", outcome)
		}
	}
	return nil
}

// receive gives the next binary message, and answers the pings before it. The bytes are valid until the next call.
func (w *socketWire) receive() ([]byte, error) {
	for {
		var head [2]byte
		if _, err := io.ReadFull(w.in, head[:]); err != nil {
			return nil, err
		}
		if head[1] > 125 {
			return nil, fmt.Errorf("a frame with the length byte %d", head[1])
		}
		w.out = append(w.out[:0], make([]byte, head[1])...)
		if _, err := io.ReadFull(w.in, w.out); err != nil {
			return nil, err
		}
		switch head[0] {
		case frameBinary:
			return w.out, nil
		case framePing:
			if _, err := w.conn.Write(append([]byte{framePong, frameMask | head[1], 0, 0, 0, 0}, w.out...)); err != nil {
				return nil, err
			}
		case frameClose:
			return nil, fmt.Errorf("the server closed the socket: %q", w.out)
		default:
			return nil, fmt.Errorf("an unexpected frame %x", head)
		}
	}
}

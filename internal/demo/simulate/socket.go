package simulate

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// The device socket's binary messages, as the field app speaks them (docs/protocol.md, "The device socket").
const (
	deviceProtocol = "wangge.device.v1"
	messageFixes   = 1
	messageResults = 2
	messageAway    = 3
	messageHeader  = 5
	fixSize        = 24
	socketMost     = 512 // fixes of a message

	outcomeUnknown = 6
	outcomeRefused = 7
)

// socketTimeout is how long a connection, a write or an answer may take.
const socketTimeout = 30 * time.Second

// socket is a phone's connection. It is used by one goroutine at a time: whoever empties the phone's pocket. Between two messages nobody reads
// it; the server's pings are answered when the next answer is read.
type socket struct {
	conn *websocket.Conn
	seq  uint32
}

// errAway is the server's word that it stored nothing of a message.
var errAway = errors.New("the server says that it is away")

// sendSocket brings as many of the reports as one message takes. A connection that turns out to be dead is opened again once.
func (c *carrier) sendSocket(ctx context.Context, index int, reports []Report) (n int, wait time.Duration, err error) {
	p, phone := &c.pockets[index], c.phones[index]
	reports = reports[:min(len(reports), socketMost)]
	for range 2 {
		fresh := p.socket == nil
		if fresh {
			final, err := c.connect(ctx, p, phone)
			if final != "" {
				c.refused(phone, final, nil)
				return len(reports), 0, nil
			}
			if err != nil {
				return 0, 0, err
			}
		}
		c.stats.messages.Add(1)
		if wait, err = c.converse(p.socket, phone, reports); err == nil {
			c.stats.acknowledged.Add(1)
			return len(reports), 0, nil
		}
		if errors.Is(err, errAway) {
			return 0, wait, err
		}
		p.socket.close()
		p.socket = nil
		if fresh {
			break
		}
	}
	return 0, 0, err
}

// connect opens the phone's connection. final says why the server will not have it at all.
func (c *carrier) connect(ctx context.Context, p *pocketed, phone Phone) (final string, err error) {
	dialer := websocket.Dialer{
		Subprotocols: []string{deviceProtocol}, HandshakeTimeout: socketTimeout, ReadBufferSize: 512, WriteBufferSize: 512,
		Proxy: http.ProxyFromEnvironment,
	}
	credential := base64.StdEncoding.EncodeToString([]byte(phone.UID + ":" + phone.Secret))
	conn, answer, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(c.server, "http")+"/api/v1/device",
		http.Header{"Authorization": {"Basic " + credential}})
	if err != nil {
		if answer != nil && answer.StatusCode >= 400 && answer.StatusCode < 500 && answer.StatusCode != http.StatusTooManyRequests {
			return answer.Status, err
		}
		return "", err
	}
	p.socket = &socket{conn: conn}
	return "", nil
}

func (k *socket) close() { k.conn.Close() } //nolint:errcheck // it is given up

// converse sends one message and waits for its answer. wait is how long the server asked to be left alone.
func (c *carrier) converse(k *socket, phone Phone, reports []Report) (wait time.Duration, err error) {
	k.seq++
	deadline := time.Now().Add(socketTimeout)
	if err := errors.Join(k.conn.SetWriteDeadline(deadline), k.conn.SetReadDeadline(deadline)); err != nil {
		return 0, err
	}
	if err := k.conn.WriteMessage(websocket.BinaryMessage, socketMessage(k.seq, reports)); err != nil {
		return 0, err
	}
	_, b, err := k.conn.ReadMessage()
	if err != nil {
		return 0, err
	}
	if len(b) < messageHeader || binary.BigEndian.Uint32(b[1:]) != k.seq {
		return 0, fmt.Errorf("%x answers no message of this phone", b[:min(len(b), 16)])
	}
	switch body := b[messageHeader:]; {
	case b[0] == messageAway && len(body) == 2:
		return time.Duration(binary.BigEndian.Uint16(body)) * time.Second, errAway
	case b[0] == messageResults && len(body) == len(reports):
		for _, outcome := range body {
			if outcome == outcomeUnknown || outcome == outcomeRefused {
				c.refused(phone, fmt.Sprintf("outcome %d", outcome), nil)
			}
		}
		return 0, nil
	default:
		return 0, fmt.Errorf("%x is no answer to %d fixes", b[:min(len(b), 16)], len(reports))
	}
}

// socketMessage is a binary message of fixes.
func socketMessage(seq uint32, reports []Report) []byte {
	b := make([]byte, 0, messageHeader+len(reports)*fixSize)
	b = binary.BigEndian.AppendUint32(append(b, messageFixes), seq)
	for _, r := range reports {
		b = binary.BigEndian.AppendUint64(b, uint64(r.Time.UnixMilli()))
		if r.Kind == Beat {
			b = binary.BigEndian.AppendUint64(b, 1<<63|1<<31) // both coordinates −2³¹: no place
			b = append(b, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF)
		} else {
			b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(r.At[0]*1e7))))
			b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(r.At[1]*1e7))))
			b = binary.BigEndian.AppendUint16(b, uint16(math.Round(r.Speed*100)))
			b = binary.BigEndian.AppendUint16(b, uint16(math.Round(r.Course*100)))
			b = binary.BigEndian.AppendUint16(b, uint16(math.Round(r.Accuracy*10)))
		}
		b = append(b, byte(whole(r.Battery*100)), power(r))
	}
	return b
}

// power is the last byte of a fix: bit 0 charging, bit 1 not charging.
func power(r Report) byte {
	if r.Charging {
		return 1
	}
	return 2
}

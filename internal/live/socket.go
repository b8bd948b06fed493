package live

import (
	"net"
	"syscall"
)

// socket writes to one connection, either without blocking from the goroutine that serves many clients, or waiting in the client's own.
// One goroutine at a time.
type socket interface {
	// try writes as much as is taken at once and tells how much that was. It must not be called when closing the connection has begun.
	try(b []byte) (int, error)
	// wait writes all of b.
	wait(b []byte) error
}

// newSocket picks the way to write: directly where the connection is the system's own socket; through the connection where it is not (TLS)
// or the system has no such call.
func newSocket(conn net.Conn) socket {
	if s, ok := conn.(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil {
			if direct, ok := newDirect(raw); ok {
				return direct
			}
		}
	}
	return waiting{conn}
}

// waiting is a connection that can only be written to by waiting: everything goes to the client's own goroutine.
type waiting struct{ conn net.Conn }

func (w waiting) try([]byte) (int, error) { return 0, nil }

func (w waiting) wait(b []byte) error {
	_, err := w.conn.Write(b)
	return err
}

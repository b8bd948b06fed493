//go:build unix

package live

import (
	"errors"
	"io"
	"syscall"
)

// direct writes to the descriptor itself. Its owner (client) never calls try once it has begun to close the connection, so the descriptor
// cannot have become another's; trying past the runtime's own bookkeeping saves a twentieth of all the server does.
type direct struct {
	fd      uintptr
	rest    []byte
	err     error
	raw     syscall.RawConn
	through func(fd uintptr) bool // made once, so that waiting allocates nothing
}

// newDirect tells in ok whether there is a descriptor to write to.
func newDirect(raw syscall.RawConn) (_ socket, ok bool) {
	d := &direct{raw: raw}
	d.through = func(uintptr) bool { return d.write() }
	err := raw.Control(func(fd uintptr) { d.fd = fd })
	return d, err == nil
}

func (d *direct) try(b []byte) (int, error) {
	d.rest, d.err = b, nil
	d.write()
	n := len(b) - len(d.rest)
	d.rest = nil
	return n, d.err
}

func (d *direct) wait(b []byte) error {
	d.rest, d.err = b, nil
	if err := d.raw.Write(d.through); err != nil {
		return err
	}
	d.rest = nil
	return d.err
}

// write writes until everything is taken (true), the socket is full (false), or it fails (true, with d.err).
func (d *direct) write() bool {
	for len(d.rest) > 0 {
		n, err := writeNow(d.fd, d.rest)
		switch {
		case n > 0:
			d.rest = d.rest[n:]
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return false
		case err == nil:
			err = io.ErrUnexpectedEOF
			fallthrough
		default:
			d.err = err
			return true
		}
	}
	return true
}

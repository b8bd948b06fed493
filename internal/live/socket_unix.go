//go:build unix

package live

import (
	"errors"
	"io"
	"syscall"
)

// direct writes to the descriptor itself. The closures are made once, so that a write allocates nothing.
type direct struct {
	raw     syscall.RawConn
	rest    []byte
	err     error
	once    func(fd uintptr) bool
	through func(fd uintptr) bool
}

func newDirect(raw syscall.RawConn) socket {
	d := &direct{raw: raw}
	d.once = func(fd uintptr) bool { d.write(fd); return true }
	d.through = func(fd uintptr) bool { return d.write(fd) }
	return d
}

func (d *direct) try(b []byte) (int, error) {
	d.rest, d.err = b, nil
	if err := d.raw.Write(d.once); err != nil {
		return 0, err
	}
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
func (d *direct) write(fd uintptr) bool {
	for len(d.rest) > 0 {
		n, err := writeNow(fd, d.rest)
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

package bench

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"wangge/internal/live"
)

// floor is a plain TCP server with as many connections, which writes every frame of the hub half a tick after it. Both run at the same time,
// so that whatever else the machine does falls on both.
type floor struct {
	child      *child
	spectators []*spectator
	reading    sync.WaitGroup
	feed       net.Conn
	echoing    sync.WaitGroup
	echo       chan []byte
	err        error // of echoing
}

// openFloor starts the server and connects its viewers; from then on it gets every frame that the ledger books.
func (o FanoutOptions) openFloor(ctx context.Context, l *ledger) (f *floor, err error) {
	f = &floor{echo: make(chan []byte, 1024)}
	if f.child, err = startChild(ctx, o.Command, RoleRaw); err != nil {
		return nil, err
	}
	f.echoing.Go(f.repeat)
	for range o.Viewers {
		s := &spectator{ledger: l}
		if err := s.open(f.child.Viewers); err != nil {
			return f, err
		}
		f.spectators = append(f.spectators, s)
		f.reading.Go(s.read)
	}
	if f.feed, err = net.Dial("tcp", f.child.Feed); err != nil {
		return f, err
	}
	l.mu.Lock()
	l.echo = f.echo
	l.mu.Unlock()
	return f, nil
}

// repeat sends each frame half a tick after it came.
func (f *floor) repeat() {
	for frame := range f.echo {
		time.Sleep(live.Tick / 2)
		if f.err == nil {
			f.err = writeBlock(f.feed, frame)
		}
	}
}

// positions is how many were delivered, in frames made in the ledger's window. Call it after close.
func (f *floor) positions() (n int64) {
	for _, s := range f.spectators {
		n += s.count.positions
	}
	return n
}

// close ends the server after the hub's viewers have gone.
func (f *floor) close() error {
	close(f.echo)
	f.echoing.Wait()
	time.Sleep(live.Tick)
	for _, s := range f.spectators {
		s.conn.Close() //nolint:errcheck // it has been read from to the end
	}
	f.reading.Wait()
	err := []error{f.err}
	for _, s := range f.spectators {
		err = append(err, s.err)
	}
	f.child.stop()
	return errors.Join(err...)
}

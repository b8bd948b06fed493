package httpapi

import (
	"context"
	"sync"
	"time"

	"wangge/internal/identity"
)

// watchEvery is how soon the streams of a session that was ended are closed: signing out, a new role and disabling must not wait for a
// page to be reloaded.
const watchEvery = 3 * time.Second

// watch knows the connections that stay open on behalf of a session.
type watch struct {
	identity *identity.Service
	mu       sync.Mutex
	open     map[[32]byte]map[*context.CancelCauseFunc]struct{}
}

func newWatch(s *identity.Service) *watch {
	return &watch{identity: s, open: map[[32]byte]map[*context.CancelCauseFunc]struct{}{}}
}

// hold returns a context that ends when the session does. Call release when the connection is over.
func (w *watch) hold(ctx context.Context, key [32]byte) (held context.Context, release func()) {
	held, cancel := context.WithCancelCause(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open[key] == nil {
		w.open[key] = map[*context.CancelCauseFunc]struct{}{}
	}
	w.open[key][&cancel] = struct{}{}
	return held, func() {
		cancel(context.Canceled)
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.open[key], &cancel)
		if len(w.open[key]) == 0 {
			delete(w.open, key)
		}
	}
}

// ErrSessionEnded is the cause (context.Cause) with which a stream's context ends when its session is over.
var ErrSessionEnded = sessionEnded{}

type sessionEnded struct{}

func (sessionEnded) Error() string { return "the session is over" }

// look closes the connections of sessions that are over. When the database cannot say, they stay.
func (w *watch) look(ctx context.Context) error {
	w.mu.Lock()
	keys := make([][32]byte, 0, len(w.open))
	for key := range w.open {
		keys = append(keys, key)
	}
	w.mu.Unlock()
	if len(keys) == 0 {
		return nil
	}
	live, err := w.identity.LiveSessions(ctx, keys)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, key := range keys {
		if live[key] {
			continue
		}
		for cancel := range w.open[key] {
			(*cancel)(ErrSessionEnded)
		}
	}
	return nil
}

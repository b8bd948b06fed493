package tracking

import (
	"context"
	"sync"
	"time"

	"wangge/internal/fault"
)

// MaxUnclaimed is how many unclaimed ids are kept, in memory between two flushes and in storage.
const MaxUnclaimed = 1000

// Unclaimed gathers ids that sent something and are nobody's, and writes them now and then, so that a flood of invented ids costs one
// statement per flush and at most MaxUnclaimed rows.
type Unclaimed struct {
	store Store
	mu    sync.Mutex
	tries map[string]*UnclaimedDevice // since the last flush
}

// NewUnclaimed makes an empty list.
func NewUnclaimed(store Store) *Unclaimed {
	return &Unclaimed{store: store, tries: map[string]*UnclaimedDevice{}}
}

// note adds a try. When the list is full until the next flush, new ids are not noted.
func (u *Unclaimed) note(uid, protocol, address string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	try, ok := u.tries[uid]
	if !ok {
		if len(u.tries) >= MaxUnclaimed {
			return
		}
		try = &UnclaimedDevice{UID: uid, FirstSeen: now}
		u.tries[uid] = try
	}
	try.Protocol, try.Address, try.LastSeen = protocol, address, now
	try.Tries++
}

// Flush writes what was noted since the last one. What cannot be written is tried again at the next flush. RunHousekeeping calls it.
func (u *Unclaimed) Flush(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "tracking.Unclaimed.Flush")
	u.mu.Lock()
	noted := u.tries
	u.tries = map[string]*UnclaimedDevice{}
	u.mu.Unlock()
	if len(noted) == 0 {
		return nil
	}
	tries := make([]UnclaimedDevice, 0, len(noted))
	for _, try := range noted {
		tries = append(tries, *try)
	}
	if err := u.store.NoteUnclaimed(ctx, tries, MaxUnclaimed); err != nil {
		u.putBack(noted)
		return err
	}
	return nil
}

func (u *Unclaimed) putBack(noted map[string]*UnclaimedDevice) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for uid, try := range noted {
		newer, ok := u.tries[uid]
		switch {
		case ok:
			newer.FirstSeen = try.FirstSeen
			newer.Tries += try.Tries
		case len(u.tries) < MaxUnclaimed:
			u.tries[uid] = try
		}
	}
}

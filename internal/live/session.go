package live

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"wangge/internal/fault"
	"wangge/internal/identity"
)

// suspect has the sessions of an account looked at soon; an id that cannot be read means all accounts.
func (h *Hub) suspect(accountID string) {
	id, err := strconv.ParseInt(accountID, 10, 64)
	if err != nil {
		id = 0
	}
	select {
	case h.suspicious <- id:
	default: // so many changes at once wait for the regular look
	}
}

// revalidate looks at every session again, all of them every RevalidateAll, those of changed accounts at once. The looks of one round are
// spread over their time, so that many viewers are no burst for the database.
func (h *Hub) revalidate(ctx context.Context) {
	if h.opts.Valid == nil {
		return
	}
	ticker := time.NewTicker(RevalidateAll / revalidateSlices)
	defer ticker.Stop()
	for slice := uint64(0); ; {
		select {
		case <-ctx.Done():
			return
		case id := <-h.suspicious:
			h.look(ctx, func(c *client) bool { return id == 0 || c.principal.AccountID == id })
		case <-ticker.C:
			slice = (slice + 1) % revalidateSlices
			h.look(ctx, func(c *client) bool { return c.number%revalidateSlices == slice })
		}
	}
}

// revalidateSlices is how many portions a round of looks is cut into.
const revalidateSlices = 20

// look asks for each of the chosen clients who its session belongs to now.
func (h *Hub) look(ctx context.Context, chosen func(*client) bool) {
	for _, c := range h.everyone() {
		if !chosen(c) {
			continue
		}
		p, err := h.opts.Valid(ctx, c.session, c.principal)
		switch {
		case fault.Is(err, fault.Unauthenticated):
			c.bye(CloseSignedOut, "the session has ended")
		case errors.Is(err, context.Canceled):
			return
		case err != nil:
			h.opts.Logger.Warn("a session could not be looked at", "account", c.principal.Name, "err", err)
		case changed(c.principal, p):
			c.bye(CloseChanged, "the account's rights or scope have changed")
		}
	}
}

// changed tells whether the account may see something else than when it connected.
func changed(was, is identity.Principal) bool {
	return was.AccountID != is.AccountID || was.Role != is.Role || was.Scope != is.Scope || was.WorkerID != is.WorkerID
}

// tellStatus tells every client when positions or events have begun to be, or are no longer, behind.
func (h *Hub) tellStatus() {
	reasons := h.reasons()
	if slices.Equal(reasons, h.degraded) {
		return
	}
	h.degraded = reasons
	m := statusOf(reasons)
	for _, c := range h.everyone() {
		c.mu.Lock()
		c.push(m)
		c.mu.Unlock()
	}
}

// reasons lists what is behind: "broker" for other nodes' positions, "storage" for events.
func (h *Hub) reasons() []string {
	reasons := []string{}
	if degraded, _ := h.opts.Broker.Degraded(); degraded {
		reasons = append(reasons, "broker")
	}
	if h.tail.degraded() {
		reasons = append(reasons, "storage")
	}
	return reasons
}

func statusOf(reasons []string) []byte {
	return message(opText, mustJSON(statusMessage{T: "status", Degraded: len(reasons) > 0, Reasons: reasons}))
}

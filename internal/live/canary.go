package live

import "time"

// tellCanary passes a canary that came with this tick on to those who asked for canaries and keep up. It is queued like an event and goes
// out in the same write as the tick's positions, so that it takes as long as they do.
func (h *Hub) tellCanary(now time.Time) {
	if h.drained.Canary == 0 {
		return
	}
	m := message(opText, mustJSON(canaryMessage{T: "canary", Made: h.drained.Canary, Now: now.UnixMilli()}))
	for _, c := range h.everyone() {
		c.mu.Lock()
		if c.want.canary && !c.want.hidden && !c.flushing && !c.ending && !c.over {
			c.push(m)
		}
		c.mu.Unlock()
	}
}

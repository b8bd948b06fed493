package live

import (
	"testing"
	"time"
)

// TestCanariesAreForThoseWhoAsk: the way through table and hub to a socket, and nowhere else.
func TestCanariesAreForThoseWhoAsk(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	asking, other := s.dial("operator"), s.dial("operator")
	asking.say(`{"op":"canary","on":true}`)
	other.say(`{"op":"view","zoom":9}`)
	made := time.Now().UnixMilli()
	asking.await("a canary", func() bool {
		made++
		s.table.Sing(made)
		return len(asking.said("canary")) > 0
	})
	asking.say(`{"op":"ping","id":1}`)
	asking.await("what was on its way", func() bool { return len(asking.said("pong")) > 0 })
	asking.mu.Lock()
	first := asking.said("canary")[0]
	if at := int64(first["made"].(float64)); at > made || first["now"].(float64) == 0 {
		t.Errorf("the canary says %v, the newest was made at %d", first, made)
	}
	asking.mu.Unlock()
	other.mu.Lock()
	defer other.mu.Unlock()
	if got := other.said("canary"); len(got) > 0 {
		t.Errorf("who did not ask is told %v", got)
	}
	if other.known[0] != "" || len(other.holding.Sections) > 0 {
		t.Error("the canary is on the map")
	}
}

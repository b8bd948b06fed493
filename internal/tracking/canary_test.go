package tracking

import "testing"

// TestTheCanaryIsNobody: it comes out once, and the map has nobody more.
func TestTheCanaryIsNobody(t *testing.T) {
	table := NewTable()
	var c Changes
	table.Sing(41)
	table.Sing(40)
	table.Drain(&c)
	if c.Canary != 41 || len(c.Moved) != 0 || table.Len() != 0 {
		t.Errorf("drained %+v of %d", c, table.Len())
	}
	table.Drain(&c)
	if c.Canary != 0 {
		t.Errorf("the canary of %d came again", c.Canary)
	}
}

package live

import (
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"wangge/internal/event"
)

// TestEventLagCountsFromWriting: a phone tells two hours later that its worker left a grid; that is no lag of the stream.
func TestEventLagCountsFromWriting(t *testing.T) {
	m := newMetrics()
	now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	m.eventLag(now, []entry{
		{event: event.Event{Kind: event.WorkerLeft, At: now.Add(-2 * time.Hour), Written: now.Add(-40 * time.Millisecond)}},
		{event: event.Event{Kind: event.IncidentMoved, At: now.Add(-time.Second), Written: now.Add(-time.Second)}},
		{event: event.Event{Kind: event.IncidentMoved, At: now, Written: now.Add(time.Second)}}, // the database's clock is ahead
	})
	var got dto.Metric
	if err := m.lag.Write(&got); err != nil {
		t.Fatal(err)
	}
	if h := got.GetHistogram(); h.GetSampleCount() != 3 || h.GetSampleSum() != 1.04 {
		t.Errorf("%d events lag %v s in all, want 3 and 1.04", h.GetSampleCount(), h.GetSampleSum())
	}
}

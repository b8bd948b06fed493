package tracking

import (
	"context"
	"log/slog"
	"time"

	"wangge/internal/fault"
)

// DefaultRetention is how long history is kept.
const DefaultRetention = 90 * 24 * time.Hour

// partitionsAhead is how far ahead partitions are made, so that a node that cannot make them for a day loses nothing by it.
const partitionsAhead = 3 * 24 * time.Hour

// How often things are written that need no hurry.
const (
	unclaimedEvery = 5 * time.Second
	seenEvery      = time.Minute
	historyEvery   = time.Hour
)

// Housekeeping is what tracking does beside taking fixes. Every node runs it; each part of it may be done by several at once.
type Housekeeping struct {
	Store      Store
	Devices    *Devices
	Unclaimed  *Unclaimed
	Retention  time.Duration // DefaultRetention when zero; district days are dropped whole
	LateWindow time.Duration // DefaultLateWindow when zero
	Now        func() time.Time
	Log        *slog.Logger
}

// Prepare makes the partitions of history that are needed now. Call it at the start, before fixes are taken.
func (h *Housekeeping) Prepare(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "tracking.Prepare")
	window := h.LateWindow
	if window <= 0 {
		window = DefaultLateWindow
	}
	now := h.Now()
	return h.Store.EnsurePartitions(ctx, now.Add(-window), now.Add(partitionsAhead))
}

// Clean drops the history that is older than the retention and tells how many days that were.
func (h *Housekeeping) Clean(ctx context.Context) (days int, err error) {
	defer fault.Wrap(&err, "tracking.Clean")
	retention := h.Retention
	if retention <= 0 {
		retention = DefaultRetention
	}
	return h.Store.DropPositionsBefore(ctx, h.Now().Add(-retention))
}

// Run does everything when it is due until the context ends, and flushes once more then. What fails is tried again when it is next due.
func (h *Housekeeping) Run(ctx context.Context) {
	unclaimed, seen, history := time.NewTicker(unclaimedEvery), time.NewTicker(seenEvery), time.NewTicker(historyEvery)
	defer unclaimed.Stop()
	defer seen.Stop()
	defer history.Stop()
	for {
		select {
		case <-ctx.Done():
			h.last(ctx)
			return
		case <-unclaimed.C:
			h.warn("the list of unclaimed devices", h.Unclaimed.Flush(ctx))
		case <-seen.C:
			h.warn("when devices were last seen", h.Devices.FlushSeen(ctx))
		case <-history.C:
			h.tidy(ctx)
		}
	}
}

// tidy makes the partitions to come and drops those gone by.
func (h *Housekeeping) tidy(ctx context.Context) {
	h.warn("partitions of history", h.Prepare(ctx))
	days, err := h.Clean(ctx)
	h.warn("old history", err)
	if days > 0 {
		h.Log.Info("old history was dropped", "days", days)
	}
}

// last writes what is still in memory when the program ends.
func (h *Housekeeping) last(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	h.warn("the list of unclaimed devices", h.Unclaimed.Flush(ctx))
	h.warn("when devices were last seen", h.Devices.FlushSeen(ctx))
}

func (h *Housekeeping) warn(what string, err error) {
	if err != nil {
		h.Log.Warn("could not be written; the next round will", "what", what, "error", err)
	}
}

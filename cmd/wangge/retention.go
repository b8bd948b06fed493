package main

import (
	"context"
	"log/slog"
	"time"
)

// forgetEvery is how often old events are looked for. Several nodes may do it at once.
const forgetEvery = time.Hour

// forgetEvents drops old events until the context ends. Positions, sessions and answers to repeated requests have keepers of their own.
func (n *node) forgetEvents(ctx context.Context) {
	ticker := time.NewTicker(forgetEvery)
	defer ticker.Stop()
	keep := time.Duration(n.config.KeepEvents) * 24 * time.Hour
	for {
		dropped, err := n.db.DropEventsBefore(ctx, time.Now().Add(-keep))
		switch {
		case err != nil && ctx.Err() == nil:
			slog.Warn("old events could not be dropped; the next round will", "error", err)
		case dropped > 0:
			slog.Info("old events were dropped", "rows", dropped)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

package httpapi

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"wangge/internal/httpapi/api"
)

// probePatience is how long a probe waits for the database.
const probePatience = 2 * time.Second

// readiness remembers that the schema was right: it only ever goes forward.
type readiness struct{ schema atomic.Pointer[[2]int64] }

// GetHealth handles GET /healthz.
func (h *handlers) GetHealth(c echo.Context) error {
	return c.JSON(http.StatusOK, api.Health{Status: "ok"})
}

// GetReadiness handles GET /readyz. A degraded broker is told but doesn't keep requests away: this node can still serve them.
func (h *handlers) GetReadiness(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), probePatience)
	defer cancel()
	view := api.Readiness{Status: "not_ready", Database: "away", Broker: h.Broker()}
	status := http.StatusServiceUnavailable
	if err := h.Storage.Ping(ctx); err == nil {
		view.Database = "ok"
		if view.Schema.Have, view.Schema.Want, err = h.schema(ctx); err == nil && view.Schema.Have >= view.Schema.Want {
			view.Status, status = "ready", http.StatusOK
		}
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(status, view)
}

func (h *handlers) schema(ctx context.Context) (have, want int64, err error) {
	if seen := h.ready.schema.Load(); seen != nil {
		return seen[0], seen[1], nil
	}
	have, want, err = h.Storage.SchemaVersions(ctx)
	if err == nil && have >= want {
		h.ready.schema.Store(&[2]int64{have, want})
	}
	return have, want, err
}

package httpapi

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
)

// OpenLive handles GET /api/v1/live. The hub itself looks whether the session goes on.
func (h *handlers) OpenLive(c echo.Context) error {
	return h.Live(c.Response(), c.Request(), principal(c))
}

// OpenDevice handles GET /api/v1/device. A stream opened with a session ends when the session does.
func (h *handlers) OpenDevice(c echo.Context) error {
	ctx := c.Request().Context()
	if _, ok := identity.PrincipalFrom(ctx); ok {
		held, release := h.watch.hold(ctx, sessionOf(ctx).session.Key)
		defer release()
		ctx = held
	}
	h.Ingest.Socket(c.Response(), c.Request().WithContext(ctx))
	return nil
}

// onlyReporters forgets who is signed in unless it is somebody who may report positions: then the device's own credential decides.
func onlyReporters(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		if p, ok := identity.PrincipalFrom(ctx); ok && !p.May(identity.PositionReport) {
			c.SetRequest(c.Request().WithContext(withoutPrincipal{ctx}))
		}
		return next(c)
	}
}

// withoutPrincipal is a context in which nobody is signed in.
type withoutPrincipal struct{ context.Context }

// Value hides what makes a principal.
func (w withoutPrincipal) Value(key any) any {
	v := w.Context.Value(key)
	if _, ok := v.(identity.Principal); ok {
		return nil
	}
	return v
}

// PostPositions handles POST /api/v1/positions.
func (h *handlers) PostPositions(c echo.Context) error { return pass(c, h.Ingest.Positions) }

// IngestOsmandQuery handles GET /ingest/osmand.
func (h *handlers) IngestOsmandQuery(c echo.Context, _ api.IngestOsmandQueryParams) error {
	return pass(c, h.Ingest.Osmand)
}

// IngestOsmand handles POST /ingest/osmand.
func (h *handlers) IngestOsmand(c echo.Context) error { return pass(c, h.Ingest.Osmand) }

// IngestOwnTracks handles POST /ingest/owntracks.
func (h *handlers) IngestOwnTracks(c echo.Context) error { return pass(c, h.Ingest.OwnTracks) }

// IngestOwnTracksPub handles POST /ingest/owntracks/pub.
func (h *handlers) IngestOwnTracksPub(c echo.Context) error { return pass(c, h.Ingest.OwnTracks) }

// IngestTraccar handles POST /ingest/traccar.
func (h *handlers) IngestTraccar(c echo.Context) error { return pass(c, h.Ingest.Traccar) }

func pass(c echo.Context, to http.HandlerFunc) error {
	to(c.Response(), c.Request())
	return nil
}

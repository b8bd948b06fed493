package httpapi

import (
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
)

// public marks a route that asks for no right.
const public identity.Right = ""

// door says how a route's requests are let in.
type door int

const (
	reads   door = iota // answers, changes nothing
	changes             // changes something: same origin only, may have an idempotency key
	bulk                // changes, with a large body
	sheets              // changes, with a table as its body, and may work longer
	exports             // answers with a whole table, and may work longer
	signs               // signs in: changes, but nobody is asked for
	tile                // answers, compressed already
	serves              // for those who run it: no session
	devices             // a device's request, with its own credentials
	reports             // a device's request, or a worker's who is signed in
	sockets             // a WebSocket of a page
	streams             // a WebSocket of a device or of a worker who is signed in
)

// route is one address.
type route struct {
	method string
	path   string
	right  identity.Right
	door   door
	handle echo.HandlerFunc
}

// routes lists every address with the right that it asks for. What isn't here doesn't exist.
func (h *handlers) routes() []route {
	w := api.ServerInterfaceWrapper{Handler: h}
	const get, post, patch, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
	return []route{
		{post, "/api/v1/session", public, signs, w.SignIn},
		{get, "/api/v1/session", identity.SessionOwn, reads, w.GetSession},
		{del, "/api/v1/session", identity.SessionOwn, changes, w.SignOut},

		{get, "/api/v1/areas", identity.AreaRead, reads, w.ListAreas},
		{get, "/api/v1/areas/:code", identity.AreaRead, reads, w.GetArea},
		{get, "/api/v1/areas.geojson", identity.AreaRead, reads, w.GetAreasGeoJSON},
		{get, "/api/v1/locate", identity.AreaRead, reads, w.Locate},
		{post, "/api/v1/survey", identity.AreaRead, reads, w.Survey},
		{get, "/api/v1/buildings", identity.AreaRead, reads, w.ListBuildings},
		{get, "/api/v1/facilities", identity.AreaRead, reads, w.ListFacilities},
		{get, "/api/v1/areas/:code/brief", identity.AreaRead, reads, w.GetAreaBrief},
		{get, "/api/v1/buildings/:id", identity.AreaRead, reads, w.GetBuilding},
		{get, "/api/v1/facilities/:id", identity.AreaRead, reads, w.GetFacility},
		{get, "/api/v1/search", identity.AreaRead, reads, w.Search},
		{get, "/api/v1/tiles/:z/:x/:y", identity.AreaRead, tile, w.GetTile},
		{get, "/api/v1/basemaps", identity.AreaRead, reads, w.ListBasemaps},
		{get, "/api/v1/basemaps/:file", identity.AreaRead, tile, w.GetBasemapFile},

		{get, "/api/v1/workers", identity.WorkerRead, reads, w.ListWorkers},
		{post, "/api/v1/workers", identity.WorkerManage, bulk, w.SaveWorkers},
		{get, "/api/v1/workers/nearest", identity.PositionRead, reads, w.ListNearestWorkers},
		{post, "/api/v1/workers/:id/phone", identity.WorkerContact, changes, w.RevealPhone},
		{get, "/api/v1/workers/:id/messages", identity.MessageSend, reads, w.ListMessages},
		{post, "/api/v1/workers/:id/messages", identity.MessageSend, changes, w.SendMessage},
		{get, "/api/v1/me/messages", identity.MessageOwn, reads, w.ListMyMessages},
		{post, "/api/v1/me/messages/:id/receipt", identity.MessageOwn, changes, w.ConfirmMessage},
		{get, "/api/v1/workers/import", identity.WorkerManage, reads, w.GetWorkersTemplate},
		{post, "/api/v1/workers/import", identity.WorkerManage, sheets, w.ImportWorkers},
		{get, "/api/v1/workers/:id", identity.WorkerRead, reads, w.GetWorker},
		{get, "/api/v1/workers/:id/track", identity.TrackRead, reads, w.GetTrack},
		{get, "/api/v1/shifts", identity.WorkerRead, reads, w.ListShifts},
		{post, "/api/v1/shifts", identity.ShiftManage, bulk, w.AddShifts},
		{patch, "/api/v1/shifts/:id", identity.ShiftManage, changes, w.CorrectShift},
		{get, "/api/v1/shifts/import", identity.ShiftManage, reads, w.GetShiftsTemplate},
		{post, "/api/v1/shifts/import", identity.ShiftManage, sheets, w.ImportShifts},
		{post, "/api/v1/shifts/:id/end", identity.ShiftManage, changes, w.EndShift},
		{post, "/api/v1/me/shift", identity.ShiftOwn, changes, w.BeginMyShift},
		{del, "/api/v1/me/shift", identity.ShiftOwn, changes, w.EndMyShift},

		{get, "/api/v1/devices", identity.DeviceManage, reads, w.ListDevices},
		{post, "/api/v1/devices", identity.DeviceManage, bulk, w.SaveDevices},
		{get, "/api/v1/devices/import", identity.DeviceManage, reads, w.GetDevicesTemplate},
		{post, "/api/v1/devices/import", identity.DeviceManage, sheets, w.ImportDevices},
		{get, "/api/v1/devices/unclaimed", identity.DeviceManage, reads, w.ListUnclaimedDevices},
		{post, "/api/v1/devices/claim", identity.DeviceManage, changes, w.ClaimDevice},

		{get, "/api/v1/classes", identity.IncidentRead, reads, w.ListClasses},
		{get, "/api/v1/incidents", identity.IncidentRead, reads, w.ListIncidents},
		{post, "/api/v1/incidents", identity.IncidentReport, changes, w.ReportIncident},
		{get, "/api/v1/incidents/:id", identity.IncidentRead, reads, w.GetIncident},
		{post, "/api/v1/incidents/:id/moves", identity.IncidentMove, changes, w.MoveIncident},

		{get, "/api/v1/live", identity.LiveConnect, sockets, w.OpenLive},

		{post, "/api/v1/positions", public, reports, w.PostPositions},
		{get, "/api/v1/device", public, streams, w.OpenDevice},
		{get, "/ingest/osmand", public, devices, w.IngestOsmandQuery},
		{post, "/ingest/osmand", public, devices, w.IngestOsmand},
		{post, "/ingest/owntracks", public, devices, w.IngestOwnTracks},
		{post, "/ingest/owntracks/pub", public, devices, w.IngestOwnTracksPub},
		{post, "/ingest/traccar", public, devices, w.IngestTraccar},

		{get, "/api/v1/accounts", identity.AccountManage, reads, w.ListAccounts},
		{post, "/api/v1/accounts", identity.AccountManage, changes, w.CreateAccount},
		{patch, "/api/v1/accounts/:id", identity.AccountManage, changes, w.ChangeAccount},
		{get, "/api/v1/accounts/import", identity.AccountManage, reads, w.GetAccountsTemplate},
		{post, "/api/v1/accounts/import", identity.AccountManage, sheets, w.ImportAccounts},
		{post, "/api/v1/accounts/:id/password", identity.AccountManage, changes, w.ResetPassword},
		{get, "/api/v1/accounts/:id/sessions", identity.AccountManage, reads, w.ListSessions},
		{del, "/api/v1/accounts/:id/sessions", identity.AccountManage, changes, w.EndSessions},
		{post, "/api/v1/me/password", identity.SessionOwn, changes, w.ChangeMyPassword},
		{get, "/api/v1/audit", identity.AuditRead, reads, w.ListAudit},
		{get, "/api/v1/audit.csv", identity.AuditRead, exports, w.ExportAudit},

		{get, "/healthz", public, serves, w.GetHealth},
		{get, "/readyz", public, serves, w.GetReadiness},
		{get, "/metrics", public, serves, w.GetMetrics},
		{get, "/api/v1/openapi.yaml", public, serves, w.GetOpenAPI},
		{get, "/api/v1/docs", public, serves, w.GetDocs},
	}
}

// Limits of requests.
const (
	smallBody  = 64 << 10
	bulkBody   = 4 << 20
	deviceBody = 1 << 20 // an ingest handler may allow less
	patience   = 30 * time.Second
	tableTime  = 75 * time.Second // below the server's own limit for writing an answer
)

// mount opens the routes. A route that the document doesn't describe, or describes with another right, is an error.
func (h *handlers) mount(e *echo.Echo) error {
	for _, r := range h.routes() {
		described := operation(h.document, r.method, r.path)
		if described == nil {
			return fmt.Errorf("openapi.yaml doesn't describe %s %s", r.method, r.path)
		}
		if want := described.Operation.Extensions["x-right"]; want != named(r.right) {
			return fmt.Errorf("openapi.yaml says that %s %s asks for %v, but it asks for %s", r.method, r.path, want, named(r.right))
		}
		e.Add(r.method, r.path, r.handle, h.way(r, valid(described))...)
	}
	e.GET("/*", h.page)
	e.HEAD("/*", h.page)
	return nil
}

// way is what a request passes on its way to the handler.
func (h *handlers) way(r route, fits echo.MiddlewareFunc) []echo.MiddlewareFunc {
	gzip := middleware.GzipWithConfig(middleware.GzipConfig{MinLength: 1024})
	switch r.door {
	case reads:
		return []echo.MiddlewareFunc{h.authenticate, permit(r.right), within(patience, smallBody), fits, gzip}
	case changes:
		return []echo.MiddlewareFunc{h.origins.changes, h.authenticate, permit(r.right), within(patience, smallBody), fits, gzip, h.once}
	case bulk:
		return []echo.MiddlewareFunc{h.origins.changes, h.authenticate, permit(r.right), within(patience, bulkBody), fits, gzip, h.once}
	case sheets:
		return []echo.MiddlewareFunc{h.origins.changes, h.authenticate, permit(r.right), within(tableTime, bulkBody), fits, gzip, h.once}
	case exports:
		return []echo.MiddlewareFunc{h.authenticate, permit(r.right), within(tableTime, smallBody), fits, gzip}
	case signs:
		return []echo.MiddlewareFunc{h.origins.changes, within(patience, smallBody), fits}
	case tile:
		return []echo.MiddlewareFunc{h.authenticate, permit(r.right), within(patience, smallBody), fits}
	case serves:
		return []echo.MiddlewareFunc{within(patience, smallBody), gzip}
	case devices:
		return []echo.MiddlewareFunc{within(patience, deviceBody)}
	case reports:
		return []echo.MiddlewareFunc{h.origins.changes, h.authenticate, onlyReporters, within(patience, deviceBody)}
	case sockets:
		return []echo.MiddlewareFunc{h.origins.sockets, h.authenticate, permit(r.right)}
	case streams:
		return []echo.MiddlewareFunc{h.origins.sockets, h.authenticate, onlyReporters}
	}
	panic(fmt.Sprintf("the route %s %s has no door", r.method, r.path))
}

// named is a right as the document writes it.
func named(right identity.Right) string {
	if right == public {
		return "public"
	}
	return string(right)
}

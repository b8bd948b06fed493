package httpapi

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"wangge/internal/geo"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
	"wangge/internal/tracking"
)

// GetTrack handles GET /api/v1/workers/{id}/track. Who looks at whose track is written down before anything is shown.
func (h *handlers) GetTrack(c echo.Context, id api.WorkerID, params api.GetTrackParams) error {
	ctx, by := c.Request().Context(), principal(c)
	track, err := h.Tracking.Track(ctx, by, id, params.From, params.To, tracking.MaxTrackPoints)
	if err != nil {
		return err
	}
	if err := h.Identity.Audit(ctx, h.trackLook(id, params)); err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, h.trackView(track))
}

func (h *handlers) trackLook(worker int32, params api.GetTrackParams) identity.AuditEntry {
	w, _ := h.People.Worker(worker)
	detail, err := json.Marshal(map[string]any{"from": params.From.UTC(), "to": params.To.UTC(), "reason": params.Reason})
	if err != nil {
		panic(err) // times and text
	}
	return identity.AuditEntry{Action: "track.read", Entity: "worker", EntityID: strconv.Itoa(int(worker)), Area: w.Area, Detail: detail}
}

func (h *handlers) trackView(t tracking.Track) api.Track {
	index := h.Areas.Index()
	view := api.Track{WorkerID: t.Worker, From: t.From, To: t.To, Truncated: t.Total > len(t.Points)}
	view.Fixes = views(t.Points, func(p tracking.TrackPoint) api.TrackFix {
		fix := api.TrackFix{At: p.At, Lon: p.Lon, Lat: p.Lat, Speed: known(p.Speed), Course: known(p.Course), Accuracy: known(p.Accuracy)}
		if grid := index.ByID(p.Grid); grid != nil {
			fix.Grid = grid.Code
		}
		return fix
	})
	return view
}

// defaultNear is how many of the nearest are named when nobody says how many.
const defaultNear = 5

// ListNearestWorkers handles GET /api/v1/workers/nearest.
func (h *handlers) ListNearestWorkers(c echo.Context, params api.ListNearestWorkersParams) error {
	limit := params.Limit
	if limit <= 0 {
		limit = defaultNear
	}
	near, err := h.Tracking.Nearest(principal(c), params.Lon, params.Lat, limit)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, map[string]any{"items": views(near, nearView)})
}

func nearView(n tracking.Near) api.NearWorker {
	return api.NearWorker{
		ID: n.Worker.ID, Name: n.Worker.Name, Duty: n.Worker.Duty, Area: n.Worker.Area, Metres: math.Round(n.Metres), State: stateWord(n.State),
		Lon: float64(n.Motion.Lon) / geo.Scale, Lat: float64(n.Motion.Lat) / geo.Scale,
		SeenAt: time.UnixMilli(n.Motion.Seen).UTC(), FixAt: time.UnixMilli(n.Motion.At).UTC(),
	}
}

// known is nil for NaN, which JSON cannot say.
func known(f float64) *float64 {
	if math.IsNaN(f) {
		return nil
	}
	return &f
}

// ListDevices handles GET /api/v1/devices.
func (h *handlers) ListDevices(c echo.Context, params api.ListDevicesParams) error {
	after, err := afterID(params.After)
	if err != nil {
		return err
	}
	limit := limitOf(params.Limit)
	found := h.Devices.Find(principal(c), tracking.DeviceFilter{
		Text: params.Q, Kind: params.Kind, WorkerID: params.Worker, Disabled: params.Disabled, Order: params.Sort,
		After: int32(min(after, math.MaxInt32)), Limit: limit + 1,
	})
	found, next := page(found, limit, func(d tracking.Device) string { return strconv.Itoa(int(d.ID)) })
	return c.JSON(http.StatusOK, api.DevicePage{Items: views(found, h.deviceView), Next: next})
}

// SaveDevices handles POST /api/v1/devices. New secrets go out once: the answer that is kept for repetitions has none.
func (h *handlers) SaveDevices(c echo.Context, _ api.SaveDevicesParams) error {
	var body api.SaveDevices
	if err := decode(c, &body); err != nil {
		return err
	}
	specs := make([]tracking.DeviceSpec, len(body.Devices))
	for i, d := range body.Devices {
		specs[i] = tracking.DeviceSpec{
			UID: d.UID, Name: d.Name, WorkerID: d.WorkerID, Gateway: d.Gateway, Disabled: d.Disabled, NewSecret: d.NewSecret, DropSecret: d.DropSecret,
		}
	}
	saved, err := h.Devices.Save(c.Request().Context(), principal(c), specs)
	if err != nil {
		return err
	}
	shown := views(saved, func(d tracking.SavedDevice) api.Device { return h.deviceView(d.Device) })
	kept, err := json.Marshal(map[string]any{"items": shown})
	if err != nil {
		return err
	}
	c.Set(keptInstead, kept)
	for i := range shown {
		shown[i].Secret = saved[i].PlainSecret
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, map[string]any{"items": shown})
}

// ListUnclaimedDevices handles GET /api/v1/devices/unclaimed.
func (h *handlers) ListUnclaimedDevices(c echo.Context) error {
	list, err := h.Devices.ListUnclaimed(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"items": views(list, unclaimedView)})
}

// ClaimDevice handles POST /api/v1/devices/claim.
func (h *handlers) ClaimDevice(c echo.Context, _ api.ClaimDeviceParams) error {
	var body api.ClaimDevice
	if err := decode(c, &body); err != nil {
		return err
	}
	device, err := h.Devices.Claim(c.Request().Context(), principal(c), body.UID, body.WorkerID, body.Name)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.deviceView(device))
}

func (h *handlers) deviceView(d tracking.Device) api.Device {
	view := api.Device{
		ID: d.ID, UID: d.UID, Name: d.Name, Kind: d.Kind(), WorkerID: d.WorkerID, Gateway: d.Gateway, Disabled: d.Disabled,
		HasSecret: d.Secret != nil, Version: d.Version,
	}
	if !d.LastSeen.IsZero() && d.LastSeen.After(time.Unix(0, 0)) {
		view.LastSeen = &d.LastSeen
	}
	if w, ok := h.People.Worker(d.WorkerID); ok {
		view.WorkerName = w.Name
	}
	return view
}

func unclaimedView(d tracking.UnclaimedDevice) api.UnclaimedDevice {
	return api.UnclaimedDevice{UID: d.UID, Protocol: d.Protocol, Address: d.Address, FirstSeen: d.FirstSeen, LastSeen: d.LastSeen, Tries: d.Tries}
}

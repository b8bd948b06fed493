package httpapi

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"wangge/internal/area"
	"wangge/internal/brief"
	"wangge/internal/fault"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
	"wangge/internal/post"
	"wangge/internal/tracking"
)

// GetAreaBrief handles GET /api/v1/areas/{code}/brief.
func (h *handlers) GetAreaBrief(c echo.Context, code api.AreaCode) error {
	by := principal(c)
	b, err := h.Briefs.Area(c.Request().Context(), by, code)
	if err != nil {
		return err
	}
	view := api.AreaBrief{
		At: b.At, Area: areaView(b.Area, by), Ancestors: h.pathTo(b.Area.Parent), Grids: b.Grids, Buildings: b.Buildings, Facilities: b.Facilities,
	}
	if by.May(identity.WorkerRead) {
		view.People = &api.AreaPeople{
			Leaders: views(b.Leaders, personView), OnShift: views(b.OnShift, personView), OnShiftCount: b.OnShiftAll, Posted: b.Posted,
		}
	}
	if by.May(identity.IncidentRead) {
		f := b.Incidents
		view.Incidents = &api.AreaFigures{Open: f.Open, Pressing: f.Pressing, Waiting: f.Waiting, ReportedToday: f.ReportedToday, ClosedToday: f.ClosedToday}
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, view)
}

// personView masks the phone: it is shown in full by asking for it alone.
func personView(p brief.Person) api.PersonNow {
	return api.PersonNow{
		ID: p.Worker.ID, Name: p.Worker.Name, Phone: post.MaskPhone(p.Worker.Phone), Duty: p.Worker.Duty, Area: p.Worker.Area,
		OnShift: p.OnShift, State: stateWord(p.State), SeenAt: instant(p.Seen), FixAt: instant(p.Fix),
	}
}

func stateWord(s tracking.State) string {
	return [...]string{tracking.Live: "live", tracking.Stale: "stale", tracking.Lost: "lost", tracking.Off: "off"}[s]
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// pathTo lists the areas from the district down to one.
func (h *handlers) pathTo(code string) []api.AreaRef {
	index := h.Areas.Index()
	path := index.Ancestors(code)
	slices.Reverse(path)
	if a := index.ByCode(code); a != nil {
		path = append(path, a)
	}
	return views(path, areaRef)
}

// GetBuilding handles GET /api/v1/buildings/{id}.
func (h *handlers) GetBuilding(c echo.Context, id api.PlaceID) error {
	b, ok := h.Areas.Building(id)
	if !ok || !principal(c).Sees(b.Grid) {
		return fault.New(fault.NotFound, "building.unknown", "there is no such building", "id", id)
	}
	middle, _ := planar.CentroidArea(b.Footprint)
	return c.JSON(http.StatusOK, api.BuildingDetail{Building: buildingView(b), At: middle, Ancestors: h.pathTo(b.Grid)})
}

// GetFacility handles GET /api/v1/facilities/{id}.
func (h *handlers) GetFacility(c echo.Context, id api.PlaceID) error {
	f, ok := h.Areas.Facility(id)
	if !ok || !principal(c).Sees(f.Grid) {
		return fault.New(fault.NotFound, "facility.unknown", "there is no such facility", "id", id)
	}
	return c.JSON(http.StatusOK, api.FacilityDetail{Facility: facilityView(f), Ancestors: h.pathTo(f.Grid)})
}

func facilityView(f area.Facility) api.Facility {
	return api.Facility{ID: f.ID, Code: f.Code, Kind: f.Kind, Name: f.Name, Grid: f.Grid, At: orb.Point(f.At), Windows: f.Windows}
}

package httpapi

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb/geojson"

	"wangge/internal/area"
	"wangge/internal/fault"
	"wangge/internal/geo"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
	"wangge/internal/post"
)

// ListAreas handles GET /api/v1/areas.
func (h *handlers) ListAreas(c echo.Context, params api.ListAreasParams) error {
	index, by := h.Areas.Index(), principal(c)
	if unchanged(c, `W/"`+index.Version()+"-"+by.Scope+`"`) {
		return c.NoContent(http.StatusNotModified)
	}
	items := views(chosen(index, params.Level, params.Parent), func(a *area.Area) api.Area { return areaView(a, by) })
	return c.JSON(http.StatusOK, api.AreaList{Version: index.Version(), Items: items})
}

// chosen lists the areas of a level within a parent, the parent's children without a level, and everything without both.
func chosen(index *area.Index, level area.Level, parent string) []*area.Area {
	switch {
	case level != "":
		return slices.DeleteFunc(slices.Clone(index.AtLevel(level)), func(a *area.Area) bool {
			return !strings.HasPrefix(a.Code, parent) || a.Code == parent
		})
	case parent != "":
		return index.Children(parent)
	default:
		var all []*area.Area
		for _, level := range area.Levels {
			all = append(all, index.AtLevel(level)...)
		}
		return all
	}
}

// areaView shows an area; its leader only to those who may know the people there.
func areaView(a *area.Area, by identity.Principal) api.Area {
	view := api.Area{
		ID: a.ID, Code: a.Code, Name: a.Name, Level: a.Level, Parent: a.Parent, Kind: a.Kind, Households: a.Households,
		Label: a.Label, Demo: a.Demo, Version: a.Version,
	}
	if by.May(identity.WorkerRead) && by.Sees(a.Code) {
		view.LeaderName, view.LeaderPhone = a.LeaderName, post.MaskPhone(a.LeaderPhone)
	}
	return view
}

// GetArea handles GET /api/v1/areas/{code}.
func (h *handlers) GetArea(c echo.Context, code api.AreaCode) error {
	index := h.Areas.Index()
	a := index.ByCode(code)
	if a == nil {
		return fault.New(fault.NotFound, "area.unknown", "there is no such area", "code", code)
	}
	ancestors := index.Ancestors(code)
	slices.Reverse(ancestors)
	bound := a.Boundary.Bound()
	return c.JSON(http.StatusOK, api.AreaDetail{
		Area: areaView(a, principal(c)), Ancestors: views(ancestors, areaRef),
		Bounds:   []float64{bound.Min.X(), bound.Min.Y(), bound.Max.X(), bound.Max.Y()},
		Boundary: *geojson.NewGeometry(a.Boundary),
	})
}

func areaRef(a *area.Area) api.AreaRef {
	return api.AreaRef{Code: a.Code, Name: a.Name, Level: a.Level}
}

// GetAreasGeoJSON handles GET /api/v1/areas.geojson.
func (h *handlers) GetAreasGeoJSON(c echo.Context, params api.GetAreasGeoJSONParams) error {
	index := h.Areas.Index()
	if unchanged(c, `W/"`+index.Version()+`"`) {
		return c.NoContent(http.StatusNotModified)
	}
	level := params.Level
	if level == "" {
		level = below(params.Parent)
	}
	return c.Blob(http.StatusOK, "application/geo+json", index.GeoJSON(level, params.Parent))
}

// below is the level under that of a code; the district for none.
func below(code string) area.Level {
	if code == "" {
		return area.District
	}
	i := slices.Index(area.Levels, levelOf(code))
	return area.Levels[min(i+1, len(area.Levels)-1)]
}

// Locate handles GET /api/v1/locate.
func (h *handlers) Locate(c echo.Context, params api.LocateParams) error {
	if fit := geo.CheckLonLat(params.Lon, params.Lat); fit != geo.Fits {
		return fault.New(fault.Invalid, "request.invalid", "the request breaks a rule").
			WithField("lon", "coordinate_"+string(fit), "longitude and latitude are no place on earth, or swapped")
	}
	index := h.Areas.Index()
	view := api.Location{Path: []api.AreaRef{}}
	if grid := index.ByID(index.Locate(geo.E7(params.Lon), geo.E7(params.Lat))); grid != nil {
		path := append([]*area.Area{grid}, index.Ancestors(grid.Code)...)
		slices.Reverse(path)
		view.Inside, view.Path = true, views(path, areaRef)
	}
	return c.JSON(http.StatusOK, view)
}

// ListBuildings handles GET /api/v1/buildings.
func (h *handlers) ListBuildings(c echo.Context, params api.ListBuildingsParams) error {
	if a := h.Areas.Index().ByCode(params.Grid); a == nil || a.Level != area.Grid {
		return fault.New(fault.NotFound, "area.no_grid", "there is no such grid", "code", params.Grid)
	}
	return c.JSON(http.StatusOK, map[string]any{"items": views(h.Areas.Buildings(params.Grid), buildingView)})
}

func buildingView(b area.Building) api.Building {
	return api.Building{
		ID: b.ID, Code: b.Code, Name: b.Name, Address: b.Address, Grid: b.Grid, Households: b.Households, Floors: b.Floors,
		Footprint: *geojson.NewGeometry(b.Footprint),
	}
}

// ListFacilities handles GET /api/v1/facilities.
func (h *handlers) ListFacilities(c echo.Context, params api.ListFacilitiesParams) error {
	if params.Area != "" && h.Areas.Index().ByCode(params.Area) == nil {
		return fault.New(fault.NotFound, "area.unknown", "there is no such area", "code", params.Area)
	}
	return c.JSON(http.StatusOK, map[string]any{"items": views(h.Areas.Facilities(params.Area), facilityView)})
}

// GetTile handles GET /api/v1/tiles/{z}/{x}/{y}. Tiles are made compressed and sent so; a reader without gzip gets them unpacked.
func (h *handlers) GetTile(c echo.Context, z, x, y int) error {
	data, etag, err := h.Areas.Tiles().Tile(z, x, y)
	if err != nil {
		return err
	}
	if len(data) == 0 {
		c.Response().Header().Set("Cache-Control", "private, no-cache")
		return c.NoContent(http.StatusNoContent)
	}
	c.Response().Header().Set("Vary", "Accept-Encoding")
	if unchanged(c, etag) {
		return c.NoContent(http.StatusNotModified)
	}
	if !strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
		if data, err = unpack(data); err != nil {
			return err
		}
	} else {
		c.Response().Header().Set("Content-Encoding", "gzip")
	}
	return c.Blob(http.StatusOK, "application/vnd.mapbox-vector-tile", data)
}

func unpack(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// unchanged names the version of an answer and tells whether the reader has it already. Readers keep a copy of their own and ask again
// each time: after an import nobody may go on with the old map.
func unchanged(c echo.Context, etag string) bool {
	c.Response().Header().Set("ETag", etag)
	c.Response().Header().Set("Cache-Control", "private, no-cache")
	for _, held := range strings.Split(c.Request().Header.Get("If-None-Match"), ",") {
		held = strings.TrimSpace(held)
		if held == "*" || strings.TrimPrefix(held, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

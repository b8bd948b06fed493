package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"wangge/internal/httpapi/api"
	"wangge/internal/search"
)

// defaultFound is how many results there are when nobody says how many.
const defaultFound = 20

// Search handles GET /api/v1/search.
func (h *handlers) Search(c echo.Context, params api.SearchParams) error {
	limit := params.Limit
	if limit <= 0 {
		limit = defaultFound
	}
	found, err := h.Finder.Find(c.Request().Context(), principal(c), params.Q, limit)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store") // names of people
	return c.JSON(http.StatusOK, map[string]any{"items": views(found, resultView)})
}

func resultView(r search.Result) api.SearchResult {
	view := api.SearchResult{
		Kind: string(r.Kind), ID: r.ID, Code: r.Code, Name: r.Name, Type: r.Type, State: string(r.State), OnShift: r.OnShift,
		Area: r.Area, AreaName: r.AreaName, Reason: string(r.Reason),
	}
	if r.Placed {
		view.Lon, view.Lat = &r.Lon, &r.Lat
	}
	return view
}

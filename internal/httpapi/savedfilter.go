package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"wangge/internal/httpapi/api"
	"wangge/internal/savedfilter"
)

// ListFilters handles GET /api/v1/me/filters.
func (h *handlers) ListFilters(c echo.Context) error {
	filters, err := h.Filters.List(c.Request().Context(), principal(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.SavedFilterList{Items: views(filters, filterView)})
}

// SaveFilter handles PUT /api/v1/me/filters.
func (h *handlers) SaveFilter(c echo.Context, _ api.SaveFilterParams) error {
	var body api.SaveFilter
	if err := decode(c, &body); err != nil {
		return err
	}
	f, err := h.Filters.Save(c.Request().Context(), principal(c), savedfilter.Filter{Name: body.Name, Filter: body.Filter})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, filterView(f))
}

// DeleteFilter handles DELETE /api/v1/me/filters.
func (h *handlers) DeleteFilter(c echo.Context, params api.DeleteFilterParams) error {
	if err := h.Filters.Delete(c.Request().Context(), principal(c), params.Name); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func filterView(f savedfilter.Filter) api.SavedFilter {
	return api.SavedFilter{Name: f.Name, Filter: f.Filter}
}

package httpapi

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"wangge/internal/httpapi/api"
)

// GetTodayFigures handles GET /api/v1/figures/today.
func (h *handlers) GetTodayFigures(c echo.Context) error {
	f, err := h.Incidents.Today(c.Request().Context(), principal(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.TodayFigures{Day: f.Day.Format(time.DateOnly), Reported: f.Reported, Closed: f.Closed, Open: f.Open})
}

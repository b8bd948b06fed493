package httpapi

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"wangge/internal/httpapi/api"
)

// GetTodayFigures handles GET /api/v1/figures/today.
func (h *handlers) GetTodayFigures(c echo.Context) error {
	day, f, err := h.Incidents.Today(c.Request().Context(), principal(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.TodayFigures{Day: day.Format(time.DateOnly), Reported: f.ReportedToday, Closed: f.ClosedToday, Open: f.Open})
}

package httpapi

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"wangge/internal/alarm"
	"wangge/internal/httpapi/api"
)

// ListAlarms handles GET /api/v1/alarms.
func (h *handlers) ListAlarms(c echo.Context, params api.ListAlarmsParams) error {
	before, err := afterID(params.After)
	if err != nil {
		return err
	}
	limit := limitOf(params.Limit)
	alarms, err := h.Alarms.List(c.Request().Context(), principal(c), alarm.Filter{
		Area: params.Area, Kinds: params.Kind, Open: params.Open, Acknowledged: params.Acknowledged, From: params.From, To: params.To,
		Before: before, Limit: limit + 1,
	})
	if err != nil {
		return err
	}
	alarms, next := page(alarms, limit, func(a alarm.Alarm) string { return strconv.FormatInt(a.ID, 10) })
	return c.JSON(http.StatusOK, api.AlarmPage{Items: views(alarms, alarm.Alarm.View), Next: next})
}

// AcknowledgeAlarm handles POST /api/v1/alarms/{id}/acknowledge.
func (h *handlers) AcknowledgeAlarm(c echo.Context, id int64, _ api.AcknowledgeAlarmParams) error {
	var body api.AcknowledgeAlarm
	if err := decode(c, &body); err != nil {
		return err
	}
	a, err := h.Alarms.Acknowledge(c.Request().Context(), principal(c), id, body.Version, body.Note)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a.View())
}

// CallForHelp handles POST /api/v1/me/sos.
func (h *handlers) CallForHelp(c echo.Context, _ api.CallForHelpParams) error {
	var body api.CallForHelp
	if err := decode(c, &body); err != nil {
		return err
	}
	a, raised, err := h.Alarms.Call(c.Request().Context(), principal(c), body.Text)
	if err != nil {
		return err
	}
	if raised {
		return c.JSON(http.StatusCreated, a.View())
	}
	return c.JSON(http.StatusOK, a.View())
}

package httpapi

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"wangge/internal/httpapi/api"
	"wangge/internal/incident"
	"wangge/internal/survey"
)

// Survey handles POST /api/v1/survey.
func (h *handlers) Survey(c echo.Context) error {
	var body api.SurveyJSONBody
	if err := decode(c, &body); err != nil {
		return err
	}
	shape, err := survey.NewShape(body.Polygon)
	if err != nil {
		return err
	}
	found, err := h.Surveys.Of(c.Request().Context(), principal(c), shape)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, surveyView(found))
}

func surveyView(v survey.Survey) api.Survey {
	view := api.Survey{
		Buildings: v.Buildings, Households: v.Households,
		Facilities: views(v.Facilities, func(k survey.KindCount) api.KindCount { return api.KindCount{Kind: k.Kind, Count: k.Count} }),
	}
	if v.Incidents != nil {
		view.Incidents = api.SurveyIncidents{
			Total: v.Incidents.Total, Items: views(v.Incidents.Items, incident.Incident.View),
			BySeverity: views(v.Incidents.BySeverity, func(s survey.SeverityCount) api.SeverityCount {
				return api.SeverityCount{Severity: s.Severity, Count: s.Count}
			}),
		}
	}
	if v.Workers != nil {
		view.Workers = api.SurveyWorkers{Total: v.Workers.Total, Items: views(v.Workers.Items, presentView)}
	}
	return view
}

func presentView(p survey.Present) api.PresentWorker {
	return api.PresentWorker{
		ID: p.Worker.ID, Name: p.Worker.Name, Duty: p.Worker.Duty, Area: p.Worker.Area,
		Lon: float64(p.Motion.Lon) / 1e7, Lat: float64(p.Motion.Lat) / 1e7, At: time.UnixMilli(p.Motion.At).UTC(), State: int(p.State),
	}
}

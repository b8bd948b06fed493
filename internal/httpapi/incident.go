package httpapi

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"wangge/internal/catalog"
	"wangge/internal/httpapi/api"
	"wangge/internal/incident"
)

// ListClasses handles GET /api/v1/classes.
func (h *handlers) ListClasses(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]any{"items": views(h.Catalog.Classes(), classView)})
}

func classView(c catalog.Class) api.Class {
	return api.Class{Standard: c.Standard, Kind: string(c.Kind), Code: c.Code, Name: c.Name, NameEn: c.NameEN, Severity: c.Severity}
}

// ListIncidents handles GET /api/v1/incidents.
func (h *handlers) ListIncidents(c echo.Context, params api.ListIncidentsParams) error {
	after, err := incident.ParsePlace(params.After)
	if err != nil {
		return err
	}
	limit := limitOf(params.Limit)
	incidents, err := h.Incidents.List(c.Request().Context(), principal(c), incident.Filter{
		Area: params.Area, States: params.State, Class: params.Class, Open: params.Open, Text: params.Q, After: after, Limit: limit + 1,
	})
	if err != nil {
		return err
	}
	incidents, next := page(incidents, limit, func(i incident.Incident) string { return incident.PlaceOf(i).String() })
	return c.JSON(http.StatusOK, api.IncidentPage{Items: views(incidents, incident.Incident.View), Next: next})
}

// ReportIncident handles POST /api/v1/incidents.
func (h *handlers) ReportIncident(c echo.Context, _ api.ReportIncidentParams) error {
	var body api.ReportIncident
	if err := decode(c, &body); err != nil {
		return err
	}
	i, err := h.Incidents.Report(c.Request().Context(), principal(c), incident.Report{
		Class: body.Class, Severity: body.Severity, Text: body.Text, Address: body.Address, Lon: body.Lon, Lat: body.Lat,
	})
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, incidentPath(i))
	return c.JSON(http.StatusCreated, i.View())
}

func incidentPath(i incident.Incident) string { return fmt.Sprintf("/api/v1/incidents/%d", i.ID) }

// GetIncident handles GET /api/v1/incidents/{id}.
func (h *handlers) GetIncident(c echo.Context, id api.IncidentID) error {
	by := principal(c)
	i, timeline, err := h.Incidents.Get(c.Request().Context(), by, id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.IncidentDetail{
		Incident: i.View(), Timeline: views(timeline, entryView), Moves: incident.Moves(by.Role, i.State),
	})
}

func entryView(e incident.Entry) api.TimelineEntry {
	return api.TimelineEntry{At: e.At, Actor: e.Actor, From: e.From, To: e.To, Note: e.Note}
}

// MoveIncident handles POST /api/v1/incidents/{id}/moves.
func (h *handlers) MoveIncident(c echo.Context, id api.IncidentID, _ api.MoveIncidentParams) error {
	var body api.MoveIncident
	if err := decode(c, &body); err != nil {
		return err
	}
	i, err := h.Incidents.Move(c.Request().Context(), principal(c), id, body.To, body.Note, body.Version)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, i.View())
}

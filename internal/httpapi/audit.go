package httpapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"wangge/internal/fault"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
	"wangge/internal/incident"
	"wangge/internal/sheet"
)

// ListAudit handles GET /api/v1/audit.
func (h *handlers) ListAudit(c echo.Context, params api.ListAuditParams) error {
	before, err := afterID(params.After)
	if err != nil {
		return err
	}
	limit := limitOf(params.Limit)
	entries, err := h.Identity.AuditTrail(c.Request().Context(), principal(c), identity.AuditFilter{
		From: params.From, To: params.To, Actor: params.Actor, Action: params.Action, Entity: params.Entity, EntityID: params.EntityID,
		Within: params.Area, Before: before, Limit: limit + 1,
	})
	if err != nil {
		return err
	}
	entries, next := page(entries, limit, func(e identity.AuditEntry) string { return strconv.FormatInt(e.ID, 10) })
	return c.JSON(http.StatusOK, api.AuditPage{Items: views(entries, auditView), Next: next})
}

// maxExported is how many entries one export has at most.
const maxExported = 50_000

// ExportAudit handles GET /api/v1/audit.csv. That it was exported, and what of it, is recorded before anything is shown.
func (h *handlers) ExportAudit(c echo.Context, params api.ExportAuditParams) error {
	ctx, by := c.Request().Context(), principal(c)
	entries, err := h.Identity.AuditTrail(ctx, by, identity.AuditFilter{
		From: params.From, To: params.To, Actor: params.Actor, Action: params.Action, Entity: params.Entity, EntityID: params.EntityID,
		Within: params.Area, Limit: maxExported,
	})
	if err != nil {
		return err
	}
	asked, err := json.Marshal(map[string]any{"entries": len(entries), "filter": c.QueryString()})
	if err != nil {
		return err
	}
	if err := h.Identity.Audit(ctx, identity.AuditEntry{Action: "audit.export", Entity: "audit", Area: by.Scope, Detail: asked}); err != nil {
		return err
	}
	titles := h.texts.choose(c.Request().Header.Get("Accept-Language")).Columns
	lines := [][]string{}
	for _, column := range []string{"at", "actor", "action", "entity", "entity_id", "area", "address", "detail"} {
		lines = append(lines, []string{titles["audit."+column]})
	}
	lines = [][]string{slices.Concat(lines...)}
	for _, e := range entries {
		lines = append(lines, []string{e.At.In(incident.DistrictTime).Format(time.DateTime), e.Actor, e.Action, e.Entity, e.EntityID, e.Area, e.Address, string(e.Detail)})
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	c.Response().Header().Set("Content-Disposition", `attachment; filename="audit.csv"`)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", sheet.WriteCSV(lines))
}

func auditView(e identity.AuditEntry) api.AuditEntry {
	return api.AuditEntry{
		ID: e.ID, At: e.At, AccountID: e.AccountID, Actor: e.Actor, Action: e.Action, Entity: e.Entity, EntityID: e.EntityID,
		Area: e.Area, Address: e.Address, RequestID: e.RequestID, Detail: e.Detail,
	}
}

// afterID reads a place in a list that is ordered by number; 0 for none.
func afterID(after string) (int64, error) {
	if after == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(after, 10, 64)
	if err != nil || id <= 0 {
		return 0, noPlace()
	}
	return id, nil
}

func noPlace() error {
	return fault.New(fault.Invalid, "page.after", "this is no place in the list").WithField("after", "page", "not one that was given out")
}

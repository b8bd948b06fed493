package httpapi

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"wangge/internal/fault"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
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
		Before: before, Limit: limit + 1,
	})
	if err != nil {
		return err
	}
	entries, next := page(entries, limit, func(e identity.AuditEntry) string { return strconv.FormatInt(e.ID, 10) })
	return c.JSON(http.StatusOK, api.AuditPage{Items: views(entries, auditView), Next: next})
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
		return 0, fault.New(fault.Invalid, "page.after", "this is no place in the list").WithField("after", "page", "not one that was given out")
	}
	return id, nil
}

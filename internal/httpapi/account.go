package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
)

// ListAccounts handles GET /api/v1/accounts.
func (h *handlers) ListAccounts(c echo.Context, params api.ListAccountsParams) error {
	after, err := accountPlace(params.Sort, params.After)
	if err != nil {
		return err
	}
	limit := limitOf(params.Limit)
	accounts, err := h.Identity.Accounts(c.Request().Context(), principal(c), identity.AccountFilter{
		Text: params.Q, Role: params.Role, Within: params.Area, WorkerID: params.Worker, Disabled: params.Disabled, Order: params.Sort,
		After: after, Limit: limit + 1,
	})
	if err != nil {
		return err
	}
	accounts, next := page(accounts, limit, func(a identity.Account) string {
		if params.Sort == identity.BySignIn {
			return a.LastSignIn.Format(time.RFC3339Nano) + " " + a.Name
		}
		return a.Name
	})
	return c.JSON(http.StatusOK, api.AccountPage{Items: views(accounts, h.accountView), Next: next})
}

// accountPlace reads the place in a list of accounts: a name, with the last sign-in before it when that is the order.
func accountPlace(order identity.AccountOrder, after string) (*identity.Account, error) {
	if after == "" {
		return nil, nil
	}
	if order != identity.BySignIn {
		return &identity.Account{Name: after}, nil
	}
	at, name, _ := strings.Cut(after, " ")
	seen, err := time.Parse(time.RFC3339Nano, at)
	if err != nil || name == "" {
		return nil, noPlace()
	}
	return &identity.Account{Name: name, LastSignIn: seen}, nil
}

// CreateAccount handles POST /api/v1/accounts.
func (h *handlers) CreateAccount(c echo.Context, _ api.CreateAccountParams) error {
	var body api.CreateAccount
	if err := decode(c, &body); err != nil {
		return err
	}
	account, oneTime, err := h.Identity.CreateAccount(c.Request().Context(), principal(c), identity.NewAccount{
		Name: body.Name, DisplayName: body.DisplayName, Role: body.Role, Scope: body.Scope, WorkerID: body.WorkerID, Password: body.Password,
	})
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, fmt.Sprintf("/api/v1/accounts/%d", account.ID))
	return h.showOnce(c, http.StatusCreated, h.accountView(account), oneTime)
}

// ChangeAccount handles PATCH /api/v1/accounts/{id}.
func (h *handlers) ChangeAccount(c echo.Context, id int64, _ api.ChangeAccountParams) error {
	var body api.ChangeAccount
	if err := decode(c, &body); err != nil {
		return err
	}
	account, err := h.Identity.ChangeAccount(c.Request().Context(), principal(c), id, identity.Change{
		Version: body.Version, DisplayName: body.DisplayName, Role: body.Role, Scope: body.Scope, WorkerID: body.WorkerID,
		Disabled: body.Disabled, Password: body.Password,
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.accountView(account))
}

// showOnce answers an account with its one-time password; the answer that is kept for repetitions has none.
func (h *handlers) showOnce(c echo.Context, status int, view api.Account, oneTime string) error {
	kept, err := json.Marshal(view)
	if err != nil {
		return err
	}
	c.Set(keptInstead, kept)
	c.Response().Header().Set("Cache-Control", "no-store")
	view.Password = oneTime
	return c.JSON(status, view)
}

// ResetPassword handles POST /api/v1/accounts/{id}/password.
func (h *handlers) ResetPassword(c echo.Context, id int64, _ api.ResetPasswordParams) error {
	var body api.ResetPassword
	if err := decode(c, &body); err != nil {
		return err
	}
	account, oneTime, err := h.Identity.ResetPassword(c.Request().Context(), principal(c), id, body.Version)
	if err != nil {
		return err
	}
	return h.showOnce(c, http.StatusOK, h.accountView(account), oneTime)
}

// ChangeMyPassword handles POST /api/v1/me/password.
func (h *handlers) ChangeMyPassword(c echo.Context, _ api.ChangeMyPasswordParams) error {
	var body api.ChangeMyPassword
	if err := decode(c, &body); err != nil {
		return err
	}
	session := sessionOf(c.Request().Context()).session
	account, err := h.Identity.ChangeOwnPassword(c.Request().Context(), session, body.Old, body.New)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.sessionView(session, account))
}

// ListSessions handles GET /api/v1/accounts/{id}/sessions.
func (h *handlers) ListSessions(c echo.Context, id int64) error {
	sessions, err := h.Identity.Sessions(c.Request().Context(), principal(c), id)
	if err != nil {
		return err
	}
	own := sessionOf(c.Request().Context()).session.Key
	items := views(sessions, func(s identity.Session) map[string]any {
		return map[string]any{"id": s.ID(), "address": s.Address, "started_at": s.StartedAt, "seen_at": s.SeenAt, "expires_at": s.ExpiresAt, "own": s.Key == own}
	})
	return c.JSON(http.StatusOK, map[string]any{"items": items})
}

// EndSessions handles DELETE /api/v1/accounts/{id}/sessions.
func (h *handlers) EndSessions(c echo.Context, id int64, params api.EndSessionsParams) error {
	ctx := c.Request().Context()
	n, err := h.Identity.EndSessions(ctx, principal(c), sessionOf(ctx).session, id, params.Session)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.EndedSessions{Ended: n})
}

func (h *handlers) accountView(a identity.Account) api.Account {
	view := api.Account{
		ID: a.ID, Name: a.Name, DisplayName: a.DisplayName, Role: a.Role, Scope: a.Scope, WorkerID: a.WorkerID,
		Disabled: a.Disabled, MustChange: a.MustChange, CreatedAt: a.CreatedAt, Version: a.Version,
	}
	if !a.LastSignIn.IsZero() {
		view.LastSignIn = &a.LastSignIn
	}
	if w, ok := h.People.Worker(a.WorkerID); ok {
		view.WorkerName = w.Name
	}
	return view
}

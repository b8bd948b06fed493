package httpapi

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
)

// ListAccounts handles GET /api/v1/accounts.
func (h *handlers) ListAccounts(c echo.Context, params api.ListAccountsParams) error {
	limit := limitOf(params.Limit)
	accounts, err := h.Identity.Accounts(c.Request().Context(), principal(c), identity.AccountFilter{
		Text: params.Q, Role: params.Role, After: params.After, Limit: limit + 1,
	})
	if err != nil {
		return err
	}
	accounts, next := page(accounts, limit, func(a identity.Account) string { return a.Name })
	return c.JSON(http.StatusOK, api.AccountPage{Items: views(accounts, accountView), Next: next})
}

// CreateAccount handles POST /api/v1/accounts.
func (h *handlers) CreateAccount(c echo.Context, _ api.CreateAccountParams) error {
	var body api.CreateAccount
	if err := decode(c, &body); err != nil {
		return err
	}
	account, err := h.Identity.CreateAccount(c.Request().Context(), principal(c), identity.NewAccount{
		Name: body.Name, DisplayName: body.DisplayName, Role: body.Role, Scope: body.Scope, WorkerID: body.WorkerID, Password: body.Password,
	})
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, fmt.Sprintf("/api/v1/accounts/%d", account.ID))
	return c.JSON(http.StatusCreated, accountView(account))
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
	return c.JSON(http.StatusOK, accountView(account))
}

func accountView(a identity.Account) api.Account {
	return api.Account{
		ID: a.ID, Name: a.Name, DisplayName: a.DisplayName, Role: a.Role, Scope: a.Scope, WorkerID: a.WorkerID,
		Disabled: a.Disabled, CreatedAt: a.CreatedAt, Version: a.Version,
	}
}

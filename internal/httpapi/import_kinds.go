package httpapi

import (
	"context"

	"github.com/labstack/echo/v4"

	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
	"wangge/internal/post"
	"wangge/internal/sheet"
	"wangge/internal/tracking"
)

// The tables of each kind: their columns, and how their rows become what the features know.

var dutyValues = []string{string(post.GridLeader), string(post.GridMember)}

func (h *handlers) workersTable(ctx context.Context, by identity.Principal) importing {
	return importing{kind: "workers", label: "code",
		columns: []tableColumn{{"code", true, "W0001"}, {"name", true, "张伟"}, {"duty", true, "网格员"}, {"area", true, "3714020010011001"}, {"phone", false, "13800000001"}, {"left", false, ""}},
		run: func(rows []sheet.Row, dry bool) ([]string, map[string]string, error) {
			cells, workers := h.cellsOf("workers", by), make([]post.Worker, len(rows))
			for i, row := range rows {
				old, _ := h.People.ByCode(row.Cells["code"])
				workers[i] = post.Worker{
					Code: row.Cells["code"], Name: row.Cells["name"], Phone: row.Cells["phone"], Duty: post.Duty(cells.chosen(i, row, "duty", dutyValues)),
					Area: cells.area(i, row, "area"), Left: cells.flag(i, row, "left"), Demo: old.Demo,
				}
				if workers[i].Phone == "" { // an empty cell leaves the number as it is
					workers[i].Phone = old.Phone
				}
			}
			outcomes, err := h.Posts.PreviewWorkers(ctx, by, workers)
			if err = cells.with(err); err == nil && !dry {
				_, err = h.Posts.SaveWorkers(ctx, by, workers)
			}
			return asTexts(outcomes), nil, err
		}}
}

func (h *handlers) shiftsTable(ctx context.Context, by identity.Principal) importing {
	return importing{kind: "shifts", label: "worker_id",
		columns: []tableColumn{{"worker_id", true, "W0001"}, {"from", true, "2026-11-23 08:00"}, {"to", false, "2026-11-23 16:00"}},
		run: func(rows []sheet.Row, dry bool) ([]string, map[string]string, error) {
			cells, roster := h.cellsOf("shifts", by), make([]post.Row, len(rows))
			for i, row := range rows {
				roster[i] = post.Row{WorkerID: cells.worker(i, row, "worker_id"), From: cells.when(i, row, "from"), To: cells.when(i, row, "to")}
			}
			outcomes, err := h.Posts.PreviewRoster(ctx, by, roster)
			if err = cells.with(err); err == nil && !dry {
				outcomes, err = h.Posts.ImportRoster(ctx, by, roster)
			}
			return asTexts(outcomes), nil, err
		}}
}

func (h *handlers) devicesTable(ctx context.Context, by identity.Principal) importing {
	return importing{kind: "devices", label: "uid",
		columns: []tableColumn{{"uid", true, "860000000000001"}, {"name", false, "执法记录仪 1"}, {"worker_id", false, "W0001"}, {"disabled", false, ""}},
		run: func(rows []sheet.Row, dry bool) ([]string, map[string]string, error) {
			cells, specs := h.cellsOf("devices", by), make([]tracking.DeviceSpec, len(rows))
			for i, row := range rows {
				old, _ := h.Devices.Devices.ByUID(row.Cells["uid"])
				specs[i] = tracking.DeviceSpec{
					UID: row.Cells["uid"], Name: row.Cells["name"], WorkerID: cells.worker(i, row, "worker_id"), Disabled: cells.flag(i, row, "disabled"),
					Gateway: old.Gateway, // made by hand: its secret opens every device
				}
			}
			outcomes, err := h.Devices.Preview(by, specs)
			if err = cells.with(err); err == nil && !dry {
				outcomes, err = h.Devices.Import(ctx, by, specs)
			}
			return asTexts(outcomes), nil, err
		}}
}

func (h *handlers) accountsTable(ctx context.Context, by identity.Principal) importing {
	return importing{kind: "accounts", label: "name",
		columns: []tableColumn{{"name", true, "li.wei"}, {"display_name", true, "李伟"}, {"role", true, "网格员"}, {"scope", true, "371402001001"}, {"worker_id", false, "W0001"}},
		run: func(rows []sheet.Row, dry bool) ([]string, map[string]string, error) {
			cells, accounts := h.cellsOf("accounts", by), make([]identity.NewAccount, len(rows))
			for i, row := range rows {
				accounts[i] = identity.NewAccount{
					Name: row.Cells["name"], DisplayName: row.Cells["display_name"], Role: identity.Role(cells.chosen(i, row, "role", asTexts(identity.Roles))),
					Scope: cells.area(i, row, "scope"), WorkerID: cells.worker(i, row, "worker_id"),
				}
			}
			outcomes, err := h.Identity.PreviewAccounts(ctx, by, accounts)
			if err = cells.with(err); err != nil || dry {
				return asTexts(outcomes), nil, err
			}
			outcomes, made, err := h.Identity.ImportAccounts(ctx, by, accounts)
			passwords := map[string]string{}
			for _, m := range made {
				passwords[m.Name] = m.Password
			}
			return asTexts(outcomes), passwords, err
		}}
}

func asTexts[T ~string](values []T) []string {
	return views(values, func(v T) string { return string(v) })
}

// ImportWorkers handles POST /api/v1/workers/import.
func (h *handlers) ImportWorkers(c echo.Context, p api.ImportWorkersParams) error {
	return h.table(c, h.workersTable(c.Request().Context(), principal(c)), p.File, p.DryRun)
}

// ImportShifts handles POST /api/v1/shifts/import.
func (h *handlers) ImportShifts(c echo.Context, p api.ImportShiftsParams) error {
	return h.table(c, h.shiftsTable(c.Request().Context(), principal(c)), p.File, p.DryRun)
}

// ImportDevices handles POST /api/v1/devices/import.
func (h *handlers) ImportDevices(c echo.Context, p api.ImportDevicesParams) error {
	return h.table(c, h.devicesTable(c.Request().Context(), principal(c)), p.File, p.DryRun)
}

// ImportAccounts handles POST /api/v1/accounts/import.
func (h *handlers) ImportAccounts(c echo.Context, p api.ImportAccountsParams) error {
	return h.table(c, h.accountsTable(c.Request().Context(), principal(c)), p.File, p.DryRun)
}

// GetWorkersTemplate handles GET /api/v1/workers/import.
func (h *handlers) GetWorkersTemplate(c echo.Context, p api.GetWorkersTemplateParams) error {
	return h.template(c, h.workersTable(c.Request().Context(), principal(c)), p.Format)
}

// GetShiftsTemplate handles GET /api/v1/shifts/import.
func (h *handlers) GetShiftsTemplate(c echo.Context, p api.GetShiftsTemplateParams) error {
	return h.template(c, h.shiftsTable(c.Request().Context(), principal(c)), p.Format)
}

// GetDevicesTemplate handles GET /api/v1/devices/import.
func (h *handlers) GetDevicesTemplate(c echo.Context, p api.GetDevicesTemplateParams) error {
	return h.template(c, h.devicesTable(c.Request().Context(), principal(c)), p.Format)
}

// GetAccountsTemplate handles GET /api/v1/accounts/import.
func (h *handlers) GetAccountsTemplate(c echo.Context, p api.GetAccountsTemplateParams) error {
	return h.template(c, h.accountsTable(c.Request().Context(), principal(c)), p.Format)
}

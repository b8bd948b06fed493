package seed

import (
	"context"
	"fmt"

	"wangge/internal/client"
)

// Account is one that people try the demonstration with.
type Account struct {
	Name        string
	DisplayName string
	Role        client.Role
}

// Accounts lists them in the order in which they are shown. The password of each is Password. The administrator is made by the server
// itself; the community's account sees one community, the others the district.
func Accounts() []Account {
	return []Account{
		{Operator, "值班员", client.RoleOperator},
		{Dispatcher, "派遣员", client.RoleDispatcher},
		{Leader, "区领导", client.RoleLeader},
		{Worker, "体验网格员", client.RoleGridWorker},
		{Community, "社区工作人员", client.RoleCommunity},
		{Department, "城市管理局", client.RoleDepartment},
		{Administrator, "管理员", client.RoleAdministrator},
		{Field, "网格员上报", client.RoleGridWorker},
	}
}

// How many digits of a grid's code are those of its district and of its community.
const (
	districtCode  = 6
	communityCode = 12
)

// accounts makes those that are missing.
func (f *filling) accounts(ctx context.Context) error {
	there := make(map[string]bool)
	err := pages(func(after string) (string, error) {
		answer, err := f.admin.ListAccountsWithResponse(ctx, &client.ListAccountsParams{Limit: new(client.Limit(page)), After: &after})
		if err := client.Check(answer, err); err != nil {
			return "", fmt.Errorf("reading the accounts: %w", err)
		}
		for _, a := range answer.JSON200.Items {
			there[a.Name] = true
		}
		return answer.JSON200.Next, nil
	})
	if err != nil {
		return err
	}
	var missing []client.CreateAccountJSONRequestBody
	for _, a := range Accounts() {
		if !there[a.Name] {
			missing = append(missing, f.account(a))
		}
	}
	for i, a := range missing {
		f.Progress("accounts", i, len(missing))
		answer, err := f.admin.CreateAccountWithResponse(ctx, nil, a)
		if err := client.Check(answer, err); err != nil {
			return fmt.Errorf("making the account %s: %w", a.Name, err)
		}
	}
	f.Progress("accounts", len(missing), len(missing))
	return nil
}

func (f *filling) account(a Account) client.CreateAccountJSONRequestBody {
	district := f.grids[0].Code[:districtCode]
	body := client.CreateAccountJSONRequestBody{Name: a.Name, DisplayName: a.DisplayName, Role: a.Role, Scope: district, Password: Password}
	app := f.byCode()[appCode]
	switch a.Name {
	case Community:
		body.Scope = f.grids[len(f.grids)/2].Code[:communityCode]
	case Worker:
		body.WorkerId = app.Id
		body.Scope = app.Area
	}
	return body
}

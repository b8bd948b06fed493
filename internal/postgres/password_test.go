package postgres_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wangge/internal/fault"
	"wangge/internal/identity"
)

const nextPassword = "green-Kettle 43"

// enter signs in and gives the session with its account.
func (o *office) enter(t *testing.T, ctx context.Context, name, password string) (identity.Session, identity.Account) {
	t.Helper()
	token, _, _, err := o.SignIn(ctx, name, password)
	if err != nil {
		t.Fatal(err)
	}
	session, account, err := o.Resolve(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	return session, account
}

func TestAPasswordMadeBySomebodyElseMustBeChangedFirst(t *testing.T) {
	o := newOffice(t)
	admin := o.account(t, "admin", identity.Administrator, "371402")
	ctx := from(t, "192.0.2.1")
	made, oneTime, err := o.CreateAccount(as(ctx, admin), admin.Principal(), identity.NewAccount{Name: "li", DisplayName: "李", Role: identity.Operator, Scope: "371402"})
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^([a-z2-9]{4}-){3}[a-z2-9]{2}$`).MatchString(oneTime) {
		t.Errorf("the one-time password is %q", oneTime)
	}
	session, li := o.enter(t, ctx, "li", oneTime)
	p := li.Principal()
	if diff := cmp.Diff([]identity.Right{identity.SessionOwn}, p.Rights()); diff != "" || p.May(identity.IncidentRead) {
		t.Errorf("with a password of somebody else's one may %s", diff)
	}
	if _, err := o.ChangeOwnPassword(ctx, session, oneTime, nextPassword); err != nil {
		t.Fatal(err)
	}
	_, li = o.enter(t, ctx, "li", nextPassword)
	if p := li.Principal(); p.MustChange || !p.May(identity.IncidentRead) {
		t.Errorf("afterwards one is %+v", p)
	}

	_, oneTime, err = o.ResetPassword(as(ctx, admin), admin.Principal(), made.ID, li.Version)
	if err != nil {
		t.Fatal(err)
	}
	_, _, _, err = o.SignIn(ctx, "li", nextPassword)
	wantFault(t, err, fault.Unauthenticated, "session.refused")
	if _, li = o.enter(t, ctx, "li", oneTime); !li.MustChange {
		t.Error("a reset password need not be changed")
	}
	local := o.account(t, "local", identity.Administrator, "371402001").Principal()
	_, _, err = o.ResetPassword(ctx, local, made.ID, li.Version)
	wantFault(t, err, fault.NotFound, "account.missing")
	_, _, err = o.ResetPassword(ctx, admin.Principal(), made.ID, 1)
	wantFault(t, err, fault.Conflict, "account.version")
	_, _, err = o.ResetPassword(ctx, admin.Principal(), admin.ID, admin.Version)
	wantFault(t, err, fault.Forbidden, "password.self")

	trail, err := o.AuditTrail(ctx, admin.Principal(), identity.AuditFilter{Action: "account.password", Limit: 10})
	if err != nil || len(trail) != 2 {
		t.Fatalf("the audit has %d entries, %v", len(trail), err)
	}
	for _, e := range trail {
		if strings.Contains(string(e.Detail), oneTime) || strings.Contains(string(e.Detail), nextPassword) {
			t.Errorf("a password is in the audit: %s", e.Detail)
		}
	}
}

func TestChangingOnesOwnPasswordEndsTheOtherSessions(t *testing.T) {
	o := newOffice(t)
	o.account(t, "wang", identity.Operator, "371402")
	ctx := from(t, "192.0.2.1")
	other, _, _, err := o.SignIn(ctx, "wang", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	token, session, _, err := o.SignIn(ctx, "wang", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, next, code, field, rule string }{
		{"not the password", nextPassword, "password.old", "old", "password.old"},
		{goodPassword, goodPassword, "account.password", "new", "password.same"},
		{goodPassword, "1234567890", "account.password", "new", "password_digits"},
	} {
		_, err := o.ChangeOwnPassword(ctx, session, c.old, c.next)
		f := wantFault(t, err, fault.Invalid, c.code)
		if len(f.Fields) != 1 || f.Fields[0].Name != c.field || f.Fields[0].Code != c.rule {
			t.Errorf("%s: the fields are %+v", c.code, f.Fields)
		}
	}
	if _, err := o.ChangeOwnPassword(ctx, session, goodPassword, nextPassword); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Resolve(ctx, token); err != nil {
		t.Errorf("the own session ended: %v", err)
	}
	_, _, err = o.Resolve(ctx, other)
	wantFault(t, err, fault.Unauthenticated, "session.expired")
}

func TestGuessingTheOldPasswordIsThrottled(t *testing.T) {
	o := newOffice(t)
	o.account(t, "wang", identity.Operator, "371402")
	ctx := from(t, "192.0.2.1")
	session, _ := o.enter(t, ctx, "wang", goodPassword)
	for range 5 {
		_, err := o.ChangeOwnPassword(ctx, session, "a guess", nextPassword)
		wantFault(t, err, fault.Invalid, "password.old")
	}
	_, err := o.ChangeOwnPassword(ctx, session, goodPassword, nextPassword)
	wantFault(t, err, fault.TooMany, "session.throttled")
}

func TestAdministratorsSeeAndEndSessions(t *testing.T) {
	o := newOffice(t)
	admin := o.account(t, "admin", identity.Administrator, "371402")
	wang := o.account(t, "wang", identity.Operator, "371402001")
	ctx := from(t, "192.0.2.1")
	own, _ := o.enter(t, ctx, "admin", goodPassword)
	o.enter(t, from(t, "192.0.2.7"), "wang", goodPassword)
	o.now = o.now.Add(time.Minute)
	o.enter(t, from(t, "192.0.2.8"), "wang", goodPassword)

	held, err := o.Sessions(ctx, admin.Principal(), wang.ID)
	if err != nil || len(held) != 2 || held[0].Address != "192.0.2.8" {
		t.Fatalf("the sessions are %+v, %v", held, err)
	}
	if n, err := o.EndSessions(ctx, admin.Principal(), own, wang.ID, held[0].ID()); n != 1 || err != nil {
		t.Fatalf("%d ended, %v", n, err)
	}
	if held, _ := o.Sessions(ctx, admin.Principal(), wang.ID); len(held) != 1 || held[0].Address != "192.0.2.7" {
		t.Errorf("left are %+v", held)
	}
	_, err = o.EndSessions(ctx, admin.Principal(), own, wang.ID, held[0].ID())
	wantFault(t, err, fault.NotFound, "session.gone")
	if n, err := o.EndSessions(ctx, admin.Principal(), own, admin.ID, ""); n != 0 || err != nil {
		t.Errorf("the own session was ended: %d, %v", n, err)
	}
	elsewhere := o.account(t, "south", identity.Administrator, "371402002").Principal()
	_, err = o.Sessions(ctx, elsewhere, wang.ID)
	wantFault(t, err, fault.NotFound, "account.missing")
	_, err = o.EndSessions(ctx, elsewhere, own, wang.ID, "")
	wantFault(t, err, fault.NotFound, "account.missing")
}

func TestAccountsAreListedInTheOrderAskedFor(t *testing.T) {
	o := newOffice(t)
	admin := o.account(t, "admin", identity.Administrator, "371402").Principal()
	for _, name := range []string{"anna", "bert", "carl", "dora"} {
		o.account(t, name, identity.Operator, "371402001")
	}
	for i, name := range []string{"carl", "anna"} {
		o.now = eight.Add(time.Duration(i) * time.Hour)
		o.enter(t, t.Context(), name, goodPassword)
	}
	for order, want := range map[identity.AccountOrder][]string{
		identity.ByName:   {"admin", "anna", "bert", "carl", "dora"},
		identity.BySignIn: {"anna", "carl", "admin", "bert", "dora"},
	} {
		var got []string
		for f := (identity.AccountFilter{Order: order, Limit: 2}); ; {
			page, err := o.Accounts(t.Context(), admin, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range page {
				got = append(got, a.Name)
			}
			if len(page) < 2 {
				break
			}
			f.After = &page[1]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %s: %s", order, diff)
		}
	}
	no, role := false, identity.Operator
	found, err := o.Accounts(t.Context(), admin, identity.AccountFilter{Within: "371402001", Role: role, Disabled: &no, Text: "AR", Limit: 9})
	if err != nil || len(found) != 1 || found[0].Name != "carl" {
		t.Errorf("the filters find %v, %v", found, err)
	}
}

func TestAccountsAreImportedWholeOrNotAtAll(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	admin := o.account(t, "admin", identity.Administrator, "371402").Principal()
	o.account(t, "anna", identity.Operator, "371402001")
	o.account(t, "bert", identity.Operator, "371402001")
	rows := []identity.NewAccount{
		{Name: "anna", DisplayName: "anna", Role: identity.Operator, Scope: "371402001"},
		{Name: "bert", DisplayName: "bert", Role: identity.Dispatcher, Scope: "371402001"},
		{Name: "New.One", DisplayName: "新", Role: identity.Leader, Scope: "371402"},
	}
	wrong := append([]identity.NewAccount{{Name: "new.one", DisplayName: "", Role: "king", Scope: "371402"}, {Name: "out", DisplayName: "x", Role: identity.Leader, Scope: "999999"},
		{Name: "admin", DisplayName: "x", Role: identity.Leader, Scope: "371402"}}, rows...)
	_, _, err := o.ImportAccounts(ctx, admin, wrong)
	var names []string
	for _, f := range wantFault(t, err, fault.Invalid, "account.invalid").Fields {
		names = append(names, f.Name+" "+f.Code)
	}
	want := []string{"accounts[0].display_name length", "accounts[0].role enum", "accounts[1].scope account.scope", "accounts[2].name account.self", "accounts[5].name account.twice"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	outcomes, err := o.PreviewAccounts(ctx, admin, rows)
	if diff := cmp.Diff([]identity.Outcome{identity.Unchanged, identity.Changed, identity.Created}, outcomes); diff != "" || err != nil {
		t.Errorf("%s, %v", diff, err)
	}
	if list, _ := o.Accounts(ctx, admin, identity.AccountFilter{Limit: 9}); len(list) != 3 {
		t.Errorf("a preview made accounts: %d", len(list))
	}
	_, made, err := o.ImportAccounts(ctx, admin, rows)
	if err != nil || len(made) != 1 || made[0].Name != "new.one" {
		t.Fatalf("made %+v, %v", made, err)
	}
	if _, a := o.enter(t, ctx, "new.one", made[0].Password); !a.MustChange || a.Role != identity.Leader {
		t.Errorf("the new account is %+v", a)
	}
	if _, bert := o.enter(t, ctx, "bert", goodPassword); bert.Role != identity.Dispatcher || bert.Version != 2 {
		t.Errorf("the changed account is %+v", bert)
	}
	if _, made, err := o.ImportAccounts(ctx, admin, rows); len(made) != 0 || err != nil {
		t.Errorf("a second import makes %v, %v", made, err)
	}
}

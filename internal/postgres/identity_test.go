package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/postgres"
	"wangge/internal/testenv"
)

const goodPassword = "blue-Kettle 42"

// office is identity with a clock of its own on a real database.
type office struct {
	*identity.Service
	db  *postgres.DB
	now time.Time
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{db: freshDB(t, testenv.Postgres(t)), now: eight}
	var err error
	o.Service, err = identity.New(postgres.Identity{DB: o.db}, identity.Options{Now: func() time.Time { return o.now }})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) account(t *testing.T, name string, role identity.Role, scope string) identity.Account {
	t.Helper()
	_, err := o.EnsureAccount(t.Context(), identity.NewAccount{Name: name, DisplayName: name, Role: role, Scope: scope, Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	c, err := postgres.Identity{DB: o.db}.Credential(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return c.Account
}

// from is a request of that address.
func from(t *testing.T, address string) context.Context {
	return identity.WithRequest(t.Context(), identity.Request{Address: address, ID: "r-" + address})
}

func as(ctx context.Context, a identity.Account) context.Context {
	return identity.WithPrincipal(ctx, a.Principal())
}

func wantFault(t *testing.T, err error, kind fault.Kind, code string) *fault.Error {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Kind != kind || f.Code != code {
		t.Fatalf("got %v, want a fault %s %q", err, kind, code)
	}
	return f
}

func TestSignInAndSessionLimits(t *testing.T) {
	o := newOffice(t)
	account := o.account(t, "dispatcher", identity.Dispatcher, "371402")
	ctx := from(t, "192.0.2.1")

	token, session, signedIn, err := o.SignIn(ctx, "  Dispatcher ", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if signedIn.ID != account.ID || session.Address != "192.0.2.1" {
		t.Errorf("signed in as %d from %q", signedIn.ID, session.Address)
	}
	resolve := func() error {
		_, _, err := o.Resolve(ctx, token)
		return err
	}
	// Used every hour, it lasts for the 24 hours of its life and no longer.
	for hour := 1; hour < 24; hour++ {
		o.now = eight.Add(time.Duration(hour) * time.Hour)
		if err := resolve(); err != nil {
			t.Fatalf("after %d hours of use: %v", hour, err)
		}
	}
	o.now = eight.Add(24 * time.Hour)
	wantFault(t, resolve(), fault.Unauthenticated, "session.expired")

	// Unused, it lasts for 8 hours.
	token, _, _, err = o.SignIn(ctx, "dispatcher", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	began := o.now
	o.now = began.Add(8*time.Hour - time.Second)
	if err := resolve(); err != nil {
		t.Fatalf("just before it is idle for 8 hours: %v", err)
	}
	o.now = o.now.Add(8 * time.Hour)
	wantFault(t, resolve(), fault.Unauthenticated, "session.expired")

	_, _, err = o.Resolve(ctx, "no such token")
	wantFault(t, err, fault.Unauthenticated, "session.expired")
}

func TestSignOutEndsTheSessionForGood(t *testing.T) {
	o := newOffice(t)
	account := o.account(t, "operator", identity.Operator, "371402")
	ctx := from(t, "192.0.2.1")
	token, session, _, err := o.SignIn(ctx, "operator", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.SignOut(as(ctx, account), session); err != nil {
		t.Fatal(err)
	}
	_, _, err = o.Resolve(ctx, token)
	wantFault(t, err, fault.Unauthenticated, "session.expired")
	if err := o.SignOut(as(ctx, account), session); err != nil {
		t.Errorf("signing out twice: %v", err)
	}
}

func TestRefusedSignInsLookAlike(t *testing.T) {
	o := newOffice(t)
	admin := o.account(t, "admin", identity.Administrator, "371402")
	gone := o.account(t, "gone", identity.Operator, "371402")
	ctx := from(t, "192.0.2.1")
	yes := true
	if _, err := o.ChangeAccount(as(ctx, admin), admin.Principal(), gone.ID, identity.Change{Version: 1, Disabled: &yes}); err != nil {
		t.Fatal(err)
	}
	for _, try := range [][2]string{{"admin", "wrong"}, {"nobody", goodPassword}, {"gone", goodPassword}, {"", ""}, {"admin", ""}} {
		_, _, _, err := o.SignIn(ctx, try[0], try[1])
		wantFault(t, err, fault.Unauthenticated, "session.refused")
	}
	trail, err := o.AuditTrail(ctx, admin.Principal(), identity.AuditFilter{Action: "session.refused", Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var actors []string
	for _, e := range trail {
		actors = append(actors, e.Actor)
		if e.Address != "192.0.2.1" || e.RequestID != "r-192.0.2.1" {
			t.Errorf("a refusal is recorded from %q in %q", e.Address, e.RequestID)
		}
	}
	// Newest first; the name that is nobody's isn't written down, and a sign-in without a name isn't a try.
	if got, want := fmt.Sprint(actors), fmt.Sprint([]string{"admin", "gone", "", "admin"}); got != want {
		t.Errorf("recorded for %v, want %v", got, want)
	}
}

func TestSignInsAreThrottledPerAccount(t *testing.T) {
	o := newOffice(t)
	o.account(t, "victim", identity.Operator, "371402")
	for i := range 5 {
		_, _, _, err := o.SignIn(from(t, fmt.Sprintf("192.0.2.%d", i)), "victim", "guess")
		wantFault(t, err, fault.Unauthenticated, "session.refused")
		o.now = o.now.Add(time.Minute)
	}
	// The right password doesn't help now, from wherever.
	_, _, _, err := o.SignIn(from(t, "198.51.100.1"), "victim", goodPassword)
	f := wantFault(t, err, fault.TooMany, "session.throttled")
	// The first failure was 5 minutes ago and leaves the window of 15 after 10 more.
	if f.RetryAfter != 10*time.Minute {
		t.Errorf("told to come back after %v, want 10 minutes", f.RetryAfter)
	}
	// Trying on doesn't make it longer.
	o.now = o.now.Add(f.RetryAfter)
	if _, _, _, err := o.SignIn(from(t, "198.51.100.1"), "victim", goodPassword); err != nil {
		t.Errorf("after the time that was named: %v", err)
	}
	// Success forgets the failures.
	for range 4 {
		_, _, _, err := o.SignIn(from(t, "192.0.2.1"), "victim", "guess")
		wantFault(t, err, fault.Unauthenticated, "session.refused")
	}
	if _, _, _, err := o.SignIn(from(t, "192.0.2.1"), "victim", goodPassword); err != nil {
		t.Error(err)
	}
}

func TestSignInsAreThrottledPerAddress(t *testing.T) {
	o := newOffice(t)
	o.account(t, "operator", identity.Operator, "371402")
	for i := range 30 {
		_, _, _, err := o.SignIn(from(t, "192.0.2.9"), fmt.Sprintf("guess%d", i), "guess")
		wantFault(t, err, fault.Unauthenticated, "session.refused")
	}
	_, _, _, err := o.SignIn(from(t, "192.0.2.9"), "operator", goodPassword)
	wantFault(t, err, fault.TooMany, "session.throttled")
	if _, _, _, err := o.SignIn(from(t, "192.0.2.10"), "operator", goodPassword); err != nil {
		t.Errorf("another address suffers too: %v", err)
	}
}

// TestManyGuessesAtOnce: attempts that run side by side are no way round the limit.
func TestManyGuessesAtOnce(t *testing.T) {
	o := newOffice(t)
	o.account(t, "victim", identity.Operator, "371402")
	var wg sync.WaitGroup
	var mu sync.Mutex
	looked := 0
	for range 20 {
		wg.Go(func() {
			_, _, _, err := o.SignIn(from(t, "192.0.2.1"), "victim", "guess")
			if fault.Is(err, fault.Unauthenticated) {
				mu.Lock()
				defer mu.Unlock()
				looked++
			}
		})
	}
	wg.Wait()
	if looked > 5 {
		t.Errorf("%d guesses were looked at, 5 are allowed", looked)
	}
}

func TestChangesOfRightsEndSessionsAtOnce(t *testing.T) {
	o := newOffice(t)
	admin := o.account(t, "admin", identity.Administrator, "371402")
	worker := o.account(t, "worker", identity.GridWorker, "371402001001")
	ctx := from(t, "192.0.2.1")
	role, scope, name, password, off := identity.Operator, "371402001", "新名", "another-Kettle 43", true
	for what, c := range map[string]struct {
		change identity.Change
		ends   bool
	}{
		"role":         {identity.Change{Role: &role}, true},
		"scope":        {identity.Change{Scope: &scope}, true},
		"display name": {identity.Change{DisplayName: &name}, false},
	} {
		token, session, _, err := o.SignIn(ctx, "worker", goodPassword)
		if err != nil {
			t.Fatal(err)
		}
		c.change.Version = worker.Version
		if worker, err = o.ChangeAccount(as(ctx, admin), admin.Principal(), worker.ID, c.change); err != nil {
			t.Fatal(err)
		}
		_, _, err = o.Resolve(ctx, token)
		if ended := fault.Is(err, fault.Unauthenticated); ended != c.ends || err != nil && !ended {
			t.Errorf("a new %s: the session answers %v", what, err)
		}
		live, err := o.LiveSessions(ctx, [][32]byte{session.Key, {1}})
		if err != nil {
			t.Fatal(err)
		}
		if live[session.Key] == c.ends || live[[32]byte{1}] {
			t.Errorf("a new %s: live sessions are %v", what, live)
		}
	}
	for what, change := range map[string]identity.Change{"password": {Password: &password}, "disabling": {Disabled: &off}} {
		token, _, _, err := o.SignIn(ctx, "worker", goodPassword)
		if err != nil {
			token, _, _, err = o.SignIn(ctx, "worker", password)
		}
		if err != nil {
			t.Fatal(err)
		}
		change.Version = worker.Version
		if worker, err = o.ChangeAccount(as(ctx, admin), admin.Principal(), worker.ID, change); err != nil {
			t.Fatal(err)
		}
		if what == "disabling" && !worker.Disabled {
			t.Error("not disabled")
		}
		_, _, err = o.Resolve(ctx, token)
		wantFault(t, err, fault.Unauthenticated, "session.expired")
		if worker.Disabled {
			no := false
			if worker, err = o.ChangeAccount(as(ctx, admin), admin.Principal(), worker.ID, identity.Change{Version: worker.Version, Disabled: &no}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAccountsStayWithinScope(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	district := o.account(t, "district", identity.Administrator, "371402")
	local := o.account(t, "local", identity.Administrator, "371402001").Principal()
	wide := "371402"

	_, _, err := o.CreateAccount(ctx, local, identity.NewAccount{Name: "boss", DisplayName: "x", Role: identity.Administrator, Scope: wide, Password: goodPassword})
	wantFault(t, err, fault.Forbidden, "account.scope")
	inside, _, err := o.CreateAccount(ctx, local, identity.NewAccount{Name: "inside", DisplayName: "x", Role: identity.Operator, Scope: "371402001002", Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.ChangeAccount(ctx, local, inside.ID, identity.Change{Version: 1, Scope: &wide})
	wantFault(t, err, fault.Forbidden, "account.scope")
	_, err = o.ChangeAccount(ctx, local, district.ID, identity.Change{Version: 1, DisplayName: &wide})
	wantFault(t, err, fault.NotFound, "account.missing")
	role := identity.Operator
	_, err = o.ChangeAccount(ctx, local, local.AccountID, identity.Change{Version: 1, Role: &role})
	wantFault(t, err, fault.Forbidden, "account.self")
	f := wantFault(t, second(o.ChangeAccount(ctx, local, inside.ID, identity.Change{Version: 7, DisplayName: &wide})), fault.Conflict, "account.version")
	if f.Params["current"] != int64(1) {
		t.Errorf("the conflict names version %v, want 1", f.Params["current"])
	}
	_, _, err = o.CreateAccount(ctx, local, identity.NewAccount{Name: "INSIDE", DisplayName: "x", Role: identity.Operator, Scope: "371402001002", Password: goodPassword})
	wantFault(t, err, fault.Conflict, "account.name")

	seen, err := o.Accounts(ctx, local, identity.AccountFilter{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 || seen[0].Name != "inside" || seen[1].Name != "local" {
		t.Errorf("a subdistrict's administrator sees %v", seen)
	}
}

func second[T any](_ T, err error) error { return err }

func TestGuessablePasswordsAreRefused(t *testing.T) {
	o := newOffice(t)
	for password, rule := range map[string]string{
		"short":           "password_short",
		"13800138000":     "password_digits",
		"kettle-worker-1": "password_name",
		"aaaaaaaabbbb":    "password_plain",
		"Password123":     "password_common",
		"网格网格网格网格网":       "password_short",
	} {
		_, err := o.EnsureAccount(t.Context(), identity.NewAccount{Name: "worker", DisplayName: "x", Role: identity.Operator, Scope: "371402", Password: password})
		f := wantFault(t, err, fault.Invalid, "account.password")
		if len(f.Fields) != 1 || f.Fields[0].Name != "password" || f.Fields[0].Code != rule {
			t.Errorf("%q breaks %v, want %s", password, f.Fields, rule)
		}
	}
	_, err := o.EnsureAccount(t.Context(), identity.NewAccount{Name: "bad name", Role: "king", Scope: "37", Password: goodPassword})
	if f := wantFault(t, err, fault.Invalid, "account.invalid"); len(f.Fields) != 4 {
		t.Errorf("%d fields are named, want name, display_name, role and scope: %v", len(f.Fields), f.Fields)
	}
}

func TestAuditTrailPagesAndScope(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	for i := range 5 {
		e := identity.AuditEntry{At: eight.Add(time.Duration(i) * time.Minute), Actor: "a", Action: "track.read", Entity: "worker", EntityID: "7", Area: fmt.Sprintf("37140200%d", i%2+1)}
		if err := o.Audit(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Audit(ctx, identity.AuditEntry{At: eight, Action: "session.refused"}); err != nil {
		t.Fatal(err)
	}
	count := func(scope string, f identity.AuditFilter) int {
		t.Helper()
		f.Limit = 100
		entries, err := o.AuditTrail(ctx, identity.Principal{Scope: scope}, f)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	for _, c := range []struct {
		scope string
		f     identity.AuditFilter
		want  int
	}{
		{"371402", identity.AuditFilter{}, 6},
		{"371402001", identity.AuditFilter{}, 3},
		{"", identity.AuditFilter{}, 0},
		{"371402", identity.AuditFilter{Action: "track"}, 5},
		{"371402", identity.AuditFilter{Action: "track.read", From: eight.Add(time.Minute), To: eight.Add(3 * time.Minute)}, 2},
		{"371402", identity.AuditFilter{Entity: "worker", EntityID: "8"}, 0},
		{"371402", identity.AuditFilter{Actor: "a"}, 5},
	} {
		if got := count(c.scope, c.f); got != c.want {
			t.Errorf("scope %q, %+v: %d entries, want %d", c.scope, c.f, got, c.want)
		}
	}
	first, err := o.AuditTrail(ctx, identity.Principal{Scope: "371402"}, identity.AuditFilter{Limit: 4})
	if err != nil {
		t.Fatal(err)
	}
	rest, err := o.AuditTrail(ctx, identity.Principal{Scope: "371402"}, identity.AuditFilter{Limit: 4, Before: first[3].ID})
	if err != nil {
		t.Fatal(err)
	}
	if len(rest) != 2 || rest[0].ID >= first[3].ID {
		t.Errorf("the second page has %d entries", len(rest))
	}
}

// TestAChangeWithoutItsAuditDoesNotHappen: what cannot be recorded is not done.
func TestAChangeWithoutItsAuditDoesNotHappen(t *testing.T) {
	o := newOffice(t)
	admin := o.account(t, "admin", identity.Administrator, "371402")
	if _, err := o.db.Pool.Exec(t.Context(), "ALTER TABLE audit ADD CONSTRAINT none CHECK (action <> 'account.change')"); err != nil {
		t.Fatal(err)
	}
	other := o.account(t, "other", identity.Operator, "371402")
	name := "改名"
	if _, err := o.ChangeAccount(t.Context(), admin.Principal(), other.ID, identity.Change{Version: 1, DisplayName: &name}); err == nil {
		t.Fatal("the change went through")
	}
	after, err := postgres.Identity{DB: o.db}.Account(t.Context(), other.ID)
	if err != nil {
		t.Fatal(err)
	}
	if after.DisplayName != "other" || after.Version != 1 {
		t.Errorf("the account is %q, version %d", after.DisplayName, after.Version)
	}
}

func TestSweepForgetsWhatIsOver(t *testing.T) {
	o := newOffice(t)
	o.account(t, "operator", identity.Operator, "371402")
	ctx := from(t, "192.0.2.1")
	if _, _, _, err := o.SignIn(ctx, "operator", goodPassword); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := o.SignIn(ctx, "nobody", "x"); err == nil {
		t.Fatal(errors.New("nobody signed in"))
	}
	rows := func() (sessions, failures int) {
		t.Helper()
		err := o.db.Pool.QueryRow(t.Context(), "SELECT (SELECT count(*) FROM session), (SELECT count(*) FROM sign_in_failure)").Scan(&sessions, &failures)
		if err != nil {
			t.Fatal(err)
		}
		return sessions, failures
	}
	for _, step := range []struct {
		after              time.Duration
		sessions, failures int
	}{{0, 1, 1}, {15 * time.Minute, 1, 0}, {8 * time.Hour, 0, 0}} {
		o.now = eight.Add(step.after)
		if err := o.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if s, f := rows(); s != step.sessions || f != step.failures {
			t.Errorf("after %v: %d sessions and %d failures, want %d and %d", step.after, s, f, step.sessions, step.failures)
		}
	}
}

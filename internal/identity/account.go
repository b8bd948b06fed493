package identity

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"wangge/internal/fault"
)

// NewAccount is what it takes to create one.
type NewAccount struct {
	Name        string
	DisplayName string
	Role        Role
	Scope       string
	WorkerID    int32
	Password    string // empty: one is made, and must be changed at the first sign-in
}

// Change is what is to be different about an account; nil leaves a thing as it is. Version is the one that the caller saw.
type Change struct {
	Version     int64
	DisplayName *string
	Role        *Role
	Scope       *string
	WorkerID    *int32 // 0 for none
	Disabled    *bool
	Password    *string
}

var (
	nameShape  = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
	scopeShape = regexp.MustCompile(`^([0-9]{6}|[0-9]{9}|[0-9]{12}|[0-9]{16})$`)
)

// CreateAccount adds an account within the creator's own scope. Without a password one is made, which is answered here and never again.
// A broken rule is Invalid, a taken name Conflict "account.name", a scope outside the creator's Forbidden.
func (s *Service) CreateAccount(ctx context.Context, by Principal, n NewAccount) (a Account, oneTime string, err error) {
	defer fault.Wrap(&err, "identity.CreateAccount(%q)", n.Name)
	if !by.Sees(n.Scope) {
		return a, "", outOfScope()
	}
	if n.Password == "" {
		oneTime = newPassword()
	}
	a, err = s.create(ctx, n, oneTime)
	return a, oneTime, err
}

// EnsureAccount creates the account when there is none of that name, on behalf of the program itself, and tells whether it did.
func (s *Service) EnsureAccount(ctx context.Context, n NewAccount) (created bool, err error) {
	defer fault.Wrap(&err, "identity.EnsureAccount(%q)", n.Name)
	_, err = s.store.Credential(ctx, normalName(n.Name))
	if err == nil || !fault.Is(err, fault.NotFound) {
		return false, err
	}
	_, err = s.create(ctx, n, "")
	if fault.Is(err, fault.Conflict) { // another node was faster
		return false, nil
	}
	return err == nil, err
}

// create adds the account with its password, or with the one made for it.
func (s *Service) create(ctx context.Context, n NewAccount, oneTime string) (Account, error) {
	made, err := s.prepare(ctx, n, oneTime)
	if err != nil {
		return Account{}, err
	}
	return s.store.CreateAccount(ctx, made.Credential, made.Entry)
}

// prepare works out what is to be stored of a new account.
func (s *Service) prepare(ctx context.Context, n NewAccount, oneTime string) (made Creation, err error) {
	a := s.fresh(n)
	a.MustChange = oneTime != ""
	if err := checkAccount(a); err != nil {
		return made, err
	}
	password := oneTime
	if password == "" {
		password = n.Password
		if err := checkPassword(a.Name, password); err != nil {
			return made, err
		}
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return made, err
	}
	e := AuditEntry{At: a.CreatedAt, Action: actionCreate, Entity: entityAccount, Area: a.Scope,
		Detail: detail(map[string]any{"name": a.Name, "role": a.Role, "scope": a.Scope})}
	return Creation{Credential: Credential{Account: a, Hash: hash}, Entry: e}, nil
}

// fresh is the account that is asked for, not yet checked.
func (s *Service) fresh(n NewAccount) Account {
	return Account{
		Name: normalName(n.Name), DisplayName: strings.TrimSpace(n.DisplayName), Role: n.Role, Scope: n.Scope, WorkerID: n.WorkerID,
		CreatedAt: s.now(), Version: 1,
	}
}

func checkAccount(a Account) error {
	bad := fault.New(fault.Invalid, "account.invalid", "the account breaks a rule")
	if !nameShape.MatchString(a.Name) || len(a.Name) > maxName {
		bad.WithField("name", "name", "lower-case letters, digits, dots, hyphens and underscores, 64 at most")
	}
	if a.DisplayName == "" || utf8.RuneCountInString(a.DisplayName) > maxDisplayName {
		bad.WithField("display_name", "length", "1 to 100 characters")
	}
	if !slices.Contains(Roles, a.Role) {
		bad.WithField("role", "enum", "no such role")
	}
	if !scopeShape.MatchString(a.Scope) {
		bad.WithField("scope", "pattern", "must be an area code")
	}
	if a.WorkerID < 0 {
		bad.WithField("worker_id", "range", "must not be negative")
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	return nil
}

func outOfScope() error {
	return fault.New(fault.Forbidden, "account.scope", "the scope lies outside your own")
}

// ChangeAccount changes an account within the changer's own scope. Outside of it is NotFound; a version that is no longer current is
// Conflict "account.version" and names the current one. A new role, scope or password, and disabling, end the account's sessions.
// Nobody changes the own role or scope, or disables oneself: so there is always somebody left who can.
func (s *Service) ChangeAccount(ctx context.Context, by Principal, id int64, c Change) (a Account, err error) {
	defer fault.Wrap(&err, "identity.ChangeAccount(%d)", id)
	current, err := s.store.Account(ctx, id)
	if err != nil {
		return a, err
	}
	if !by.Sees(current.Scope) {
		return a, noAccount()
	}
	var hash string
	if c.Password != nil {
		if err := checkPassword(current.Name, *c.Password); err != nil {
			return a, err
		}
		if hash, err = s.hasher.hash(ctx, *c.Password); err != nil {
			return a, err
		}
	}
	return s.store.ChangeAccount(ctx, id, func(old *Credential) (bool, AuditEntry, error) {
		return s.apply(by, old, c, hash)
	})
}

// apply works on the locked row, so what it checks cannot change before it is written.
func (s *Service) apply(by Principal, old *Credential, c Change, hash string) (endSessions bool, e AuditEntry, err error) {
	if !by.Sees(old.Scope) {
		return false, e, noAccount()
	}
	if old.Version != c.Version {
		return false, e, changedMeanwhile(old.Account)
	}
	next, changed := old.Account, map[string]any{}
	set(&next.DisplayName, c.DisplayName, "display_name", changed)
	set(&next.WorkerID, c.WorkerID, "worker_id", changed)
	harmless := len(changed)
	set(&next.Role, c.Role, "role", changed)
	set(&next.Scope, c.Scope, "scope", changed)
	set(&next.Disabled, c.Disabled, "disabled", changed)
	if old.ID == by.AccountID && len(changed) > harmless {
		return false, e, fault.New(fault.Forbidden, "account.self", "nobody changes the own role or scope, or disables oneself")
	}
	if err := checkAccount(next); err != nil {
		return false, e, err
	}
	if !by.Sees(next.Scope) {
		return false, e, outOfScope()
	}
	if hash != "" {
		old.Hash, changed["password"] = hash, "new"
		next.MustChange = old.ID != by.AccountID // somebody else knows it
	}
	endSessions = len(changed) > harmless
	old.Account = next
	e = AuditEntry{At: s.now(), Action: actionChange, Entity: entityAccount, EntityID: accountID(old.ID), Area: old.Scope, Detail: detail(changed)}
	return endSessions, e, nil
}

// set writes value to *field if there is one and it differs, and notes it under its name.
func set[T comparable](field *T, value *T, name string, changed map[string]any) {
	if value != nil && *value != *field {
		changed[name] = map[string]any{"from": *field, "to": *value}
		*field = *value
	}
}

// Accounts lists accounts in the principal's scope, by name, at most f.Limit of them.
func (s *Service) Accounts(ctx context.Context, by Principal, f AccountFilter) ([]Account, error) {
	if by.Scope == "" {
		return nil, nil
	}
	f.Scope = by.Scope
	return s.store.Accounts(ctx, f)
}

// Account finds an account in the principal's scope; NotFound otherwise.
func (s *Service) Account(ctx context.Context, by Principal, id int64) (a Account, err error) {
	defer fault.Wrap(&err, "identity.Account(%d)", id)
	a, err = s.store.Account(ctx, id)
	if err == nil && !by.Sees(a.Scope) {
		return Account{}, noAccount()
	}
	return a, err
}

func noAccount() error {
	return fault.New(fault.NotFound, "account.missing", "there is no such account")
}

func accountID(id int64) string { return strconv.FormatInt(id, 10) }

// detail is what an audit entry tells beyond its columns.
func detail(m map[string]any) json.RawMessage {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings, numbers and booleans only
	}
	return b
}

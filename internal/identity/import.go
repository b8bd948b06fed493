package identity

import (
	"context"
	"fmt"
	"strings"

	"wangge/internal/fault"
)

// MaxAccounts is how many accounts may be imported at once: each new one costs a password hash.
const MaxAccounts = 300

// Outcome is what an import makes of one row.
type Outcome string

// The outcomes of a row that is in order.
const (
	Created   Outcome = "created"
	Changed   Outcome = "changed"
	Unchanged Outcome = "unchanged"
)

// Imported is an account that an import made, with the password that was made for it: answered once, never kept.
type Imported struct {
	Name     string
	Password string
}

// plan is what an import is going to do with one row.
type plan struct {
	outcome Outcome
	wanted  NewAccount
	old     Account
}

// PreviewAccounts tells for each row what ImportAccounts would do. A refusal is Invalid with the offending rows in Fields
// ("accounts[3].scope"); the outcomes of the other rows are told all the same.
func (s *Service) PreviewAccounts(ctx context.Context, by Principal, rows []NewAccount) (outcomes []Outcome, err error) {
	defer fault.Wrap(&err, "identity.PreviewAccounts(%d)", len(rows))
	plans, err := s.planImport(ctx, by, rows)
	outcomes = make([]Outcome, len(plans))
	for i, p := range plans {
		outcomes[i] = p.outcome
	}
	return outcomes, err
}

// ImportAccounts creates accounts, each found by name, and changes the display name, role, scope and worker of those that are there: all,
// or none. New accounts get a password that must be changed at the first sign-in; passwords of others stay. Rows are refused as by
// PreviewAccounts.
func (s *Service) ImportAccounts(ctx context.Context, by Principal, rows []NewAccount) (outcomes []Outcome, made []Imported, err error) {
	defer fault.Wrap(&err, "identity.ImportAccounts(%d)", len(rows))
	plans, err := s.planImport(ctx, by, rows)
	if err != nil {
		return nil, nil, err
	}
	var created []Creation
	var changed []Changing
	for _, p := range plans {
		outcomes = append(outcomes, p.outcome)
		switch p.outcome {
		case Created:
			oneTime := newPassword()
			creation, err := s.prepare(ctx, p.wanted, oneTime)
			if err != nil {
				return nil, nil, err
			}
			created = append(created, creation)
			made = append(made, Imported{creation.Credential.Name, oneTime})
		case Changed:
			change := p.change()
			changed = append(changed, Changing{p.old.ID, func(c *Credential) (bool, AuditEntry, error) { return s.apply(by, c, change, "") }})
		}
	}
	if len(created)+len(changed) == 0 {
		return outcomes, nil, nil
	}
	if err := s.store.SaveAccounts(ctx, created, changed); err != nil {
		return nil, nil, err
	}
	return outcomes, made, nil
}

func (s *Service) planImport(ctx context.Context, by Principal, rows []NewAccount) ([]plan, error) {
	if len(rows) > MaxAccounts {
		return nil, fault.New(fault.TooLarge, "account.too_many", fmt.Sprintf("at most %d accounts at once", MaxAccounts), "limit", MaxAccounts)
	}
	there, err := s.byNames(ctx, rows)
	if err != nil {
		return nil, err
	}
	refusal := fault.New(fault.Invalid, "account.invalid", "some accounts cannot be saved so")
	seen, plans := map[string]bool{}, make([]plan, len(rows))
	for i, row := range rows {
		at := func(field string) string { return fmt.Sprintf("accounts[%d].%s", i, field) }
		wanted := s.fresh(row)
		old, known := there[wanted.Name]
		if seen[wanted.Name] {
			refusal.WithField(at("name"), "account.twice", "the account is there twice")
		}
		seen[wanted.Name] = true
		if f := fault.As(checkAccount(wanted)); f != nil {
			for _, field := range f.Fields {
				refusal.WithField(at(field.Name), field.Code, field.Text)
			}
		} else if !by.Sees(wanted.Scope) {
			refusal.WithField(at("scope"), "account.scope", "outside of your own area")
		}
		plans[i] = plan{outcome: Created, wanted: row, old: old}
		if !known {
			continue
		}
		plans[i].outcome = plans[i].compare()
		if !by.Sees(old.Scope) {
			refusal.WithField(at("name"), "account.taken", "the name is taken")
		} else if old.ID == by.AccountID && (row.Role != old.Role || row.Scope != old.Scope) {
			refusal.WithField(at("name"), "account.self", "nobody changes the own role or scope")
		}
	}
	if len(refusal.Fields) > 0 {
		return plans, refusal
	}
	return plans, nil
}

func (s *Service) byNames(ctx context.Context, rows []NewAccount) (map[string]Account, error) {
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = normalName(row.Name)
	}
	found, err := s.store.ByNames(ctx, names)
	if err != nil {
		return nil, err
	}
	there := make(map[string]Account, len(found))
	for _, a := range found {
		there[a.Name] = a
	}
	return there, nil
}

func (p plan) compare() Outcome {
	w, old := p.wanted, p.old
	if strings.TrimSpace(w.DisplayName) == old.DisplayName && w.Role == old.Role && w.Scope == old.Scope && w.WorkerID == old.WorkerID {
		return Unchanged
	}
	return Changed
}

func (p plan) change() Change {
	name := strings.TrimSpace(p.wanted.DisplayName)
	return Change{Version: p.old.Version, DisplayName: &name, Role: &p.wanted.Role, Scope: &p.wanted.Scope, WorkerID: &p.wanted.WorkerID}
}

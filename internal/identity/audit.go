package identity

import (
	"context"
	"encoding/json"
	"time"

	"wangge/internal/fault"
)

// AuditEntry is one line of the audit table: who did what to what, or looked at whom. The table is append-only.
type AuditEntry struct {
	ID        int64
	At        time.Time // UTC
	AccountID int64     // 0 when nobody was signed in
	Actor     string    // account name at that time
	Action    string    // "session.start", "session.refused", "track.read", "device.claim" …
	Entity    string
	EntityID  string
	Area      string
	Address   string // of the caller
	RequestID string
	Detail    json.RawMessage // never a secret, never a full phone number
}

// From returns the entry with who, when and where filled in from the context, as far as the entry leaves them out.
func (e AuditEntry) From(ctx context.Context) AuditEntry {
	if p, ok := PrincipalFrom(ctx); ok && e.AccountID == 0 && e.Actor == "" {
		e.AccountID, e.Actor = p.AccountID, p.Name
	}
	r := RequestFrom(ctx)
	e.Address, e.RequestID = r.Address, r.ID
	if e.At.IsZero() {
		e.At = time.Now().UTC()
	}
	if len(e.Detail) == 0 {
		e.Detail = json.RawMessage("{}")
	}
	return e
}

// AuditFilter says which entries are wanted. Empty fields don't restrict.
type AuditFilter struct {
	Scope    string    // area code; a district (6 digits) also takes entries of no area
	From, To time.Time // [From, To)
	Actor    string    // account name
	Action   string    // an action, or the part before the dot for all of that kind
	Entity   string
	EntityID string
	Within   string // area code: only entries of this area
	Before   int64  // entries with a lower id; 0 for the newest
	Limit    int
}

// Audit writes one entry for something that changes no row of its own, such as looking at a track. Changes write theirs in their own
// transaction. An error means that the entry is not written: then what it tells of must not happen either.
func (s *Service) Audit(ctx context.Context, e AuditEntry) error {
	return s.store.AppendAudit(ctx, e)
}

// AuditTrail lists entries in the principal's scope, newest first, at most f.Limit of them.
func (s *Service) AuditTrail(ctx context.Context, by Principal, f AuditFilter) ([]AuditEntry, error) {
	if by.Scope == "" {
		return nil, nil
	}
	f.Scope = by.Scope
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		return nil, fault.New(fault.Invalid, "time.range", "the start must lie before the end").WithField("from", "range", "not before the end")
	}
	return s.store.AuditTrail(ctx, f)
}

package identity

import (
	"context"
	"time"
)

// Credential is an account with the hash of its password. It goes between this package and storage only.
type Credential struct {
	Account
	Hash string // argon2id, PHC string
}

// Session is one sign-in. Its token exists only in the browser's cookie: Key is the token's SHA-256.
type Session struct {
	Key       [32]byte
	AccountID int64
	Address   string // where it was begun
	StartedAt time.Time
	SeenAt    time.Time // last request, to the minute
	ExpiresAt time.Time // the end whatever happens
}

// AccountOrder is how a list of accounts is sorted.
type AccountOrder string

// The orders: by name, or who signed in last comes first and who never did last.
const (
	ByName   AccountOrder = "name"
	BySignIn AccountOrder = "sign_in"
)

// AccountFilter says which accounts are wanted. Empty fields don't restrict.
type AccountFilter struct {
	Scope    string // area code: only accounts whose scope lies in it
	Within   string // area code: only those whose scope lies in this one too
	Text     string // part of the name or display name
	Role     Role
	WorkerID int32
	Disabled *bool
	Order    AccountOrder // ByName when empty
	After    *Account     // those behind this one, in that order: its Name and LastSignIn count
	Limit    int
}

// Creation is a new account with its audit entry.
type Creation struct {
	Credential Credential
	Entry      AuditEntry
}

// Changing is a change to work on an account's locked row; see Store.ChangeAccount.
type Changing struct {
	ID     int64
	Change func(*Credential) (endSessions bool, e AuditEntry, err error)
}

// Store is what accounts need of storage. Everything that changes something also writes the given audit entry, or nothing at all;
// entries are completed with AuditEntry.From.
type Store interface {
	// Credential finds an account by name; NotFound when there is none.
	Credential(ctx context.Context, name string) (Credential, error)
	// Account finds an account by id; NotFound when there is none.
	Account(ctx context.Context, id int64) (Account, error)
	// Accounts lists by name.
	Accounts(ctx context.Context, f AccountFilter) ([]Account, error)
	// CreateAccount gives the account its id; Conflict "account.name" when the name is taken.
	CreateAccount(ctx context.Context, c Credential, e AuditEntry) (Account, error)
	// ChangeAccount lets change work on the locked row, then writes it with the next version and an event. When change answers
	// true, the account's sessions are gone with it.
	ChangeAccount(ctx context.Context, id int64, change func(*Credential) (endSessions bool, e AuditEntry, err error)) (Account, error)

	// SaveAccounts creates and changes accounts in one transaction, all or none; see CreateAccount and ChangeAccount.
	SaveAccounts(ctx context.Context, created []Creation, changed []Changing) error
	// ByNames finds the accounts that have one of these names.
	ByNames(ctx context.Context, names []string) ([]Account, error)
	// Sessions lists the sessions of an account that hold at that time, the last used first.
	Sessions(ctx context.Context, account int64, now time.Time, idle time.Duration) ([]Session, error)
	// EndSessions removes the account's session with this id, or all with an empty one, but never the one with the key to keep. It tells
	// how many there were, and writes the entry unless there was none.
	EndSessions(ctx context.Context, account int64, id string, keep [32]byte, e AuditEntry) (int, error)
	// ChangePassword lets change work on the locked row and ends every session of the account but the one to keep.
	ChangePassword(ctx context.Context, id int64, keep [32]byte, change func(*Credential) (AuditEntry, error)) (Account, error)

	// AddSignInFailure counts an attempt as failed until it has succeeded, and tells how many there were since: for the account, and
	// for the address. Attempts at the same moment each see at least those counted before them.
	AddSignInFailure(ctx context.Context, f SignInFailure, since time.Time) (FailureCount, error)
	// RemoveSignInFailure takes one attempt back.
	RemoveSignInFailure(ctx context.Context, id int64) error
	// StartSession keeps the session, notes the sign-in at the account, and forgets its failures.
	StartSession(ctx context.Context, s Session, account string, e AuditEntry) error
	// Session finds the session and its account; NotFound when there is none, or the account is disabled.
	Session(ctx context.Context, key [32]byte) (Session, Account, error)
	// TouchSession notes that the session is in use.
	TouchSession(ctx context.Context, key [32]byte, at time.Time) error
	// EndSession removes it; nothing happens when there is none.
	EndSession(ctx context.Context, key [32]byte, e AuditEntry) error
	// LiveSessions tells which of the sessions still hold at that time.
	LiveSessions(ctx context.Context, keys [][32]byte, now time.Time, idle time.Duration) (map[[32]byte]bool, error)
	// SweepIdentity removes sessions that ended before now or were idle for longer, and failures before the instant.
	SweepIdentity(ctx context.Context, now time.Time, idle time.Duration, failuresBefore time.Time) error

	AppendAudit(ctx context.Context, e AuditEntry) error
	AuditTrail(ctx context.Context, f AuditFilter) ([]AuditEntry, error)
}

// SignInFailure is one attempt that did not succeed (or hasn't yet).
type SignInFailure struct {
	At      time.Time
	Account string // as typed, normalised; it need not exist
	Address string
}

// FailureCount tells how often it failed lately, the new attempt included.
type FailureCount struct {
	ID            int64 // of the new attempt
	Account       int
	Address       int
	OldestAccount time.Time
	OldestAddress time.Time
}

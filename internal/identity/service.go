package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"wangge/internal/fault"
)

// Options are what a deployment may decide. Zero values mean the defaults.
type Options struct {
	Idle     time.Duration    // a session ends after so long without a request; 8 h
	Lifetime time.Duration    // a session ends after so long in any case; 24 h
	Now      func() time.Time // the clock; time.Now
}

// Limits of signing in: so many failures within the window, then it is refused until the oldest has left the window.
const (
	failureWindow     = 15 * time.Minute
	failuresAccount   = 5
	failuresAddress   = 30
	signInBusyRetry   = time.Second
	touchEvery        = time.Minute
	maxName           = 64
	maxDisplayName    = 100
	tokenBytes        = 32
	actionStart       = "session.start"
	actionRefused     = "session.refused"
	actionThrottled   = "session.throttled"
	actionEnd         = "session.end"
	actionCreate      = "account.create"
	actionChange      = "account.change"
	actionPassword    = "account.password"
	actionEndSessions = "account.sessions_end"
	entityAccount     = "account"
	districtScopeSize = 6
)

// Service signs people in and keeps their accounts. Its methods may be called from many goroutines.
type Service struct {
	store  Store
	hasher *hasher
	opts   Options
}

// New makes the service. It computes one password hash, to have something to compare with when there is no such account.
func New(store Store, opts Options) (*Service, error) {
	if opts.Idle <= 0 {
		opts.Idle = 8 * time.Hour
	}
	if opts.Lifetime <= 0 {
		opts.Lifetime = 24 * time.Hour
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	h, err := newHasher()
	if err != nil {
		return nil, err
	}
	return &Service{store: store, hasher: h, opts: opts}, nil
}

func (s *Service) now() time.Time { return s.opts.Now().UTC() }

// Idle is how long a session lasts without a request.
func (s *Service) Idle() time.Duration { return s.opts.Idle }

// SignIn begins a session and answers the token that the browser keeps. A wrong name, a wrong password and a disabled account are the
// same Unauthenticated fault, and take equally long; too many failures are TooMany. Each outcome is in the audit.
func (s *Service) SignIn(ctx context.Context, name, password string) (token string, session Session, account Account, err error) {
	name = normalName(name)
	defer fault.Wrap(&err, "identity.SignIn(%q)", name)
	if name == "" || len(name) > maxName || len(password) > PasswordMax {
		return "", session, account, refused()
	}
	attempt, err := s.countAttempt(ctx, name)
	if err != nil {
		return "", session, account, err
	}
	found, err := s.verify(ctx, name, password)
	if fault.Is(err, fault.Unauthenticated) {
		return "", session, account, s.recordRefusal(ctx, found, actionRefused, err)
	}
	if err != nil { // not the caller's fault: it must not count against the account
		_ = s.store.RemoveSignInFailure(context.WithoutCancel(ctx), attempt)
		return "", session, account, err
	}
	token, session, err = s.begin(ctx, found)
	return token, session, found, err
}

func refused() error {
	return fault.New(fault.Unauthenticated, "session.refused", "the name or the password is wrong")
}

// countAttempt counts the attempt as a failure before the password is looked at, so that many attempts at once cannot slip through
// together; a success forgets it again.
func (s *Service) countAttempt(ctx context.Context, name string) (int64, error) {
	now := s.now()
	n, err := s.store.AddSignInFailure(ctx, SignInFailure{At: now, Account: name, Address: RequestFrom(ctx).Address}, now.Add(-failureWindow))
	if err != nil {
		return 0, err
	}
	var oldest time.Time
	switch {
	case n.Account > failuresAccount:
		oldest = n.OldestAccount
	case n.Address > failuresAddress:
		oldest = n.OldestAddress
	default:
		return n.ID, nil
	}
	// A throttled attempt is not a failure: otherwise whoever keeps trying would keep the owner out for ever.
	if err := s.store.RemoveSignInFailure(ctx, n.ID); err != nil {
		return 0, err
	}
	wait := max(time.Second, oldest.Add(failureWindow).Sub(now))
	throttled := fault.New(fault.TooMany, "session.throttled", "too many failed sign-ins", "minutes", int(wait.Minutes())+1).WithRetry(wait)
	c, err := s.store.Credential(ctx, name)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return 0, err
	}
	return 0, s.recordRefusal(ctx, c.Account, actionThrottled, throttled)
}

// verify finds the account of that name, if there is one, and refuses unless the password is its own.
func (s *Service) verify(ctx context.Context, name, password string) (Account, error) {
	c, err := s.store.Credential(ctx, name)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Account{}, err
	}
	same, err := s.hasher.matches(ctx, password, c.Hash)
	if err != nil {
		return Account{}, err
	}
	if !same || c.Disabled {
		return c.Account, refused()
	}
	return c.Account, nil
}

// recordRefusal writes the audit entry and answers the refusal itself, or why it could not be recorded. A name that is no account's is
// not written down: people type passwords into the wrong field.
func (s *Service) recordRefusal(ctx context.Context, a Account, action string, refusal error) error {
	e := AuditEntry{At: s.now(), Actor: a.Name, Action: action, Entity: entityAccount, Area: a.Scope}
	if a.ID != 0 {
		e.EntityID = accountID(a.ID)
	}
	if err := s.store.AppendAudit(ctx, e); err != nil {
		return err
	}
	return refusal
}

func (s *Service) begin(ctx context.Context, a Account) (string, Session, error) {
	raw := make([]byte, tokenBytes)
	rand.Read(raw) // never fails: the program ends when the system has no randomness
	token := base64.RawURLEncoding.EncodeToString(raw)
	now := s.now()
	session := Session{
		Key: sha256.Sum256([]byte(token)), AccountID: a.ID, Address: RequestFrom(ctx).Address,
		StartedAt: now, SeenAt: now, ExpiresAt: now.Add(s.opts.Lifetime),
	}
	e := AuditEntry{At: now, AccountID: a.ID, Actor: a.Name, Action: actionStart, Entity: entityAccount, EntityID: accountID(a.ID), Area: a.Scope}
	return token, session, s.store.StartSession(ctx, session, a.Name, e)
}

// Resolve tells who holds the token, with the role and scope that the account has now. A token that is unknown, expired, idle for too
// long, ended, or of a disabled account is Unauthenticated.
func (s *Service) Resolve(ctx context.Context, token string) (session Session, account Account, err error) {
	defer fault.Wrap(&err, "identity.Resolve")
	session, account, err = s.store.Session(ctx, sha256.Sum256([]byte(token)))
	if fault.Is(err, fault.NotFound) {
		return session, account, expired()
	}
	if err != nil {
		return session, account, err
	}
	now := s.now()
	if !now.Before(session.ExpiresAt) || now.Sub(session.SeenAt) >= s.opts.Idle {
		return session, account, expired()
	}
	if now.Sub(session.SeenAt) >= touchEvery {
		err = s.store.TouchSession(ctx, session.Key, now)
	}
	return session, account, err
}

func expired() error {
	return fault.New(fault.Unauthenticated, "session.expired", "the session is over; sign in again")
}

// SignOut ends the session. It cannot be used again anywhere.
func (s *Service) SignOut(ctx context.Context, session Session) error {
	p, _ := PrincipalFrom(ctx)
	return s.store.EndSession(ctx, session.Key, AuditEntry{At: s.now(), Action: actionEnd, Entity: entityAccount, EntityID: accountID(session.AccountID), Area: p.Scope})
}

// LiveSessions tells which of these sessions still hold, and keeps those from going idle: an open stream is use. Whoever holds a
// connection open on behalf of a session asks every few seconds.
func (s *Service) LiveSessions(ctx context.Context, keys [][32]byte) (map[[32]byte]bool, error) {
	return s.store.LiveSessions(ctx, keys, s.now(), s.opts.Idle)
}

// Sweep forgets sessions that are over and failures that no longer count.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	return s.store.SweepIdentity(ctx, now, s.opts.Idle, now.Add(-failureWindow))
}

// Principal is who this account is in a request.
func (a Account) Principal() Principal {
	return Principal{AccountID: a.ID, Name: a.Name, DisplayName: a.DisplayName, Role: a.Role, Scope: a.Scope, WorkerID: a.WorkerID, MustChange: a.MustChange}
}

func normalName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

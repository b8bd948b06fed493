package identity

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"wangge/internal/fault"
)

// The alphabet of one-time passwords leaves out what is mistaken for something else when read aloud or copied from paper. 14 of 31 signs
// are 69 bits.
const (
	oneTimeSigns  = "abcdefghjkmnpqrstuvwxyz23456789"
	oneTimeLength = 14
)

// newPassword makes a one-time password: "h7km-2pqv-x9ab-cd".
func newPassword() string {
	out := make([]byte, 0, oneTimeLength+oneTimeLength/4)
	for i := 0; i < oneTimeLength; {
		var b [1]byte
		rand.Read(b[:]) // never fails: the program ends when the system has no randomness
		if int(b[0]) >= 256-256%len(oneTimeSigns) {
			continue // would prefer the first signs
		}
		if i > 0 && i%4 == 0 {
			out = append(out, '-')
		}
		out = append(out, oneTimeSigns[int(b[0])%len(oneTimeSigns)])
		i++
	}
	return string(out)
}

// ID names the session to administrators. It is the beginning of a hash: nobody can sign in with it.
func (s Session) ID() string { return hex.EncodeToString(s.Key[:8]) }

// ChangeOwnPassword sets a new password for whoever is asking. Every other session of the account ends. A wrong old password is Invalid
// "password.old" and counts as a failed sign-in (then TooMany); a new one that is easily guessed, or is the old one, is Invalid.
func (s *Service) ChangeOwnPassword(ctx context.Context, session Session, old, next string) (a Account, err error) {
	defer fault.Wrap(&err, "identity.ChangeOwnPassword(%d)", session.AccountID)
	current, err := s.store.Account(ctx, session.AccountID)
	if err != nil {
		return a, err
	}
	attempt, err := s.countAttempt(ctx, current.Name)
	if err != nil {
		return a, err
	}
	_, err = s.verify(ctx, current.Name, old)
	if fault.Is(err, fault.Unauthenticated) {
		return a, s.recordRefusal(ctx, current, actionRefused, wrongOld())
	}
	if failed := s.store.RemoveSignInFailure(context.WithoutCancel(ctx), attempt); err == nil {
		err = failed
	}
	if err != nil {
		return a, err
	}
	if err := checkNext(current.Name, old, next); err != nil {
		return a, err
	}
	hash, err := s.hasher.hash(ctx, next)
	if err != nil {
		return a, err
	}
	return s.store.ChangePassword(ctx, current.ID, session.Key, func(c *Credential) (AuditEntry, error) {
		c.Hash, c.MustChange = hash, false
		return s.passwordEntry(c.Account, "own"), nil
	})
}

func wrongOld() error {
	return fault.New(fault.Invalid, "password.old", "the old password is wrong").WithField("old", "password.old", "not the present password")
}

// checkNext says of the new password what checkPassword does, under the name that it has here.
func checkNext(name, old, next string) error {
	if old == next {
		return fault.New(fault.Invalid, "account.password", "the new password is the old one").WithField("new", "password.same", "must differ from the old one")
	}
	err := checkPassword(name, next)
	if f := fault.As(err); f != nil {
		for i := range f.Fields {
			f.Fields[i].Name = "new"
		}
	}
	return err
}

// ResetPassword gives an account in the principal's scope a password that is made here, answered once, and must be changed at the next
// sign-in. All its sessions end. One's own is Forbidden "account.self"; a version that is no longer current Conflict.
func (s *Service) ResetPassword(ctx context.Context, by Principal, id, version int64) (a Account, oneTime string, err error) {
	defer fault.Wrap(&err, "identity.ResetPassword(%d)", id)
	current, err := s.Account(ctx, by, id)
	if err != nil {
		return a, "", err
	}
	if current.ID == by.AccountID {
		return a, "", fault.New(fault.Forbidden, "password.self", "one changes one's own password with the old one")
	}
	oneTime = newPassword()
	hash, err := s.hasher.hash(ctx, oneTime)
	if err != nil {
		return a, "", err
	}
	a, err = s.store.ChangeAccount(ctx, id, func(c *Credential) (bool, AuditEntry, error) {
		if !by.Sees(c.Scope) {
			return false, AuditEntry{}, noAccount()
		}
		if c.Version != version {
			return false, AuditEntry{}, changedMeanwhile(c.Account)
		}
		c.Hash, c.MustChange = hash, true
		return true, s.passwordEntry(c.Account, "reset"), nil
	})
	return a, oneTime, err
}

func changedMeanwhile(a Account) error {
	return fault.New(fault.Conflict, "account.version", "the account has been changed meanwhile", "current", a.Version)
}

// passwordEntry tells that a password was changed, and how; never anything of the password.
func (s *Service) passwordEntry(a Account, how string) AuditEntry {
	return AuditEntry{At: s.now(), Action: actionPassword, Entity: entityAccount, EntityID: accountID(a.ID), Area: a.Scope,
		Detail: detail(map[string]any{"name": a.Name, "how": how})}
}

// Sessions lists the sessions of an account in the principal's scope that hold now, the last used first.
func (s *Service) Sessions(ctx context.Context, by Principal, id int64) (sessions []Session, err error) {
	defer fault.Wrap(&err, "identity.Sessions(%d)", id)
	if _, err := s.Account(ctx, by, id); err != nil {
		return nil, err
	}
	return s.store.Sessions(ctx, id, s.now(), s.opts.Idle)
}

// EndSessions ends one session of an account in the principal's scope (by Session.ID), or all with an empty id; never the one that the
// request comes with. It tells how many ended; an id that names none is NotFound "session.gone".
func (s *Service) EndSessions(ctx context.Context, by Principal, own Session, id int64, session string) (n int, err error) {
	defer fault.Wrap(&err, "identity.EndSessions(%d, %q)", id, session)
	a, err := s.Account(ctx, by, id)
	if err != nil {
		return 0, err
	}
	n, err = s.store.EndSessions(ctx, id, session, own.Key, AuditEntry{At: s.now(), Action: actionEndSessions, Entity: entityAccount,
		EntityID: accountID(id), Area: a.Scope, Detail: detail(map[string]any{"name": a.Name})})
	if err == nil && n == 0 && session != "" {
		return 0, fault.New(fault.NotFound, "session.gone", "there is no such session, or it is the one in use here")
	}
	return n, err
}

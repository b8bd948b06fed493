package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/identity"
)

// Identity is identity.Store on this database.
type Identity struct{ DB *DB }

var _ identity.Store = Identity{}

const accountColumns = `account.id, name, display_name, role, scope, coalesce(worker_id, 0), disabled, created_at, version, must_change,
	coalesce(last_sign_in, '0001-01-01 00:00:00+00')`

// accountFields are where a row of accountColumns goes.
func accountFields(a *identity.Account) []any {
	return []any{&a.ID, &a.Name, &a.DisplayName, &a.Role, &a.Scope, &a.WorkerID, &a.Disabled, &a.CreatedAt, &a.Version, &a.MustChange, &a.LastSignIn}
}

// inUTC makes what storage answers equal to what was stored.
func inUTC(a identity.Account) identity.Account {
	a.CreatedAt, a.LastSignIn = a.CreatedAt.UTC(), a.LastSignIn.UTC()
	return a
}

func noAccount() error {
	return fault.New(fault.NotFound, "account.missing", "there is no such account")
}

// Credential finds an account by name.
func (p Identity) Credential(ctx context.Context, name string) (c identity.Credential, err error) {
	defer fault.Wrap(&err, "postgres.Credential(%q)", name)
	return credential(ctx, p.DB.Pool, "name = $1", name)
}

// queryRower is a pool or a transaction.
type queryRower interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func credential(ctx context.Context, q queryRower, where string, arg any) (c identity.Credential, err error) {
	fields := append(accountFields(&c.Account), &c.Hash)
	err = q.QueryRow(ctx, "SELECT "+accountColumns+", password FROM account WHERE "+where, arg).Scan(fields...)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, noAccount()
	}
	c.Account = inUTC(c.Account)
	return c, away(err)
}

// Account finds an account by id.
func (p Identity) Account(ctx context.Context, id int64) (a identity.Account, err error) {
	defer fault.Wrap(&err, "postgres.Account(%d)", id)
	c, err := credential(ctx, p.DB.Pool, "id = $1", id)
	return c.Account, err
}

// Accounts lists in the order asked for.
func (p Identity) Accounts(ctx context.Context, f identity.AccountFilter) (accounts []identity.Account, err error) {
	defer fault.Wrap(&err, "postgres.Accounts(%+v)", f)
	after, seen := "", time.Time{}
	if f.After != nil {
		after, seen = f.After.Name, f.After.LastSignIn
	}
	order, behind := "name", "name > $2"
	args := []any{f.Scope, after, f.Role, f.Text, f.Within, f.WorkerID, f.Disabled, f.Limit}
	if f.Order == identity.BySignIn {
		order, behind = lastSignIn+" DESC, name", "($2 = '' OR "+lastSignIn+" < $9::timestamptz OR "+lastSignIn+" = $9::timestamptz AND name > $2)"
		args = append(args, seen)
	}
	rows, err := p.DB.Pool.Query(ctx, "SELECT "+accountColumns+` FROM account
		WHERE starts_with(scope, $1) AND ($3 = '' OR role = $3) AND starts_with(scope, $5) AND ($6 = 0 OR worker_id = $6)
			AND ($7::boolean IS NULL OR disabled = $7)
			AND ($4 = '' OR strpos(name, lower($4)) > 0 OR strpos(lower(display_name), lower($4)) > 0) AND `+behind+`
		ORDER BY `+order+` LIMIT $8`, args...)
	if err != nil {
		return nil, away(err)
	}
	accounts, err = pgx.CollectRows(rows, scanAccount)
	return accounts, away(err)
}

// lastSignIn orders those who never signed in behind all others.
const lastSignIn = "coalesce(last_sign_in, '0001-01-01 00:00:00+00')"

func scanAccount(row pgx.CollectableRow) (a identity.Account, err error) {
	err = row.Scan(accountFields(&a)...)
	return inUTC(a), err
}

// ByNames finds the accounts that have one of these names.
func (p Identity) ByNames(ctx context.Context, names []string) (accounts []identity.Account, err error) {
	defer fault.Wrap(&err, "postgres.ByNames(%d)", len(names))
	rows, err := p.DB.Pool.Query(ctx, "SELECT "+accountColumns+" FROM account WHERE name = ANY($1)", names)
	if err != nil {
		return nil, away(err)
	}
	accounts, err = pgx.CollectRows(rows, scanAccount)
	return accounts, away(err)
}

// CreateAccount gives the account its id.
func (p Identity) CreateAccount(ctx context.Context, c identity.Credential, e identity.AuditEntry) (a identity.Account, err error) {
	defer fault.Wrap(&err, "postgres.CreateAccount(%q)", c.Name)
	err = p.DB.tx(ctx, func(tx pgx.Tx) (err error) {
		a, err = createAccount(ctx, tx, c, e)
		return err
	})
	return a, err
}

func createAccount(ctx context.Context, tx pgx.Tx, c identity.Credential, e identity.AuditEntry) (identity.Account, error) {
	a := c.Account
	err := tx.QueryRow(ctx, `INSERT INTO account (name, display_name, role, scope, worker_id, password, created_at, version, must_change)
		VALUES ($1, $2, $3, $4, nullif($5, 0), $6, $7, $8, $9) RETURNING id`,
		a.Name, a.DisplayName, a.Role, a.Scope, a.WorkerID, c.Hash, a.CreatedAt, a.Version, a.MustChange).Scan(&a.ID)
	if violates(err, "account_name_key") {
		return a, fault.New(fault.Conflict, "account.name", "the account name is taken", "name", a.Name)
	}
	if err != nil {
		return a, err
	}
	e.EntityID = strconv.FormatInt(a.ID, 10)
	return a, recordAccount(ctx, tx, a, e)
}

// ChangeAccount lets change work on the locked row and writes what it made of it.
func (p Identity) ChangeAccount(ctx context.Context, id int64, change func(*identity.Credential) (bool, identity.AuditEntry, error)) (a identity.Account, err error) {
	defer fault.Wrap(&err, "postgres.ChangeAccount(%d)", id)
	err = p.DB.tx(ctx, func(tx pgx.Tx) (err error) {
		a, err = changeAccount(ctx, tx, id, [32]byte{}, change)
		return err
	})
	return a, err
}

// changeAccount works on the locked row; when its sessions end, the one to keep doesn't.
func changeAccount(ctx context.Context, tx pgx.Tx, id int64, keep [32]byte, change func(*identity.Credential) (bool, identity.AuditEntry, error)) (a identity.Account, err error) {
	c, err := credential(ctx, tx, "id = $1 FOR UPDATE", id)
	if err != nil {
		return a, err
	}
	endSessions, e, err := change(&c)
	if err != nil {
		return a, err
	}
	c.Version++
	a = c.Account
	_, err = tx.Exec(ctx, `UPDATE account SET display_name = $2, role = $3, scope = $4, worker_id = nullif($5, 0), disabled = $6,
		password = $7, version = $8, must_change = $9 WHERE id = $1`,
		id, a.DisplayName, a.Role, a.Scope, a.WorkerID, a.Disabled, c.Hash, a.Version, a.MustChange)
	if err != nil {
		return a, err
	}
	if endSessions {
		if _, err := tx.Exec(ctx, "DELETE FROM session WHERE account_id = $1 AND key <> $2", id, keep[:]); err != nil {
			return a, err
		}
	}
	return a, recordAccount(ctx, tx, a, e)
}

// ChangePassword works on the locked row and ends every session but the one to keep.
func (p Identity) ChangePassword(ctx context.Context, id int64, keep [32]byte, change func(*identity.Credential) (identity.AuditEntry, error)) (a identity.Account, err error) {
	defer fault.Wrap(&err, "postgres.ChangePassword(%d)", id)
	err = p.DB.tx(ctx, func(tx pgx.Tx) (err error) {
		a, err = changeAccount(ctx, tx, id, keep, func(c *identity.Credential) (bool, identity.AuditEntry, error) {
			e, err := change(c)
			return true, e, err
		})
		return err
	})
	return a, err
}

// SaveAccounts creates and changes accounts, all or none.
func (p Identity) SaveAccounts(ctx context.Context, created []identity.Creation, changed []identity.Changing) (err error) {
	defer fault.Wrap(&err, "postgres.SaveAccounts(%d, %d)", len(created), len(changed))
	return p.DB.tx(ctx, func(tx pgx.Tx) error {
		for _, c := range created {
			if _, err := createAccount(ctx, tx, c.Credential, c.Entry); err != nil {
				return err
			}
		}
		for _, c := range changed {
			if _, err := changeAccount(ctx, tx, c.ID, [32]byte{}, c.Change); err != nil {
				return err
			}
		}
		return nil
	})
}

// Sessions lists the sessions of an account that hold, the last used first.
func (p Identity) Sessions(ctx context.Context, account int64, now time.Time, idle time.Duration) (sessions []identity.Session, err error) {
	defer fault.Wrap(&err, "postgres.Sessions(%d)", account)
	rows, err := p.DB.Pool.Query(ctx, `SELECT key, account_id, address, started_at, seen_at, expires_at FROM session
		WHERE account_id = $1 AND expires_at > $2 AND seen_at > $3 ORDER BY seen_at DESC, started_at DESC`, account, now, now.Add(-idle))
	if err != nil {
		return nil, away(err)
	}
	sessions, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (s identity.Session, err error) {
		var key []byte
		err = row.Scan(&key, &s.AccountID, &s.Address, &s.StartedAt, &s.SeenAt, &s.ExpiresAt)
		copy(s.Key[:], key)
		s.StartedAt, s.SeenAt, s.ExpiresAt = s.StartedAt.UTC(), s.SeenAt.UTC(), s.ExpiresAt.UTC()
		return s, err
	})
	return sessions, away(err)
}

// EndSessions removes one session of an account, or all, but never the one to keep.
func (p Identity) EndSessions(ctx context.Context, account int64, id string, keep [32]byte, e identity.AuditEntry) (n int, err error) {
	defer fault.Wrap(&err, "postgres.EndSessions(%d)", account)
	err = p.DB.tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM session WHERE account_id = $1 AND key <> $2
			AND ($3 = '' OR encode(substring(key FROM 1 FOR 8), 'hex') = $3)`, account, keep[:], id)
		n = int(tag.RowsAffected())
		if err != nil || n == 0 {
			return err
		}
		return appendAudit(ctx, tx, e)
	})
	return n, err
}

// recordAccount writes what every change of an account leaves behind. The event only says that there is news: its readers are many, and
// what the account may is for administrators to ask.
func recordAccount(ctx context.Context, tx pgx.Tx, a identity.Account, e identity.AuditEntry) error {
	by, _ := identity.PrincipalFrom(ctx)
	id := strconv.FormatInt(a.ID, 10)
	err := appendEvent(ctx, tx, event.Event{
		Kind: event.AccountChanged, Entity: "account", EntityID: id, Version: a.Version, Area: a.Scope,
		At: e.At, Actor: by.DisplayName, Data: json.RawMessage(`{"id":` + id + `}`),
	})
	if err != nil {
		return err
	}
	return appendAudit(ctx, tx, e)
}

// AddSignInFailure counts an attempt as failed and tells how many there were. The row is committed before the counting, so that of many
// attempts at once each sees those before it.
func (p Identity) AddSignInFailure(ctx context.Context, f identity.SignInFailure, since time.Time) (n identity.FailureCount, err error) {
	defer fault.Wrap(&err, "postgres.AddSignInFailure(%q)", f.Account)
	err = p.DB.Pool.QueryRow(ctx, "INSERT INTO sign_in_failure (at, account, address) VALUES ($1, $2, $3) RETURNING id",
		f.At, f.Account, f.Address).Scan(&n.ID)
	if err != nil {
		return n, away(err)
	}
	err = p.DB.Pool.QueryRow(ctx, `SELECT
			(SELECT count(*) FROM sign_in_failure WHERE account = $1 AND at > $3),
			(SELECT count(*) FROM sign_in_failure WHERE address = $2 AND at > $3),
			(SELECT min(at) FROM sign_in_failure WHERE account = $1 AND at > $3),
			(SELECT min(at) FROM sign_in_failure WHERE address = $2 AND at > $3)`, f.Account, f.Address, since).
		Scan(&n.Account, &n.Address, &n.OldestAccount, &n.OldestAddress)
	return n, away(err)
}

// RemoveSignInFailure takes one attempt back.
func (p Identity) RemoveSignInFailure(ctx context.Context, id int64) (err error) {
	defer fault.Wrap(&err, "postgres.RemoveSignInFailure(%d)", id)
	_, err = p.DB.Pool.Exec(ctx, "DELETE FROM sign_in_failure WHERE id = $1", id)
	return away(err)
}

// StartSession keeps the session, notes the sign-in, and forgets the account's failures.
func (p Identity) StartSession(ctx context.Context, s identity.Session, account string, e identity.AuditEntry) (err error) {
	defer fault.Wrap(&err, "postgres.StartSession(%q)", account)
	return p.DB.tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "DELETE FROM sign_in_failure WHERE account = $1", account); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE account SET last_sign_in = $2 WHERE id = $1", s.AccountID, s.StartedAt); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO session (key, account_id, address, started_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			s.Key[:], s.AccountID, s.Address, s.StartedAt, s.SeenAt, s.ExpiresAt)
		if err != nil {
			return err
		}
		return appendAudit(ctx, tx, e)
	})
}

// Session finds a session and its account as it is now.
func (p Identity) Session(ctx context.Context, key [32]byte) (s identity.Session, a identity.Account, err error) {
	defer fault.Wrap(&err, "postgres.Session")
	s.Key = key
	fields := append(accountFields(&a), &s.AccountID, &s.Address, &s.StartedAt, &s.SeenAt, &s.ExpiresAt)
	err = p.DB.Pool.QueryRow(ctx, "SELECT "+accountColumns+`, account_id, address, started_at, seen_at, expires_at
		FROM session JOIN account ON account.id = account_id WHERE key = $1 AND NOT disabled`, key[:]).Scan(fields...)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, a, fault.New(fault.NotFound, "session.missing", "there is no such session")
	}
	a = inUTC(a)
	s.StartedAt, s.SeenAt, s.ExpiresAt = s.StartedAt.UTC(), s.SeenAt.UTC(), s.ExpiresAt.UTC()
	return s, a, away(err)
}

// TouchSession notes that the session is in use.
func (p Identity) TouchSession(ctx context.Context, key [32]byte, at time.Time) (err error) {
	defer fault.Wrap(&err, "postgres.TouchSession")
	_, err = p.DB.Pool.Exec(ctx, "UPDATE session SET seen_at = $2 WHERE key = $1 AND seen_at < $2", key[:], at)
	return away(err)
}

// EndSession removes it.
func (p Identity) EndSession(ctx context.Context, key [32]byte, e identity.AuditEntry) (err error) {
	defer fault.Wrap(&err, "postgres.EndSession")
	return p.DB.tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "DELETE FROM session WHERE key = $1", key[:])
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return appendAudit(ctx, tx, e)
	})
}

// LiveSessions tells which sessions still hold, and notes that they are in use.
func (p Identity) LiveSessions(ctx context.Context, keys [][32]byte, now time.Time, idle time.Duration) (live map[[32]byte]bool, err error) {
	defer fault.Wrap(&err, "postgres.LiveSessions(%d)", len(keys))
	slices := make([][]byte, len(keys))
	for i := range keys {
		slices[i] = keys[i][:]
	}
	rows, err := p.DB.Pool.Query(ctx, `WITH held AS (
			SELECT key, seen_at FROM session JOIN account ON account.id = account_id
			WHERE key = ANY($1) AND expires_at > $2 AND seen_at > $3 AND NOT disabled
		), touched AS (
			UPDATE session SET seen_at = $2 FROM held WHERE session.key = held.key AND held.seen_at < $4
		)
		SELECT key FROM held`, slices, now, now.Add(-idle), now.Add(-time.Minute))
	if err != nil {
		return nil, away(err)
	}
	live = make(map[[32]byte]bool, len(keys))
	var key []byte
	_, err = pgx.ForEachRow(rows, []any{&key}, func() error {
		live[[32]byte(key)] = true
		return nil
	})
	return live, away(err)
}

// SweepIdentity removes what no longer counts.
func (p Identity) SweepIdentity(ctx context.Context, now time.Time, idle time.Duration, failuresBefore time.Time) (err error) {
	defer fault.Wrap(&err, "postgres.SweepIdentity")
	if _, err := p.DB.Pool.Exec(ctx, "DELETE FROM session WHERE expires_at <= $1 OR seen_at <= $2", now, now.Add(-idle)); err != nil {
		return away(err)
	}
	_, err = p.DB.Pool.Exec(ctx, "DELETE FROM sign_in_failure WHERE at <= $1", failuresBefore)
	return away(err)
}

// Package postgres keeps everything that must not be lost. One file per feature; rules live in the features, never in SQL.
package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"wangge/internal/fault"
)

//go:embed migration/*.sql
var migrations embed.FS

// oldest is the first major version of PostgreSQL that is supported.
const oldest = 15

// DB is the connection to one database. Its methods may be called from many goroutines.
type DB struct {
	Pool *pgxpool.Pool
	wake *waker
}

// Open connects, checks the server's version, and fails with a clear error within a few seconds when there is nobody to talk to.
func Open(ctx context.Context, url string) (*DB, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the database address cannot be read: %w", err)
	}
	config.ConnConfig.RuntimeParams["application_name"] = "wangge"
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	if config.MaxConns < 16 {
		config.MaxConns = 16
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("postgres.Open: %w", err)
	}
	db := &DB{Pool: pool, wake: newWaker()}
	if err := db.checkVersion(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return db, nil
}

// Close gives every connection back.
func (db *DB) Close() { db.Pool.Close() }

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.Pool.Ping(ctx) }

func (db *DB) checkVersion(ctx context.Context) error {
	var version int
	if err := db.Pool.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	if version < oldest*10000 {
		return fmt.Errorf("PostgreSQL %d or later is needed, this is %d.%d", oldest, version/10000, version%10000)
	}
	return nil
}

// Migrate brings the schema to this program's version. Several nodes may call it at once: one works, the others wait.
func (db *DB) Migrate(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "postgres.Migrate")
	provider, err := db.migrations()
	if err != nil {
		return err
	}
	defer provider.Close() //nolint:errcheck // it has nothing to lose
	_, err = provider.Up(ctx)
	return err
}

// SchemaVersions tells the version of the schema in the database, and the one this program wants.
func (db *DB) SchemaVersions(ctx context.Context) (have, want int64, err error) {
	defer fault.Wrap(&err, "postgres.SchemaVersions")
	provider, err := db.migrations()
	if err != nil {
		return 0, 0, err
	}
	defer provider.Close() //nolint:errcheck // it has nothing to lose
	have, want, err = provider.GetVersions(ctx)
	return have, want, err
}

func (db *DB) migrations() (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, stdlib.OpenDBFromPool(db.Pool), mustSub(migrations, "migration"), goose.WithSessionLocker(locker))
}

// tx runs fn in one transaction: committed when fn returns nil, otherwise nothing has happened. A change that belongs to a request with
// an idempotency key marks the key in the same commit. Once committed, readers of the event log are woken.
func (db *DB) tx(ctx context.Context, fn func(pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, db.Pool, func(tx pgx.Tx) error {
		if err := markClaim(ctx, tx); err != nil {
			return err
		}
		return fn(tx)
	})
	if err == nil {
		db.wake.signal()
	}
	return away(err)
}

// away turns "nobody there" into a fault that tells callers to come back, and leaves every other error as it is.
func away(err error) error {
	if err == nil || fault.As(err) != nil {
		return err
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch {
		case pg.Code[:2] == "08", pg.Code[:2] == "57", pg.Code[:2] == "53":
			return unavailable(err)
		case pg.Code == "22021": // a NUL, which JSON can say and PostgreSQL cannot keep
			return fault.New(fault.Invalid, "storage.text", "a text has a sign that cannot be kept").Because(err)
		}
		return err
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) || pgconn.SafeToRetry(err) || isNetwork(err) {
		return unavailable(err)
	}
	return err
}

func unavailable(err error) error {
	return fault.New(fault.Unavailable, "storage.away", "the database is away; nothing was changed").WithRetry(2 * time.Second).Because(err)
}

// violates tells whether err is a violation of the named constraint.
func violates(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}

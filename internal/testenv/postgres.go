// Package testenv gives tests a real PostgreSQL and a real Redis.
//
// Nothing it starts outlives the test process, whatever ends that: a watchdog, a shell that waits on a pipe from the test process, ends
// the servers and removes their folders when the pipe breaks. A server that cannot be had fails the test with a sentence that says what to
// install; it never skips.
package testenv

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"wangge/internal/pgserver"
)

// shared is the server of this test process, started by the first test that asks; the watchdog ends it.
var shared = sync.OnceValues(func() (*pgserver.Server, error) {
	server, _, err := startPostgres(map[string]string{"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"})
	return server, err
})

// Postgres returns the URL of an empty database of its own for the test; it is dropped when the test ends. All tests of a process
// share one server, which starts in about a second and does not sync to disk: for tests that kill the server there is PostgresServer.
func Postgres(t testing.TB) string {
	t.Helper()
	server, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	name := "test_" + strings.ToLower(rand.Text()[:16])
	// FILE_COPY copies a dozen small files instead of logging them page by page; nothing here is ever recovered.
	execute(t, server.URL(), "CREATE DATABASE "+name+" TEMPLATE template0 STRATEGY file_copy")
	t.Cleanup(func() { execute(t, server.URL(), "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// PostgresServer returns a server of the test's own, with every promise about durability kept (fsync and all), to Kill and Restart. Its
// URL names an empty database. It is stopped when the test ends.
func PostgresServer(t testing.TB) *pgserver.Server {
	t.Helper()
	server, release, err := startPostgres(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		release()
	})
	return server
}

// startPostgres starts a server in a temporary folder under a watchdog; release removes the folder.
func startPostgres(settings map[string]string) (server *pgserver.Server, release func(), err error) {
	dir, err := tempDir("pg")
	if err != nil {
		return nil, nil, err
	}
	if release, err = watch(dir, "QUIT"); err != nil {
		return nil, nil, err
	}
	all := map[string]string{"shared_buffers": "64MB", "max_connections": "200", "max_wal_size": "512MB"}
	maps.Copy(all, settings)
	server, err = pgserver.Start(context.Background(), pgserver.Config{
		DataDir:  dir,
		Settings: all,
		Log:      slog.New(slog.DiscardHandler),
	})
	if err != nil {
		release()
		return nil, nil, err
	}
	if server.Dir() == dir {
		return server, release, nil
	}
	// The temporary folder is out of reach of the user that the server runs as.
	release()
	release, err = watch(server.Dir(), "QUIT")
	return server, release, err
}

// execute runs one statement on a connection of its own.
func execute(t testing.TB, url, sql string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err == nil {
		defer conn.Close(ctx) //nolint:errcheck // the statement's own error counts
		_, err = conn.Exec(ctx, sql)
	}
	if err != nil {
		t.Error(fmt.Errorf("%s: %w", sql, err))
	}
}

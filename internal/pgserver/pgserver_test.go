package pgserver_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wangge/internal/pgserver"
	"wangge/internal/testenv"
)

// quick leaves out what costs time and matters only when the machine loses power.
var quick = map[string]string{"fsync": "off", "shared_buffers": "16MB"}

func start(t *testing.T, dir string) *pgserver.Server {
	t.Helper()
	server, err := pgserver.Start(t.Context(), pgserver.Config{DataDir: dir, Settings: quick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, server) })
	return server
}

func stop(t *testing.T, server *pgserver.Server) {
	t.Helper()
	if err := server.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) }) //nolint:errcheck // the server may be gone
	return conn
}

func execute(t *testing.T, url, sql string) {
	t.Helper()
	if _, err := connect(t, url).Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func query(t *testing.T, url, sql string) string {
	t.Helper()
	var answer string
	if err := connect(t, url).QueryRow(t.Context(), sql).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return answer
}

func TestStopAndStartKeepData(t *testing.T) {
	dir := testenv.ServerDir(t)
	first := start(t, dir)
	execute(t, first.URL(), `CREATE TABLE grid AS SELECT '网格'::text AS name`)
	stop(t, first)
	if _, err := pgx.Connect(t.Context(), first.URL()); err == nil {
		t.Fatal("a stopped server takes connections")
	}
	second := start(t, dir)
	if name := query(t, second.URL(), `SELECT name FROM grid`); name != "网格" {
		t.Errorf("name = %q", name)
	}
}

func TestServerIsPrivate(t *testing.T) {
	server := start(t, testenv.ServerDir(t))
	password := strings.SplitN(strings.TrimPrefix(server.URL(), "postgres://wangge:"), "@", 2)[0]
	if len(password) < 22 { // 128 bits in base 64
		t.Errorf("the password %q is short", password)
	}
	wrong := strings.Replace(server.URL(), password, "guess", 1)
	if _, err := pgx.Connect(t.Context(), wrong); err == nil || !strings.Contains(err.Error(), "28P01") {
		t.Errorf("with a wrong password: %v, want invalid_password (28P01)", err)
	}
	info, err := os.Stat(filepath.Join(server.Dir(), "password"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the password file: %v, %v", info, err)
	}
	if addresses := query(t, server.URL(), `SHOW listen_addresses`); addresses != "" {
		t.Errorf("listens on %q, want a Unix socket only", addresses)
	}
}

func TestDataIsPreparedForChineseTextAndBadDisks(t *testing.T) {
	server := start(t, testenv.ServerDir(t))
	for sql, want := range map[string]string{
		`SHOW server_encoding`: "UTF8",
		`SHOW data_checksums`:  "on",
		`SHOW timezone`:        "UTC",
		`SELECT string_agg(c, '' ORDER BY c) FROM unnest(ARRAY['b', 'B', 'a', '网', '德']) AS c`: "Bab德网", // by code point
		`SELECT upper('ä')`: "Ä",
	} {
		if got := query(t, server.URL(), sql); got != want {
			t.Errorf("%s = %q, want %q", sql, got, want)
		}
	}
}

func TestSettingsGoOverTheDefaults(t *testing.T) {
	server, err := pgserver.Start(t.Context(), pgserver.Config{
		DataDir:  testenv.ServerDir(t),
		Settings: map[string]string{"fsync": "off", "work_mem": "3MB", "log_line_prefix": "it's %m "},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, server)
	for setting, want := range map[string]string{"work_mem": "3MB", "log_line_prefix": "it's %m ", "wal_compression": "pglz"} {
		if got := query(t, server.URL(), "SHOW "+setting); got != want {
			t.Errorf("%s = %q, want %q", setting, got, want)
		}
	}
	_, err = pgserver.Start(t.Context(), pgserver.Config{DataDir: testenv.ServerDir(t), Settings: map[string]string{"a = 1\nb": "2"}})
	if err == nil || !strings.Contains(err.Error(), "no name of a PostgreSQL setting") {
		t.Errorf("a malformed name: %v", err)
	}
}

func TestAFailedStartSaysWhatPostgreSQLSaid(t *testing.T) {
	dir := testenv.ServerDir(t)
	_, err := pgserver.Start(t.Context(), pgserver.Config{DataDir: dir, Settings: map[string]string{"fsync": "off", "shared_buffers": "much"}})
	if err == nil || !strings.Contains(err.Error(), "shared_buffers") {
		t.Fatalf("error = %v, want one that names the setting", err)
	}
	start(t, dir) // and the directory is free again
}

func TestKillAndRestartLoseNothingCommitted(t *testing.T) {
	server := start(t, testenv.ServerDir(t))
	execute(t, server.URL(), `CREATE TABLE fix (n int)`)
	url, done := server.URL(), server.Done()
	const kills = 3
	for n := range kills {
		conn := connect(t, url)
		if _, err := conn.Exec(t.Context(), `INSERT INTO fix VALUES ($1)`, n); err != nil {
			t.Fatal(err)
		}
		old := server.Pid()
		server.Kill()
		<-done
		if err := conn.Ping(t.Context()); err == nil {
			t.Fatal("a backend outlived Kill")
		}
		if err := server.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		if server.Pid() == old || server.URL() != url {
			t.Fatalf("after the restart: process %d (was %d), URL %s (was %s)", server.Pid(), old, server.URL(), url)
		}
		done = server.Done()
	}
	if count := query(t, url, `SELECT count(*)::text FROM fix`); count != strconv.Itoa(kills) {
		t.Errorf("%s rows, want %d", count, kills)
	}
}

func TestDoneIsForUnexpectedEnds(t *testing.T) {
	server := start(t, testenv.ServerDir(t))
	before := server.Done()
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := server.Done()
	stop(t, server)
	for name, done := range map[string]<-chan struct{}{"Restart": before, "Stop": after} {
		select {
		case <-done:
			t.Errorf("%s closed Done", name)
		default:
		}
	}
	if err := server.Restart(t.Context()); err == nil {
		t.Error("a server that was stopped for good was restarted")
	}
}

func TestStopDoesNotWaitForTransactions(t *testing.T) {
	server := start(t, testenv.ServerDir(t))
	conn := connect(t, server.URL())
	if _, err := conn.Exec(t.Context(), `BEGIN; CREATE TABLE open (n int)`); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Stop(context.Background()) }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("Stop waits for an open transaction")
	}
}

func TestALongPathHasItsSocketElsewhere(t *testing.T) {
	dir := filepath.Join(testenv.ServerDir(t), strings.Repeat("long", 30))
	server := start(t, dir)
	if strings.Contains(server.URL(), "longlong") {
		t.Errorf("the socket is in the long path: %s", server.URL())
	}
	query(t, server.URL(), `SELECT 'answers'`)
}

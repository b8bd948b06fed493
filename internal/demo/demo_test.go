// Package demo_test runs what fills and plays the demonstration against the real program with a real PostgreSQL.
package demo_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wangge/geodata"
	"wangge/internal/client"
	"wangge/internal/demo/replay"
	"wangge/internal/demo/seed"
	"wangge/internal/demo/simulate"
	"wangge/internal/testenv"
)

var quiet = slog.New(slog.DiscardHandler)

// patience is how long anything here may take before the test gives up.
const patience = 3 * time.Minute

// serve builds the program, starts it on an empty database with the district's areas, and gives its address and the database.
func serve(t *testing.T) (address string, db *pgx.Conn) {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "wangge")
	run(t, "go", "build", "-o", program, "wangge/cmd/wangge")
	url := testenv.Postgres(t)
	run(t, program, "migrate", "--database-url", url, "--admin", seed.Administrator, "--password", seed.Password)
	importAreas(t, program, url, filepath.Join(dir, "areas.geojson"))
	portFile := filepath.Join(dir, "address")
	server := exec.Command(program, "serve", "--database-url", url, "--addr", "127.0.0.1:0", "--port-file", portFile, "--insecure-cookies", "--log-level", "warn")
	server.Stdout, server.Stderr = os.Stderr, os.Stderr
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt)
		_ = server.Wait()
	})
	await(t, "the server", func() bool {
		text, err := os.ReadFile(portFile)
		address = strings.TrimSpace(string(text))
		return err == nil
	})
	if db, err := pgx.Connect(t.Context(), url); err == nil {
		t.Cleanup(func() { _ = db.Close(context.Background()) })
		return address, db
	}
	t.Fatal("no connection to the database")
	return "", nil
}

func importAreas(t *testing.T, program, url, file string) {
	t.Helper()
	data, err := geodata.Areas()
	if err == nil {
		err = os.WriteFile(file, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	run(t, program, "import", "--database-url", url, file)
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, args[0], err, out)
	}
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come about", what)
		}
	}
}

func count(t *testing.T, db *pgx.Conn, query string, args ...any) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestDemonstrationOnTheRealServer(t *testing.T) {
	address, db := serve(t)
	fill(t, address, db)
	t.Run("replay", func(t *testing.T) { replayTrack(t, address, db) })
	t.Run("simulate", func(t *testing.T) { simulateField(t, address, db) })
}

// fill fills the server in twice: the second time there must be nothing to do.
func fill(t *testing.T, address string, db *pgx.Conn) {
	grids := count(t, db, "SELECT count(*) FROM area WHERE level = 'grid'")
	saved := map[string]int{}
	options := seed.Options{Server: address, Seed: 1, Log: quiet, Progress: func(what string, done, total int) {
		if done == total {
			saved[what] += total
		}
	}}
	if err := seed.Run(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	workers := count(t, db, "SELECT count(*) FROM worker")
	if want := int(float64(grids)*1.2+0.5) + 2; workers != want { // the phone's and the account's are two more
		t.Errorf("%d workers in %d grids, want %d", workers, grids, want)
	}
	if n := count(t, db, "SELECT count(*) FROM worker WHERE NOT demo OR phone NOT LIKE '1990000%'"); n != 0 {
		t.Errorf("%d workers are not marked as made up", n)
	}
	if n := count(t, db, "SELECT count(DISTINCT state) FROM incident"); n != 4 {
		t.Errorf("incidents in %d states, want all 4", n)
	}
	for _, a := range seed.Accounts() {
		u, err := client.Open(t.Context(), address, client.Credentials{Name: a.Name, Password: seed.Password}, nil)
		if err != nil {
			t.Error(err)
		} else if u.Account.Role != a.Role {
			t.Errorf("%s is %s, want %s", a.Name, u.Account.Role, a.Role)
		}
	}
	clear(saved)
	if err := seed.Run(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	for what, n := range saved {
		if n > 0 {
			t.Errorf("the second time, %d %s were saved again", n, what)
		}
	}
}

func replayTrack(t *testing.T, address string, db *pgx.Conn) {
	done, err := replay.Run(t.Context(), replay.Options{
		Server: address, Files: []string{"replay/testdata/version10.gpx"}, Device: seed.PhoneUIDs[0], Speed: 40, Log: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	rows := count(t, db, "SELECT count(*) FROM position JOIN device ON device.id = device_id WHERE uid = $1", seed.PhoneUIDs[0])
	if done.Files != 1 || done.Sent != 6 || rows != 6 {
		t.Errorf("%d files, %d fixes acknowledged, %d in the database; want 1, 6, 6", done.Files, done.Sent, rows)
	}
	_, err = replay.Run(t.Context(), replay.Options{Server: address, Files: []string{"replay/testdata/version10.gpx"}, Device: "nobody's", Log: quiet})
	if err == nil || !strings.Contains(err.Error(), "nobody's") {
		t.Errorf("an unknown device gives %v, want an error that names it", err)
	}
}

// simulateField lets the field live until every kind of thing has happened, and looks for it in the database.
func simulateField(t *testing.T, address string, db *pgx.Conn) {
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	before := count(t, db, "SELECT count(*) FROM position")
	var last atomic.Pointer[simulate.Stats]
	err := simulate.Run(ctx, simulate.Options{
		Server: address, Seed: 1, Rate: 1, Pace: 500, Log: quiet, ReportEvery: 200 * time.Millisecond,
		Progress: func(s simulate.Stats) {
			last.Store(&s)
			if s.Acknowledged > 500 && s.Incidents > 3 && s.Moves > 3 {
				stop()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := last.Load()
	if s == nil || s.Acknowledged <= 500 || s.Incidents <= 3 || s.Moves <= 3 {
		t.Fatalf("the field did not come to life: %+v", s)
	}
	if s.Refused != 0 || s.Dropped != 0 {
		t.Errorf("%d refused, %d dropped", s.Refused, s.Dropped)
	}
	if n := count(t, db, "SELECT count(*) FROM position WHERE grid_id <> 0") - before; n < 400 {
		t.Errorf("%d positions in grids after %d acknowledged messages", n, s.Acknowledged)
	}
	if n := count(t, db, "SELECT count(*) FROM device_unclaimed WHERE uid <> $1", "nobody's"); n != 0 {
		t.Errorf("%d unclaimed devices: the simulation sends as somebody whom the server doesn't know", n)
	}
}

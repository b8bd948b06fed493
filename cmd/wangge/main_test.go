package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"wangge/internal/testenv"
)

func TestHelpNamesEveryCommand(t *testing.T) {
	out, err := wangge(t, "--help")
	if err != nil {
		t.Fatal(out, err)
	}
	for _, command := range []string{"serve", "demo", "migrate", "import", "simulate", "replay", "bench"} {
		if !strings.Contains(out, "\n  "+command+" ") {
			t.Errorf("the help doesn't name %s:\n%s", command, out)
		}
	}
}

func TestUnusableArgumentsAreExplained(t *testing.T) {
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{"dance"}, "unexpected argument dance"},
		{[]string{"serve"}, "--database-url"},
		{[]string{"serve", "--database-url", "postgres://x", "--tls-cert", "a.pem"}, "--tls-cert and --tls-key go together"},
		{[]string{"serve", "--database-url", "postgres://x", "--trusted-origin", "here"}, "is not an origin"},
		{[]string{"serve", "--database-url", "postgres://x", "--keep-events", "0"}, "at least 1 day"},
		{[]string{"import", "--database-url", "postgres://x", "missing.geojson"}, "missing.geojson"},
	} {
		var stdout, stderr bytes.Buffer
		if status := mainStatus(test.args, &stdout, &stderr); status != 2 || !strings.Contains(stderr.String(), test.says) {
			t.Errorf("%v: status %d, %q, should say %q", test.args, status, stderr.String(), test.says)
		}
	}
}

// A flag goes before the environment, the environment before the file.
func TestSettingsComeFromFlagsEnvironmentAndFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "wangge.yaml")
	settings := "serve:\n  database-url: postgres://file\n  addr: file:1\n  keep-events: 7\n"
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("WANGGE_ADDR", "environment:2")
	var cli CLI
	parser, err := kong.New(&cli, kong.Configuration(settingsFile), kong.Vars{"version": "test", "phone": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"--config", file, "serve", "--keep-events", "9"}); err != nil {
		t.Fatal(err)
	}
	if got := cli.Serve.DatabaseURL; got != "postgres://file" {
		t.Errorf("the file's setting became %q", got)
	}
	if got := cli.Serve.Addr; got != "environment:2" {
		t.Errorf("the environment's setting became %q", got)
	}
	if got := cli.Serve.KeepEvents; got != 9 {
		t.Errorf("the flag's setting became %d", got)
	}
}

func TestNobodyAtTheDatabaseAddress(t *testing.T) {
	out, err := wangge(t, "serve", "--database-url", "postgres://nobody@127.0.0.1:1/none")
	if err == nil || !strings.Contains(out, "the database does not answer") {
		t.Errorf("%v: %s", err, out)
	}
}

// The import changes nothing when anything is wrong, and says what and where.
func TestImportNamesFeatureAndPlace(t *testing.T) {
	url := testenv.Postgres(t)
	broken := filepath.Join(t.TempDir(), "bow-tie.geojson")
	content := `{"type":"FeatureCollection","features":[{"type":"Feature",
		"properties":{"code":"371402","name":"德城区","level":"district"},
		"geometry":{"type":"Polygon","coordinates":[[[116.2,37.4],[116.3,37.5],[116.3,37.4],[116.2,37.5],[116.2,37.4]]]}}]}`
	if err := os.WriteFile(broken, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := wangge(t, "import", "--database-url", url, broken)
	if err == nil || !strings.Contains(out, "bow-tie.geojson[0]") || !strings.Contains(out, "116.25") {
		t.Errorf("%v: %s", err, out)
	}
	var areas int
	if err := connect(t, url).QueryRow(t.Context(), "SELECT count(*) FROM area").Scan(&areas); err != nil {
		// The file was refused before the database was touched at all: there may be no table yet.
		if !strings.Contains(err.Error(), "does not exist") {
			t.Fatal(err)
		}
	}
	if areas != 0 {
		t.Errorf("%d areas were imported", areas)
	}
}

func TestDryRunChangesNothingAndImportIsRepeatable(t *testing.T) {
	url := testenv.Postgres(t)
	args := []string{"import", "--database-url", url, filepath.Join("..", "..", "geodata", "decheng", "areas.geojson")}
	for _, step := range []struct{ flag, says string }{
		{"--dry-run", "Nothing was changed"}, {"", "1 district 7 subdistrict 126 community"}, {"", "0 added, 0 changed"},
	} {
		out, err := wangge(t, append(args, strings.Fields(step.flag)...)...)
		if err != nil || !strings.Contains(out, step.says) {
			t.Errorf("%q: %v: %s", step.flag, err, out)
		}
	}
}

// Asked to stop, a node ends by itself and without an error, whoever is connected.
func TestTerminatedServerEnds(t *testing.T) {
	url := testenv.Postgres(t)
	furnish(t, url)
	node := serve(t, "--database-url", url)
	populate(t, node.address, 20)
	user := signIn(t, node.address, "operator")
	v := watch(t.Context(), t, user.Cookies(), node.address)
	for range 200 {
		if incidents, _ := v.picture(); len(incidents) > 0 {
			break
		}
		pauseFor(t.Context(), 50*time.Millisecond)
	}
	if err := node.terminate(); err != nil {
		t.Fatal(err)
	}
	if status := node.command.ProcessState.ExitCode(); status != 0 {
		t.Errorf("it ended with status %d:\n%s", status, node.log)
	}
}

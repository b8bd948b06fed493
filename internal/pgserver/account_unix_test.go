//go:build unix

package pgserver_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"wangge/internal/pgserver"
	"wangge/internal/testenv"
)

// nobody is a user id that owns nothing; every Unix accepts it.
const nobody = 65534

// TestAsAnotherUser runs the package's first test again as an ordinary user, with nothing in the environment: not even HOME. As root
// that is nobody; otherwise it is this user. A directory that nobody made and used, root then runs as nobody.
func TestAsAnotherUser(t *testing.T) {
	dir := testenv.ServerDir(t)
	asRoot := os.Geteuid() == 0
	binaries := start(t, testenv.ServerDir(t)).Binaries().Dir // as root, copied to where nobody can reach them, if need be

	program := filepath.Join(dir, "helper")
	text, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Dir = dir
	cmd.Env = []string{helperEnv + "=" + data, pgserver.BinEnv + "=" + binaries}
	if asRoot {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		if err := os.Chown(data, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	output := runHelper(t, cmd)
	_, url := awaitHelper(t, output)
	execute(t, url, `CREATE TABLE shift AS SELECT 'day'::text AS name`)
	killHelper(cmd)

	server := start(t, data)
	if name := query(t, server.URL(), `SELECT name FROM shift`); name != "day" {
		t.Errorf("name = %q", name)
	}
	info, err := os.Stat(filepath.Join(data, "cluster"))
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; asRoot && owner != nobody {
		t.Errorf("root took the data away from nobody and gave it to user %d", owner)
	}
}

// TestAnUnreachablePlace wants the data where the server's user cannot go. Root's database goes to another place, the same at each start,
// and its data is found there again. An ordinary user has no such place and is told.
func TestAnUnreachablePlace(t *testing.T) {
	closed := filepath.Join(testenv.ServerDir(t), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	wanted := filepath.Join(closed, "data")
	if os.Geteuid() != 0 {
		if err := os.Chmod(closed, 0); err != nil {
			t.Fatal(err)
		}
		_, err := pgserver.Start(t.Context(), pgserver.Config{DataDir: wanted, Settings: quick})
		if err == nil || !strings.Contains(err.Error(), wanted) {
			t.Errorf("error = %v, want one that names %s", err, wanted)
		}
		return
	}
	first := start(t, wanted)
	t.Cleanup(func() { os.RemoveAll(first.Dir()) }) //nolint:errcheck // a folder of a test
	if !strings.HasPrefix(first.Dir(), "/var/lib/wangge/") {
		t.Errorf("the data is in %s", first.Dir())
	}
	if notes := strings.Join(first.Notes(), "\n"); !strings.Contains(notes, wanted) || !strings.Contains(notes, first.Dir()) {
		t.Errorf("the notes do not name both places: %s", notes)
	}
	if _, err := os.Stat(wanted); err == nil {
		t.Error("an empty folder was left at the wanted place")
	}
	execute(t, first.URL(), `CREATE TABLE shift AS SELECT 'night'::text AS name`)
	stop(t, first)
	if name := query(t, start(t, wanted).URL(), `SELECT name FROM shift`); name != "night" {
		t.Errorf("name = %q", name)
	}
}

// TestADatabaseOutOfReachIsNotReplaced: root moved its folder to where the server's user cannot go. An empty database elsewhere would look
// like lost data. For an ordinary user the folder is simply closed.
func TestADatabaseOutOfReachIsNotReplaced(t *testing.T) {
	closed := testenv.ServerDir(t)
	data := filepath.Join(closed, "data")
	stop(t, start(t, data))
	mode := os.FileMode(0o700)
	if os.Geteuid() != 0 {
		mode = 0
	}
	if err := os.Chmod(closed, mode); err != nil {
		t.Fatal(err)
	}
	refused(t, data, data)
	if err := os.Chmod(closed, 0o755); err != nil {
		t.Fatal(err)
	}
	start(t, data)
}

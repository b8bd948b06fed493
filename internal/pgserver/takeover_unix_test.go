//go:build unix

package pgserver_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"wangge/internal/pgserver"
	"wangge/internal/testenv"
)

// helperEnv makes this test program a wangge that starts the server of that directory and then only waits.
const helperEnv = "WANGGE_TEST_HELPER_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperEnv); dir != "" {
		helper(dir)
	}
	os.Exit(m.Run())
}

func helper(dir string) {
	server, err := pgserver.Start(context.Background(), pgserver.Config{DataDir: dir, Settings: quick})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println("started:", server.Pid(), server.URL())
	select {}
}

// startHelper runs another process that starts a server in dir.
func startHelper(t *testing.T, dir string) (process *exec.Cmd, output *bufio.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperEnv+"="+dir)
	return cmd, runHelper(t, cmd)
}

// runHelper starts a helper; it is killed when the test ends.
func runHelper(t *testing.T, cmd *exec.Cmd) (output *bufio.Reader) {
	t.Helper()
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { killHelper(cmd) })
	return bufio.NewReader(pipe)
}

func killHelper(cmd *exec.Cmd) {
	cmd.Process.Kill() //nolint:errcheck // it may be gone
	cmd.Wait()         //nolint:errcheck // it was killed
}

// awaitHelper returns the process id and the URL of the server that the helper started.
func awaitHelper(t *testing.T, output *bufio.Reader) (pid int, url string) {
	t.Helper()
	line, err := output.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(line)
	if len(fields) != 3 || fields[0] != "started:" {
		t.Fatalf("the helper said %q", line)
	}
	if pid, err = strconv.Atoi(fields[1]); err != nil {
		t.Fatal(err)
	}
	return pid, fields[2]
}

func TestAServerLeftByAKilledParentIsStopped(t *testing.T) {
	dir := testenv.ServerDir(t)
	cmd, output := startHelper(t, dir)
	stale, url := awaitHelper(t, output)
	execute(t, url, `CREATE TABLE fix AS SELECT 'kept'::text AS state`)
	killHelper(cmd)
	if state := query(t, url, `SELECT state FROM fix`); state != "kept" {
		t.Fatalf("the server did not outlive its parent: %q", state)
	}

	server := start(t, dir)
	if state := query(t, server.URL(), `SELECT state FROM fix`); state != "kept" {
		t.Errorf("state = %q", state)
	}
	if server.Pid() == stale {
		t.Errorf("process %d is still the server", stale)
	}
	if notes := strings.Join(server.Notes(), "\n"); !strings.Contains(notes, fmt.Sprintf("stopped PostgreSQL process %d", stale)) {
		t.Errorf("notes do not tell of process %d: %s", stale, notes)
	}
}

func TestADirectoryInUseIsRefusedWithTheOthersProcess(t *testing.T) {
	dir := testenv.ServerDir(t)
	cmd, output := startHelper(t, dir)
	_, url := awaitHelper(t, output)
	_, err := pgserver.Start(t.Context(), pgserver.Config{DataDir: dir, Settings: quick})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("in use by process %d", cmd.Process.Pid)) {
		t.Errorf("error = %v, want one that names process %d", err, cmd.Process.Pid)
	}
	query(t, url, `SELECT 'undisturbed'`)
}

func TestOfStartsAtOnceOneWins(t *testing.T) {
	dir := testenv.ServerDir(t)
	const starts = 4
	servers, errs := make(chan *pgserver.Server, starts), make(chan error, starts)
	for range starts {
		go func() {
			server, err := pgserver.Start(context.Background(), pgserver.Config{DataDir: dir, Settings: quick})
			if err != nil {
				errs <- err
			} else {
				servers <- server
			}
		}()
	}
	for range starts - 1 {
		if err := <-errs; !strings.Contains(err.Error(), fmt.Sprintf("in use by process %d", os.Getpid())) {
			t.Errorf("error = %v", err)
		}
	}
	winner := <-servers
	defer stop(t, winner)
	query(t, winner.URL(), `SELECT 'alive'`)
}

func TestAnInterruptedInitialisationIsDoneAgain(t *testing.T) {
	dir := testenv.ServerDir(t)
	cmd, _ := startHelper(t, dir)
	half := filepath.Join(dir, "cluster.new-*", "PG_VERSION")
	for found := []string(nil); len(found) == 0; found, _ = filepath.Glob(half) {
		if _, err := os.Stat(filepath.Join(dir, "cluster")); err == nil {
			t.Fatal("initdb was not caught at work")
		}
	}
	killHelper(cmd)

	server := start(t, dir)
	query(t, server.URL(), `SELECT 'whole'`)
	if left, _ := filepath.Glob(filepath.Join(dir, "cluster.new-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestAForeignPidFileIsNoObstacle puts into postmaster.pid what a crash of the machine can leave: the number of a process that is
// something else now, of none, and nothing at all.
func TestAForeignPidFileIsNoObstacle(t *testing.T) {
	dir := testenv.ServerDir(t)
	stop(t, start(t, dir))
	bystander := exec.Command("sleep", "600")
	if err := bystander.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { killHelper(bystander) })
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	for name, first := range map[string]string{
		"a bystander": strconv.Itoa(bystander.Process.Pid),
		"nobody":      strconv.Itoa(dead.Process.Pid),
		"nothing":     "",
	} {
		text := fmt.Sprintf("%s\n%s/cluster\n1700000000\n5432\n/tmp\n\n 1 1\nready   \n", first, dir)
		if first == "" {
			text = ""
		}
		if err := os.WriteFile(filepath.Join(dir, "cluster", "postmaster.pid"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		server := start(t, dir)
		if got := query(t, server.URL(), `SELECT 'alive'`); got != "alive" {
			t.Errorf("%s: %q", name, got)
		}
		stop(t, server)
	}
	if err := syscall.Kill(bystander.Process.Pid, 0); err != nil {
		t.Errorf("the bystander was ended: %v", err)
	}
}

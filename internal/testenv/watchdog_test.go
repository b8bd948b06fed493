package testenv_test

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wangge/internal/testenv"
)

// helperEnv makes this test program one that starts servers and then hangs, as a test does that runs into its timeout.
const helperEnv = "WANGGE_TEST_HELPER"

func TestMain(m *testing.M) {
	if os.Getenv(helperEnv) != "" {
		tb := hangingTest{}
		shared, err := url.Parse(testenv.Postgres(tb))
		if err != nil {
			panic(err)
		}
		fmt.Println(filepath.Dir(shared.Query().Get("host")), testenv.PostgresServer(tb).Dir(), filepath.Dir(strings.TrimPrefix(testenv.Redis(tb).URL(), "unix://")))
		select {}
	}
	os.Exit(m.Run())
}

// hangingTest is a test that never gets to its clean-up.
type hangingTest struct{ testing.TB }

func (hangingTest) Helper()           {}
func (hangingTest) Cleanup(func())    {}
func (hangingTest) Error(args ...any) { panic(fmt.Sprint(args...)) }
func (hangingTest) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

func TestNothingOutlivesAKilledTestProcess(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperEnv+"=1")
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, readErr := bufio.NewReader(pipe).ReadString('\n')
	dirs := strings.Fields(line)
	var pids []string
	for _, dir := range dirs {
		for _, name := range []string{"cluster/postmaster.pid", "redis.pid"} {
			if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
				pids = append(pids, strings.Fields(string(text))[0])
			}
		}
	}
	cmd.Process.Kill() //nolint:errcheck // the only error is that it has ended already
	cmd.Wait()         //nolint:errcheck // it was killed
	if readErr != nil || len(dirs) != 3 || len(pids) != 3 {
		t.Fatalf("folders %v, processes %v, %v; want three of each", dirs, pids, readErr)
	}

	deadline := time.Now().Add(time.Minute)
	for _, dir := range dirs {
		for exists(dir) && time.Now().Before(deadline) {
			time.Sleep(50 * time.Millisecond)
		}
		if exists(dir) {
			t.Errorf("%s is still there", dir)
		}
	}
	for _, pid := range pids {
		// A corpse that waits for its parent has no command line. Systems without /proc have the folders' word alone: the watchdog
		// removes them after the servers have ended.
		if line, err := os.ReadFile("/proc/" + pid + "/cmdline"); err == nil && len(line) > 0 {
			t.Errorf("process %s is still there: %q", pid, line)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

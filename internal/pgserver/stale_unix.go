//go:build unix

package pgserver

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// signalServer asks a postmaster to end; it returns before that has happened.
func signalServer(_ context.Context, _ Binaries, _ string, pid int, mode shutdownMode) error {
	signals := map[shutdownMode]syscall.Signal{fast: syscall.SIGINT, immediate: syscall.SIGQUIT}
	return syscall.Kill(pid, signals[mode])
}

// runsCluster tells whether a process is alive and really the PostgreSQL of that data directory, not another program that got the
// number of a dead one.
func runsCluster(pid int, cluster string) bool {
	if pid <= 1 || syscall.Kill(pid, 0) == syscall.ESRCH {
		return false
	}
	if runtime.GOOS != "linux" {
		out, err := exec.Command("ps", "-p", strconv.Itoa(pid), "-o", "command=").Output()
		return err == nil && strings.Contains(string(out), "postgres") && strings.Contains(string(out), cluster)
	}
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	// A dead process whose parent has not waited for it has no command line.
	line, err := os.ReadFile(filepath.Join(proc, "cmdline"))
	if err != nil || len(line) == 0 {
		return false
	}
	args := strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")
	if filepath.Base(args[0]) != "postgres" {
		return false
	}
	if at := slices.Index(args, "-D"); at >= 0 && at+1 < len(args) && args[at+1] == cluster {
		return true
	}
	// Started by hand or before the folder was moved: a server works inside of its data directory.
	works, err := os.Stat(filepath.Join(proc, "cwd"))
	if err != nil {
		return false
	}
	data, err := os.Stat(cluster)
	return err == nil && os.SameFile(works, data)
}

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// shutdownMode is how PostgreSQL is asked to end, by pg_ctl's names.
type shutdownMode string

const (
	fast      shutdownMode = "fast"      // roll back, write everything out, leave
	immediate shutdownMode = "immediate" // leave; the next start recovers from the write-ahead log
)

// pidFile is what a postmaster writes about itself into postmaster.pid.
type pidFile struct {
	pid       int
	socketDir string
	status    string // "starting", "ready", "stopping", "standby"
}

// readPidFile reads postmaster.pid of a data directory. A server that has just begun may not have written all of its lines; after a
// power cut the file may be empty. Then pid is 0, which is no process.
func readPidFile(cluster string) (pidFile, error) {
	text, err := os.ReadFile(filepath.Join(cluster, "postmaster.pid"))
	if err != nil {
		return pidFile{}, err
	}
	lines := strings.Split(string(text), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(lines[0])) // 0 when there is no number
	file := pidFile{pid: max(pid, -pid)}                // negative: single-user mode
	if len(lines) > 4 {
		file.socketDir = lines[4]
	}
	if len(lines) > 7 {
		file.status = strings.TrimSpace(lines[7])
	}
	return file, nil
}

// stopStale ends a server that a killed process left running on a directory that this process has locked. It is stopped and not taken
// over, because then the new one has this program's settings, its log and this process as its parent. A postmaster.pid whose process is
// gone, or is something else that got the same number, is removed: PostgreSQL would refuse to start over the latter.
func stopStale(ctx context.Context, bin Binaries, d *dataDir, note func(string, ...any)) error {
	file, err := readPidFile(d.cluster())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if runsCluster(file.pid, d.cluster()) {
		if err := endServer(ctx, bin, d, file.pid); err != nil {
			return err
		}
		note("stopped PostgreSQL process %d, which a killed wangge had left running on %s", file.pid, d.path)
	}
	if strings.HasPrefix(filepath.Base(file.socketDir), tempPrefix) {
		endpoint{socketDir: file.socketDir, temporary: true}.remove()
	}
	if err := d.root.Remove(filepath.Join(clusterName, "postmaster.pid")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing what a dead server left: %w", err)
	}
	return nil
}

// endServer stops a server that is not this process's child: gently for half a minute, then the hard way.
func endServer(ctx context.Context, bin Binaries, d *dataDir, pid int) error {
	for _, step := range []struct {
		mode     shutdownMode
		patience time.Duration
	}{{fast, 30 * time.Second}, {immediate, immediatePatience}} {
		if err := signalServer(ctx, bin, d.cluster(), pid, step.mode); err != nil && runsCluster(pid, d.cluster()) {
			return fmt.Errorf("stopping PostgreSQL process %d, which a killed wangge left: %w", pid, err)
		}
		if gone(ctx, pid, d.cluster(), step.patience) {
			return nil
		}
	}
	return fmt.Errorf("PostgreSQL process %d, which a killed wangge left, does not stop: end it by hand", pid)
}

// gone waits until a process runs a cluster no longer.
func gone(ctx context.Context, pid int, cluster string, patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for runsCluster(pid, cluster) {
		select {
		case <-poll.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

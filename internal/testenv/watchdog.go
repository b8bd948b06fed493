package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// tempDir makes a folder that other users may enter: as root, PostgreSQL runs as one of them.
func tempDir(kind string) (string, error) {
	dir, err := os.MkdirTemp("", "wangge-test-"+kind+"-")
	if err != nil {
		return "", err
	}
	// On macOS the temporary folder is behind a link.
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

// ServerDir returns an empty folder for a test that starts PostgreSQL itself (through pgserver, or a program that does). Whatever
// server still runs below it when the test ends, or when the test process is killed, is ended, and the folder is removed. As root the
// folder is one that other users may enter.
func ServerDir(t testing.TB) string {
	t.Helper()
	dir, err := tempDir("dir")
	if err != nil {
		t.Fatal(err)
	}
	release, err := watch(dir, "QUIT")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return dir
}

// watchdog waits for the end of its input, which is the end of the test process. Then it ends every server that has its pid file below the
// folder, waits until it is gone, at most 30 seconds, and removes the folder.
const watchdog = `read -r _
find "$1" -name postmaster.pid -o -name redis.pid | while read -r file; do
	pid=$(head -n 1 "$file")
	[ -n "$pid" ] && kill -"$2" "$pid" 2>/dev/null || continue
	tries=300
	while [ $tries -gt 0 ] && kill -0 "$pid" 2>/dev/null; do tries=$((tries - 1)); sleep 0.1; done
done
rm -rf "$1"`

// leashes are the ends of the pipes that this process holds; the garbage collector would close them.
var leashes sync.Map

// watch starts a watchdog over the servers in a folder, with the signal to end them. Calling release has it do its work now.
func watch(dir, signal string) (release func(), err error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	cmd := exec.Command("/bin/sh", "-c", watchdog, "sh", dir, signal)
	cmd.Dir = "/"
	cmd.Stdin = reader
	cmd.SysProcAttr = ownSession()
	if err := cmd.Start(); err != nil {
		writer.Close() //nolint:errcheck // nobody reads it
		return nil, fmt.Errorf("starting the watchdog of a test server: %w", err)
	}
	leashes.Store(writer, true)
	return func() {
		leashes.Delete(writer)
		writer.Close() //nolint:errcheck // closing is the message
		cmd.Wait()     //nolint:errcheck // whether the folder could be removed is no matter of the test
	}, nil
}

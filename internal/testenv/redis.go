package testenv

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// RedisServer is a redis-server of one test. It keeps nothing on disk: after Kill and Restart it is empty, as a Redis without persistence
// is after a crash.
type RedisServer struct {
	t       testing.TB
	dir     string
	program string

	mu     sync.Mutex
	cmd    *exec.Cmd
	exited chan struct{}
}

// Redis starts a redis-server on a Unix socket of its own, which no other process can take while it is down, and stops it when the test
// ends.
func Redis(t testing.TB) *RedisServer {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is needed by this test: install it (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis)")
	}
	dir, err := tempDir("redis")
	if err != nil {
		t.Fatal(err)
	}
	release, err := watch(dir, "KILL")
	if err != nil {
		t.Fatal(err)
	}
	r := &RedisServer{t: t, dir: dir, program: program}
	t.Cleanup(func() {
		r.Kill()
		release()
	})
	if err := r.start(); err != nil {
		t.Fatal(err)
	}
	return r
}

// URL is what go-redis' ParseURL takes; it stays the same through Kill and Restart.
func (r *RedisServer) URL() string { return "unix://" + r.socket() }

func (r *RedisServer) socket() string { return filepath.Join(r.dir, "redis.sock") }

// Kill ends the server with SIGKILL and returns when it is gone. Killing a dead one does nothing.
func (r *RedisServer) Kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cmd == nil {
		return
	}
	r.cmd.Process.Kill() //nolint:errcheck // the only error is that it has ended already
	<-r.exited
	r.cmd = nil
}

// Restart starts the server again, empty, on the same URL; a running one is killed first. It returns when the server answers; when it
// does not, the test fails.
func (r *RedisServer) Restart() {
	r.t.Helper()
	r.Kill()
	if err := r.start(); err != nil {
		r.t.Error(err)
	}
}

func (r *RedisServer) start() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := os.Remove(r.socket()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	log := filepath.Join(r.dir, "redis.log")
	cmd := exec.Command(r.program, "--port", "0", "--unixsocket", r.socket(), "--save", "", "--appendonly", "no",
		"--dir", r.dir, "--logfile", log, "--pidfile", filepath.Join(r.dir, "redis.pid"), "--daemonize", "no")
	cmd.SysProcAttr = ownSession()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting redis-server: %w", err)
	}
	exited := make(chan struct{})
	go func() {
		cmd.Wait() //nolint:errcheck // how it ended is in its log
		close(exited)
	}()
	r.cmd, r.exited = cmd, exited
	if err := r.awaitAnswer(exited); err != nil {
		text, _ := os.ReadFile(log) // without its log the error is still true
		return fmt.Errorf("%w; its log: %s", err, text)
	}
	return nil
}

// awaitAnswer returns when the server answers PING.
func (r *RedisServer) awaitAnswer(exited <-chan struct{}) error {
	deadline := time.After(30 * time.Second)
	for {
		err := r.ping()
		if err == nil {
			return nil
		}
		select {
		case <-exited:
			return errors.New("redis-server ended at its start")
		case <-deadline:
			return fmt.Errorf("redis-server does not answer: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (r *RedisServer) ping() error {
	conn, err := net.Dial("unix", r.socket())
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.HasPrefix(answer, "+PONG") {
		err = fmt.Errorf("PING was answered with %q", answer)
	}
	return err
}

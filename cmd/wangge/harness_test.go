package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"wangge/internal/client"
	"wangge/internal/demo/seed"
)

// program builds the real program once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "wangge-program")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "wangge")
	out, err := exec.Command("go", "build", "-buildvcs=false", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	status := m.Run()
	if path, err := program(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

// wangge runs a subcommand to its end and gives what it printed.
func wangge(t *testing.T, args ...string) (string, error) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	return string(out), err
}

// process is a running `wangge serve` that can be killed and started again at the same address.
type process struct {
	t       *testing.T
	args    []string
	address string // http://host:port
	command *exec.Cmd
	log     *lockedBuffer
	ended   chan struct{}
}

// serve starts a node at a free address.
func serve(t *testing.T, args ...string) *process {
	t.Helper()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := probe.Addr().String()
	_ = probe.Close()
	p := &process{t: t, address: "http://" + addr, log: &lockedBuffer{}}
	p.args = append([]string{"serve", "--addr", addr, "--insecure-cookies", "--log-level", "warn"}, args...)
	p.start()
	t.Cleanup(p.kill)
	return p
}

func (p *process) start() {
	path, err := program()
	if err != nil {
		p.t.Fatal(err)
	}
	p.command = exec.Command(path, p.args...)
	p.command.Stdout, p.command.Stderr = p.log, p.log
	if err := p.command.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.ended = make(chan struct{})
	go func(c *exec.Cmd, ended chan struct{}) { _ = c.Wait(); close(ended) }(p.command, p.ended)
	p.awaitReady()
}

func (p *process) awaitReady() {
	for range 600 {
		if answer, err := http.Get(p.address + "/readyz"); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-p.ended:
			p.t.Fatalf("the server ended at its start:\n%s", p.log)
		case <-time.After(50 * time.Millisecond):
		}
	}
	p.t.Fatalf("the server does not become ready:\n%s", p.log)
}

// kill is kill -9.
func (p *process) kill() {
	if p.command.Process.Signal(syscall.SIGKILL) == nil {
		<-p.ended
	}
}

// terminate asks politely and waits.
func (p *process) terminate() error {
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(30 * time.Second):
		p.kill()
		return fmt.Errorf("the server did not end when it was asked to:\n%s", p.log)
	}
}

type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.buffer.Len() > 1<<20 {
		b.buffer.Reset()
	}
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// furnish makes a database ready for a test: the demonstration's areas, an administrator, workers always on shift, accounts.
func furnish(t *testing.T, url string) {
	t.Helper()
	if out, err := wangge(t, "migrate", "--database-url", url, "--admin", seed.Administrator, "--password", seed.Password); err != nil {
		t.Fatal(out, err)
	}
	out, err := wangge(t, "import", "--database-url", url, "--map", "leader_name=leader.name,leader_phone=leader.phone",
		filepath.Join("..", "..", "geodata", "decheng", "areas.geojson"))
	if err != nil {
		t.Fatal(out, err)
	}
}

// populate fills in workers that are always on shift, and the demonstration's accounts.
func populate(t *testing.T, server string, workers int) {
	t.Helper()
	if err := seed.Run(t.Context(), seed.Options{Server: server, Workers: workers, AlwaysOn: true}); err != nil {
		t.Fatal(err)
	}
}

func signIn(t *testing.T, server, account string) *client.User {
	t.Helper()
	user, err := client.Open(t.Context(), server, client.Credentials{Name: account, Password: seed.Password}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return user
}

// send makes a request until it is answered with one of the wanted statuses; what a server that is being killed answers, or fails to, is
// tried again.
func send(ctx context.Context, make func() *http.Request, wanted ...int) ([]byte, error) {
	for ctx.Err() == nil {
		answer, err := http.DefaultClient.Do(make())
		if err != nil {
			pauseFor(ctx, 20*time.Millisecond)
			continue
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err == nil {
			for _, status := range wanted {
				if answer.StatusCode == status {
					return body, nil
				}
			}
			if answer.StatusCode < 500 && answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode != http.StatusConflict {
				return nil, fmt.Errorf("%s: %s", answer.Status, strings.TrimSpace(string(body)))
			}
		}
		pauseFor(ctx, 20*time.Millisecond)
	}
	return nil, ctx.Err()
}

func pauseFor(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

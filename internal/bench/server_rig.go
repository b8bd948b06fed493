package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"wangge/internal/client"
	"wangge/internal/demo/seed"
	"wangge/internal/pgserver"
)

// rig is a server set up to be measured.
type rig struct {
	ServerOptions
	dir      string
	postgres *pgserver.Server
	version  string
	db       *pgx.Conn
	serve    *exec.Cmd
	ended    chan struct{} // closed when serve has ended
	log      *os.File
	server   string // address
	viewer   *client.User
	gateway  credential
	grids    int
	fleet    []*device
	traces   map[int32]*tracing
}

// newRig starts everything. What it started ends with close, also when newRig fails.
func newRig(ctx context.Context, options ServerOptions) (r *rig, err error) {
	r = &rig{ServerOptions: options}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	if r.dir, err = os.MkdirTemp(options.Dir, "wangge-bench-"); err != nil {
		return nil, err
	}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"starting PostgreSQL", r.startPostgres},
		{"preparing the database", func(ctx context.Context) error { return r.Prepare(ctx, r.postgres.URL()) }},
		{"starting the server", r.startServer},
		{"filling in the workers", r.fill},
		{"gathering the fleet", r.gather},
	} {
		r.Log.Info(step.what)
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return r, nil
}

func (r *rig) startPostgres(ctx context.Context) (err error) {
	if r.postgres, err = pgserver.Start(ctx, pgserver.Config{DataDir: filepath.Join(r.dir, "postgres"), Log: r.Log}); err != nil {
		return err
	}
	if r.db, err = pgx.Connect(ctx, r.postgres.URL()); err != nil {
		return err
	}
	return r.db.QueryRow(ctx, "SHOW server_version").Scan(&r.version)
}

// startServer starts `serve` and waits until it answers.
func (r *rig) startServer(ctx context.Context) (err error) {
	portFile := filepath.Join(r.dir, "address")
	if r.log, err = os.Create(filepath.Join(r.dir, "serve.log")); err != nil {
		return err
	}
	r.serve = exec.Command(r.Binary, "serve", "--addr", "127.0.0.1:0", "--port-file", portFile, "--insecure-cookies", //nolint:gosec // the caller's own program
		"--live-connections", fmt.Sprint(r.Viewers+10))
	r.serve.Env = append(os.Environ(), "WANGGE_DATABASE_URL="+r.postgres.URL())
	r.serve.Stdout, r.serve.Stderr = r.log, r.log
	if err := r.serve.Start(); err != nil {
		return err
	}
	r.ended = make(chan struct{})
	go func() {
		_ = r.serve.Wait() // how it ended is in its log
		close(r.ended)
	}()
	for {
		if address, err := os.ReadFile(portFile); err == nil {
			r.server = strings.TrimSpace(string(address))
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-r.ended:
			return fmt.Errorf("the server ended: %s", r.lastWords())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// lastWords are the end of the server's log.
func (r *rig) lastWords() string {
	text, err := os.ReadFile(r.log.Name())
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text[max(0, len(text)-1000):]))
}

// fill puts the workers on shift, with a gateway for the batches and an account for the viewers.
func (r *rig) fill(ctx context.Context) error {
	err := seed.Run(ctx, seed.Options{Server: r.server, Workers: r.Workers, Seed: 1, AlwaysOn: true, PeopleOnly: true, Log: r.Log})
	if err != nil {
		return err
	}
	admin, err := r.admin(ctx)
	if err != nil {
		return err
	}
	gateway := `{"devices":[{"uid":"` + gatewayUID + `","gateway":true,"new_secret":true}]}`
	made, err := admin.SaveDevicesWithBodyWithResponse(ctx, nil, "application/json", strings.NewReader(gateway))
	if err := client.Check(made, err); err != nil {
		return err
	}
	r.gateway = credential{gatewayUID, made.JSON200.Items[0].Secret}
	account, err := admin.CreateAccountWithResponse(ctx, nil, client.CreateAccount{
		Name: viewerName, DisplayName: viewerName, Role: client.RoleOperator, Scope: admin.Account.Scope, Password: seed.Password,
	})
	if err := client.Check(account, err); err != nil {
		return err
	}
	r.viewer, err = client.Open(ctx, r.server, client.Credentials{Name: viewerName, Password: seed.Password}, nil)
	return err
}

const (
	gatewayUID = "bench-gateway"
	viewerName = "bench-viewer"
	traced     = 200 // devices whose fixes are timed on their way to a viewer
	page       = 500 // of a list
)

func (r *rig) admin(ctx context.Context) (*client.User, error) {
	return client.Open(ctx, r.server, client.Credentials{Name: seed.Administrator, Password: seed.Password}, nil)
}

// describe is the result without its stages.
func (r *rig) describe() ServerResult {
	return ServerResult{
		CPUs: runtime.NumCPU(), Go: goVersion(), Postgres: r.version, Workers: len(r.fleet), Grids: r.grids, Viewers: max(0, r.Viewers),
		Connections: r.Connections, Seconds: r.Length.Seconds(), Runs: r.Runs,
	}
}

// close ends what was started, and removes its folder.
func (r *rig) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if r.serve != nil && r.serve.Process != nil {
		_ = r.serve.Process.Signal(os.Interrupt) // it may have ended
		select {
		case <-r.ended:
		case <-ctx.Done():
			_ = r.serve.Process.Kill()
		}
	}
	if r.log != nil {
		_ = r.log.Close()
	}
	if r.db != nil {
		_ = r.db.Close(ctx)
	}
	if r.postgres != nil {
		if err := r.postgres.Stop(ctx); err != nil {
			r.Log.Warn("PostgreSQL did not stop as it should", "error", err)
		}
		_ = os.RemoveAll(r.postgres.Dir())
	}
	_ = os.RemoveAll(r.dir)
}

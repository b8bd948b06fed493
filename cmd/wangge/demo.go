package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"

	"wangge/internal/demo/seed"
	"wangge/internal/demo/simulate"
	"wangge/internal/identity"
	"wangge/internal/pgserver"
	"wangge/internal/postgres"
)

// DemoCmd serves the demonstration district with everything that it needs.
type DemoCmd struct {
	ServerConfig
	Data       string  `help:"The folder with everything; delete it to start afresh." default:"data/demo" env:"WANGGE_DATA"`
	Workers    int     `help:"Number of workers; 0 for about 1.2 per grid." default:"0" env:"WANGGE_WORKERS"`
	Rate       float64 `help:"Fixes per worker and second." default:"0.2" env:"WANGGE_RATE"`
	Seed       uint64  `help:"What chance begins with: the same seed gives the same names, walks and incidents." default:"1" env:"WANGGE_SEED"`
	NoSimulate bool    `help:"Nobody walks and nothing happens by itself." env:"WANGGE_NO_SIMULATE"`
}

// district is the area of the demonstration's administrator.
const district = "371402"

// Run serves the demonstration until it is told to stop.
func (c *DemoCmd) Run(ctx context.Context, k *kong.Context) (err error) {
	c.ServerConfig.insecureCookies = true // on this machine, or a local network, without a certificate
	private, err := pgserver.Start(ctx, pgserver.Config{DataDir: filepath.Join(c.Data, "postgres")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, private.Stop(context.WithoutCancel(ctx))) }()
	db, err := postgres.Open(ctx, private.URL())
	if err != nil {
		return err
	}
	defer db.Close()
	if err := c.furnish(ctx, db); err != nil {
		return err
	}
	n, err := startNode(ctx, c.ServerConfig, db)
	if err != nil {
		return err
	}
	return c.play(ctx, k.Stdout, n, private)
}

// furnish brings the database to this version, with the district's areas and an administrator in it.
func (c *DemoCmd) furnish(ctx context.Context, db *postgres.DB) error {
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	if err := importDemonstration(ctx, db); err != nil {
		return err
	}
	people, err := identity.New(postgres.Identity{DB: db}, identity.Options{})
	if err != nil {
		return err
	}
	_, err = people.EnsureAccount(ctx, identity.NewAccount{
		Name: seed.Administrator, DisplayName: "系统管理员", Role: identity.Administrator, Scope: district, Password: seed.Password,
	})
	return err
}

// play fills in the people through the public interface, says where to look, and lets the simulated workers walk until the end.
func (c *DemoCmd) play(ctx context.Context, out io.Writer, n *node, private *pgserver.Server) error {
	playing, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- n.run(playing) }()
	finish := func(err error) error {
		stop()
		return errors.Join(err, <-ended)
	}
	people := seed.Options{Server: n.address(), Workers: c.Workers, Seed: c.Seed}
	if err := seed.Run(playing, people); err != nil {
		return finish(err)
	}
	if err := writePortFile(c.PortFile, n.address()); err != nil {
		return finish(err)
	}
	c.welcome(out, n.address())
	go keepAlive(playing, private)
	go func() { _ = seed.KeepRoster(playing, people) }() // it logs what fails
	if !c.NoSimulate {
		go c.simulate(playing, n.address())
	}
	err := <-ended
	stop()
	return err
}

// simulate lets workers walk; should it fail, the demonstration goes on without them.
func (c *DemoCmd) simulate(ctx context.Context, server string) {
	err := simulate.Run(ctx, simulate.Options{Server: server, Rate: c.Rate, Seed: c.Seed})
	if err != nil && ctx.Err() == nil {
		slog.Error("the simulation has ended", "error", err)
	}
}

// keepAlive starts the private PostgreSQL again when it dies.
func keepAlive(ctx context.Context, private *pgserver.Server) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-private.Done():
		}
		if ctx.Err() != nil {
			return
		}
		slog.Warn("PostgreSQL has died; it is being started again")
		if err := private.Restart(ctx); err != nil {
			slog.Error("PostgreSQL could not be started again; the next try is in a second", "error", err)
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Second):
			}
		}
	}
}

func (c *DemoCmd) welcome(out io.Writer, address string) {
	fmt.Fprintf(out, `
  网格 · 德城区 — demonstration 演示

  Open 打开      %[1]s
  Accounts 账号  operator 值班员 · dispatcher 派遣员 · leader 领导 · community 社区 · department 部门 · worker 网格员 · admin 管理员
  Password 密码  %[2]s

  A phone for trying, always on shift, shown as 演示手机:
    Traccar Client   %[1]s/ingest/osmand     device 860000000000001
    OwnTracks        %[1]s/ingest/owntracks  user demo, device phone
    curl '%[1]s/ingest/osmand?id=860000000000001&lat=37.4505&lon=116.3000&speed=3&bearing=90&accuracy=5'

  API 接口       %[1]s/api/v1/docs
  Data 数据      %[3]s (delete it to start afresh)          Ctrl-C ends 结束

`, address, seed.Password, c.Data)
}

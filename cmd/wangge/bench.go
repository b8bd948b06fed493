package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"wangge/internal/bench"
	"wangge/internal/postgres"
)

// BenchCmd measures this machine. Load generator and server are separate processes; figures are medians of the runs.
type BenchCmd struct {
	All    BenchAllCmd    `cmd:"" default:"withargs" help:"Everything, one after the other."`
	Fanout BenchFanoutCmd `cmd:"" help:"Positions to many viewers, beside plain TCP writing the same bytes; a viewer that stops reading."`
	Server BenchServerCmd `cmd:"" help:"The whole server: fixes in over HTTP and sockets, stored, and out to viewers."`
	Child  BenchChildCmd  `cmd:"" hidden:"" help:"A server process that the benchmark starts."`
}

// BenchAllCmd runs every measurement.
type BenchAllCmd struct {
	Quick bool `help:"Shorter and only once: for trying, not for telling."`
}

// Run measures everything, whatever fails, and says at the end what missed its target.
func (c *BenchAllCmd) Run(ctx context.Context, k *kong.Context) error {
	fanout, server := BenchFanoutCmd{Quick: c.Quick}, BenchServerCmd{Quick: c.Quick}
	return errors.Join(fanout.Run(ctx, k), server.Run(ctx, k))
}

// BenchFanoutCmd measures the live stream alone.
type BenchFanoutCmd struct {
	Workers int    `help:"Workers, each with a fix per second." default:"10000"`
	Viewers int    `help:"Viewers." default:"1000"`
	Quick   bool   `help:"Shorter and only once: for trying, not for telling."`
	Profile string `help:"Write a CPU profile of the last run." placeholder:"FILE" type:"path"`
}

// Run measures, prints a table, and fails when a target was missed.
func (c *BenchFanoutCmd) Run(ctx context.Context, k *kong.Context) error {
	options := bench.FanoutOptions{
		Workers: c.Workers, Viewers: c.Viewers, Profile: c.Profile,
		Command: func(role string) []string { return []string{"bench", "child", role} },
		Log:     func(format string, args ...any) { slog.Info(fmt.Sprintf(format, args...)) },
	}
	if c.Quick {
		options.Runs, options.Length, options.Stopped = 1, 5*time.Second, 10*time.Second
	}
	result, err := bench.Fanout(ctx, options)
	if err != nil {
		return err
	}
	fmt.Fprintln(k.Stdout, result.Markdown())
	if missed := result.Failures(); len(missed) > 0 {
		return fmt.Errorf("fan-out missed:\n  %s", strings.Join(missed, "\n  "))
	}
	return nil
}

// BenchServerCmd measures the whole server.
type BenchServerCmd struct {
	Workers int  `help:"Workers on shift, each with one device." default:"10000"`
	Rate    int  `help:"Fixes per second of the stages with a fixed rate." default:"10000"`
	Viewers int  `help:"Viewers that look at everything." default:"200"`
	Quick   bool `help:"Shorter and only once: for trying, not for telling."`

	Length time.Duration `help:"Length of a stage; 0 for the ordinary 20 s." default:"0"`
}

// Run measures and prints a table.
func (c *BenchServerCmd) Run(ctx context.Context, k *kong.Context) error {
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	result, err := bench.Server(ctx, bench.ServerOptions{
		Binary: binary, Prepare: prepareBench, Workers: c.Workers, Rate: c.Rate, Viewers: c.Viewers, Quick: c.Quick, Length: c.Length,
	})
	fmt.Fprintln(k.Stdout, result.Markdown())
	return err
}

// prepareBench makes an empty database into the demonstration's.
func prepareBench(ctx context.Context, url string) error {
	db, err := postgres.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	return (&DemoCmd{}).furnish(ctx, db)
}

// BenchChildCmd is a server process of the fan-out measurement.
type BenchChildCmd struct {
	Role string `arg:""`
}

// Run serves until standard input ends.
func (c *BenchChildCmd) Run(ctx context.Context, k *kong.Context) error {
	return bench.ServeRole(ctx, c.Role, os.Stdin, k.Stdout)
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// ServerOptions say how to measure the whole server. Binary and Prepare are needed.
type ServerOptions struct {
	// Binary is the wangge program; `serve` of it is measured, as a process of its own.
	Binary string
	// Prepare brings an empty database to the program's version, with the demonstration district in it and an administrator whose name
	// and password are those of the demonstration.
	Prepare func(ctx context.Context, databaseURL string) error
	// Workers on shift, each with one device; 0: 10,000.
	Workers int
	// Rate is the number of fixes per second of the stages with a fixed rate; 0: 10,000.
	Rate int
	// Viewers look at everything during every stage; 0: 200. Negative: none.
	Viewers int
	// Connections that send requests, kept alive; 0: 512. Sockets are as many as there are workers.
	Connections int
	// Length of a stage; 0: 20 s, with Quick 5 s.
	Length time.Duration
	// Runs of every stage, of which the median is told; 0: 3, with Quick 1.
	Runs int
	// Quick measures shorter and only once: for trying, not for telling.
	Quick bool
	// Dir is where the database's folder is made; it is removed afterwards. Empty: the system's temporary folder.
	Dir string
	// Log receives the progress; nil: slog.Default().
	Log *slog.Logger
}

func (o *ServerOptions) complete() error {
	if o.Binary == "" || o.Prepare == nil {
		return errors.New("bench: the whole server cannot be measured without its program and a way to prepare a database")
	}
	for value, standard := range map[*int]int{&o.Workers: 10_000, &o.Rate: 10_000, &o.Viewers: 200, &o.Connections: 512} {
		if *value == 0 {
			*value = standard
		}
	}
	if o.Length == 0 {
		o.Length = 20 * time.Second
		if o.Quick {
			o.Length = 5 * time.Second
		}
	}
	if o.Runs == 0 {
		o.Runs = 3
		if o.Quick {
			o.Runs = 1
		}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Workers < 1 || o.Rate < 1 || o.Connections < 1 || o.Runs < 1 || o.Connections > o.Workers {
		return fmt.Errorf("bench: %d workers on %d connections at %d fixes/s, %d runs: these cannot be measured", o.Workers, o.Connections, o.Rate, o.Runs)
	}
	return nil
}

// stage is one thing to measure: a way to send and how fast.
type stage struct {
	name    string
	way     way
	perSend int // fixes in a request or message
	rate    int // fixes per second; 0: as many as are acknowledged
}

func (o *ServerOptions) stages() []stage {
	return []stage{
		{"single requests", byRequest, 1, o.Rate},
		{"batches of 10", byBatch, 10, o.Rate},
		{"device socket", bySocket, 1, o.Rate},
		{"single requests, saturated", byRequest, 1, 0},
		{"batches of 10, saturated", byBatch, 10, 0},
		{"device socket, saturated", bySocket, 1, 0},
	}
}

// settling is how long every stage runs before it is measured, and how long the server has in between to become quiet.
const settling = 2 * time.Second

// Server measures a whole server: PostgreSQL, `serve`, and this process as the devices and the viewers, all on this machine. Every
// acknowledged fix is looked for in the database afterwards: a stage that lost one is told as such, and Server returns an error with the
// result.
func Server(ctx context.Context, options ServerOptions) (ServerResult, error) {
	if err := options.complete(); err != nil {
		return ServerResult{}, err
	}
	r, err := newRig(ctx, options)
	if err != nil {
		return ServerResult{}, fmt.Errorf("bench: setting up the server: %w", err)
	}
	defer r.close()
	result := r.describe()
	for _, s := range options.stages() {
		runs := make([]StageResult, 0, options.Runs)
		for run := range options.Runs {
			measured, err := r.measure(ctx, s)
			if err != nil {
				return result, fmt.Errorf("bench: %s, run %d: %w", s.name, run+1, err)
			}
			options.Log.Info("measured", "stage", s.name, "run", run+1, "fixes/s", int(measured.PerSecond), "p99 ms", measured.AckP99)
			runs = append(runs, measured)
		}
		result.Stages = append(result.Stages, medianStage(runs))
	}
	return result, result.verdict()
}

package main

import (
	"context"
	"fmt"

	"github.com/alecthomas/kong"

	"wangge/internal/client"
	"wangge/internal/demo/simulate"
)

// SimulateCmd lets simulated workers walk on any server.
type SimulateCmd struct {
	Server   string  `help:"The server's address." default:"http://127.0.0.1:8080" env:"WANGGE_SERVER"`
	Account  string  `help:"An administrator's account there: reads the staff and makes the phones' credentials." default:"admin" env:"WANGGE_ACCOUNT"`
	Password string  `help:"Its password." default:"wangge-demo" env:"WANGGE_PASSWORD"`
	Workers  int     `help:"Simulate at most so many; 0 for all that have a device." default:"0"`
	Rate     float64 `help:"Fixes per worker and second." default:"0.2"`
	Seed     uint64  `help:"What chance begins with." default:"1"`
	Pace     float64 `help:"How many times faster than in life incidents come and are handled." default:"1"`
}

// Run simulates until it is told to stop, saying now and then what it has done.
func (c *SimulateCmd) Run(ctx context.Context, k *kong.Context) error {
	return simulate.Run(ctx, simulate.Options{
		Server: c.Server, Admin: client.Credentials{Name: c.Account, Password: c.Password},
		Workers: c.Workers, Rate: c.Rate, Seed: c.Seed, Pace: c.Pace,
		Progress: func(s simulate.Stats) {
			fmt.Fprintf(k.Stdout, "%d phones, %d reports, %d acknowledged, %d retries, %d refused, %d dropped; %d incidents, %d steps\n",
				s.Phones, s.Reports, s.Acknowledged, s.Retries, s.Refused, s.Dropped, s.Incidents, s.Moves)
		},
	})
}

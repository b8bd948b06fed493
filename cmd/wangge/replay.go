package main

import (
	"context"
	"fmt"

	"github.com/alecthomas/kong"

	"wangge/internal/demo/replay"
	"wangge/internal/demo/seed"
)

// ReplayCmd sends recorded tracks to a server.
type ReplayCmd struct {
	Files  []string `arg:"" help:"GPX files, one after the other." type:"existingfile"`
	Server string   `help:"The server's address." default:"http://127.0.0.1:8080" env:"WANGGE_SERVER"`
	Device string   `help:"The device's id there; its worker must be on shift. The default is the demonstration's phone." default:"${phone}"`
	Speed  float64  `help:"How many times faster than recorded." default:"1"`
	Loop   bool     `help:"Begin anew after the last file."`
}

// demonstrationPhone is the id of the device for trying.
var demonstrationPhone = seed.PhoneUIDs[0]

// Run replays the files.
func (c *ReplayCmd) Run(ctx context.Context, k *kong.Context) error {
	done, err := replay.Run(ctx, replay.Options{Server: c.Server, Files: c.Files, Device: c.Device, Speed: c.Speed, Loop: c.Loop})
	fmt.Fprintf(k.Stdout, "%d files replayed, %d fixes acknowledged.\n", done.Files, done.Sent)
	return err
}

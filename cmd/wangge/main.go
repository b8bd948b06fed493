// Command wangge is the command platform and the grid-worker app of a smart community, in one program.
//
// One file per subcommand; run.go is the list of what is wired to what.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// version is set when the program is built (-ldflags "-X main.version=…").
var version = "dev"

const description = `wangge (网格): the command platform and the grid-worker app of a smart community.

Try it:

    wangge demo

Run it for real:

    wangge migrate --database-url postgres://... --admin admin
    wangge import  --database-url postgres://... areas.geojson
    wangge serve   --database-url postgres://...

Every flag can also be set in the environment (WANGGE_ and the flag's name in capitals, - as _: WANGGE_DATABASE_URL) or in a YAML
file (--config, keys as the flags). A flag goes before the environment, the environment before the file.`

// CLI is the command line.
type CLI struct {
	Config    kong.ConfigFlag  `help:"A YAML file with settings." placeholder:"FILE" env:"WANGGE_CONFIG"`
	LogLevel  slog.Level       `help:"What is logged: debug, info, warn, error." default:"info" env:"WANGGE_LOG_LEVEL"`
	LogFormat string           `help:"How it is logged: text, or json for machines." enum:"text,json" default:"text" env:"WANGGE_LOG_FORMAT"`
	Version   kong.VersionFlag `help:"Print the version and end."`

	Serve    ServeCmd    `cmd:"" help:"Serve the platform on a PostgreSQL of yours."`
	Demo     DemoCmd     `cmd:"" help:"Serve the demonstration district; needs nothing."`
	Migrate  MigrateCmd  `cmd:"" help:"Bring a database to this version; make the first administrator."`
	Import   ImportCmd   `cmd:"" help:"Import areas, buildings, facilities or streets from files."`
	Simulate SimulateCmd `cmd:"" help:"Let simulated workers walk on any server, through its public interfaces."`
	Replay   ReplayCmd   `cmd:"" help:"Send recorded GPX tracks to a server, in real or multiplied time."`
	Bench    BenchCmd    `cmd:"" help:"Measure this machine: fan-out, the whole server, a reader that stops, point to grid."`
}

func main() {
	os.Exit(mainStatus(os.Args[1:], os.Stdout, os.Stderr))
}

// mainStatus parses and runs; the exit status is 0 for success, 1 for a failure, 2 for unusable arguments.
func mainStatus(args []string, stdout, stderr io.Writer) int {
	var cli CLI
	parser, err := kong.New(&cli,
		kong.Name("wangge"), kong.Description(description), kong.UsageOnError(),
		kong.Configuration(settingsFile), kong.Vars{"version": version, "phone": demonstrationPhone},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 120}),
		kong.Writers(stdout, stderr))
	if err != nil {
		panic(err) // the tags of the structs above are wrong
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(stderr, "wangge:", err)
		fmt.Fprintln(stderr, `"wangge --help" and "wangge <command> --help" explain every flag.`)
		return 2
	}
	slog.SetDefault(logger(stderr, cli.LogLevel, cli.LogFormat))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(stderr, "wangge:", sentence(err))
		return 1
	}
	return 0
}

func logger(w io.Writer, level slog.Level, format string) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			a.Value = slog.StringValue(a.Value.Time().UTC().Format(time.RFC3339Nano))
		}
		return a
	}}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

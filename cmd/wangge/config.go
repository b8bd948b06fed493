package main

import (
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"
	kongyaml "github.com/alecthomas/kong-yaml"

	"wangge/internal/fault"
)

// DatabaseFlag is the one flag of every command that opens a database.
type DatabaseFlag struct {
	DatabaseURL string `help:"PostgreSQL 15 or later: postgres://user:password@host/database." required:"" placeholder:"URL" env:"WANGGE_DATABASE_URL"`
}

// ServerConfig are the settings that serve and demo have in common.
type ServerConfig struct {
	Addr     string `help:"Address and port to listen on; port 0 takes a free one." default:"127.0.0.1:8080" env:"WANGGE_ADDR"`
	PortFile string `help:"A file to write the server's address to once it can be used." placeholder:"FILE" env:"WANGGE_PORT_FILE"`
	TLSCert  string `name:"tls-cert" help:"Certificate (PEM) to serve HTTPS with; usually a reverse proxy does that." placeholder:"FILE" env:"WANGGE_TLS_CERT"`
	TLSKey   string `name:"tls-key" help:"The certificate's key (PEM)." placeholder:"FILE" env:"WANGGE_TLS_KEY"`

	RedisURL                 string         `name:"redis-url" help:"Redis 7 or later, for more than one node: redis://host:6379." placeholder:"URL" env:"WANGGE_REDIS_URL"`
	TrustedOrigins           []string       `name:"trusted-origin" help:"Other origins whose pages may use this server." placeholder:"URL" env:"WANGGE_TRUSTED_ORIGINS"`
	TrustedProxies           []netip.Prefix `name:"trusted-proxy" help:"Networks of reverse proxies whose forwarded headers are believed." placeholder:"CIDR" env:"WANGGE_TRUSTED_PROXIES"`
	Basemaps                 string         `help:"A YAML list of base maps; without it the map is drawn offline (docs/operations.md)." placeholder:"FILE" env:"WANGGE_BASEMAPS"`
	MetricsToken             string         `help:"Bearer token for /metrics; without it only loopback may read them." placeholder:"TOKEN" env:"WANGGE_METRICS_TOKEN"`
	RequireDeviceCredentials bool           `help:"Refuse devices that have no secret." env:"WANGGE_REQUIRE_DEVICE_CREDENTIALS"`
	KeepPositions            int            `help:"Days that positions are kept." default:"90" env:"WANGGE_KEEP_POSITIONS"`
	KeepEvents               int            `help:"Days that the event log is kept; older cursors get a snapshot." default:"30" env:"WANGGE_KEEP_EVENTS"`
	LiveConnections          int            `help:"Live connections that one account may have at once." default:"20" env:"WANGGE_LIVE_CONNECTIONS"`
	SessionIdle              time.Duration  `help:"A session ends after so long without a request." default:"8h" env:"WANGGE_SESSION_IDLE"`
	SessionLifetime          time.Duration  `help:"A session ends after so long in any case." default:"24h" env:"WANGGE_SESSION_LIFETIME"`

	AlarmCriticalAfter  time.Duration `help:"A critical incident that is not dispatched raises an alarm after so long." default:"2m" env:"WANGGE_ALARM_CRITICAL_AFTER"`
	AlarmUrgentAfter    time.Duration `help:"An urgent incident likewise." default:"5m" env:"WANGGE_ALARM_URGENT_AFTER"`
	AlarmSilentAfter    time.Duration `help:"Devices of a kind that are not heard raise an alarm after so long." default:"3m" env:"WANGGE_ALARM_SILENT_AFTER"`
	AlarmUnstaffedAfter time.Duration `help:"A community with nobody on shift raises an alarm after so long, in duty hours." default:"5m" env:"WANGGE_ALARM_UNSTAFFED_AFTER"`

	insecureCookies bool // sessions over plain HTTP: the demonstration, and trials
}

// Validate says in one sentence what cannot be.
func (c *ServerConfig) Validate() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return fmt.Errorf("--tls-cert and --tls-key go together")
	}
	if c.KeepPositions < 1 || c.KeepEvents < 1 {
		return fmt.Errorf("--keep-positions and --keep-events are at least 1 day")
	}
	for _, origin := range c.TrustedOrigins {
		if u, err := url.Parse(origin); err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" {
			return fmt.Errorf("--trusted-origin %q is not an origin such as https://wall.example", origin)
		}
	}
	return nil
}

// writePortFile announces the server's address to whoever waits for the file: written beside it and renamed, so that nobody reads half.
func writePortFile(path, address string) error {
	if path == "" {
		return nil
	}
	partial := path + ".partial"
	if err := os.WriteFile(partial, []byte(address+"\n"), 0o644); err != nil {
		return fmt.Errorf("the port file cannot be written: %w", err)
	}
	return os.Rename(partial, filepath.Clean(path))
}

// sentence is what a person is shown of an error: a fault's own sentence with what is wrong where, otherwise everything there is.
func sentence(err error) string {
	f := fault.As(err)
	if f == nil {
		return err.Error()
	}
	text := f.Text
	for _, field := range f.Fields {
		text += "\n  " + field.Name + ": " + field.Text
	}
	if f.Err != nil {
		text += " (" + f.Err.Error() + ")"
	}
	return text
}

// settingsFile reads the YAML file of settings. What the environment says goes before it.
func settingsFile(r io.Reader) (kong.Resolver, error) {
	file, err := kongyaml.Loader(r)
	if err != nil {
		return nil, err
	}
	return kong.ResolverFunc(func(k *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
		for _, name := range flag.Envs {
			if _, set := os.LookupEnv(name); set {
				return nil, nil
			}
		}
		return file.Resolve(k, parent, flag)
	}), nil
}

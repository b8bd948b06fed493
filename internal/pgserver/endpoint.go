package pgserver

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// endpoint is where a server listens: a Unix socket in a folder of its own, or a port of the loopback interface. Exactly one of the two
// is set.
type endpoint struct {
	socketDir string
	port      int
	temporary bool // socketDir is in the system's temporary folder and goes when the server goes
}

const (
	// socketPort is part of a Unix socket's file name and of nothing else.
	socketPort = 5432
	// maxSocketPath is what macOS allows in bytes; Linux allows three more.
	maxSocketPath = 103
	// tempPrefix begins the names of socket folders outside of the data directory.
	tempPrefix = "wangge-pg-"
)

// chooseEndpoint prefers a Unix socket inside the data directory: only the server's user and root can enter the folder, no port can clash,
// nothing cleans it up behind our back. Where that path is too long or the file system has no sockets, the temporary folder serves; a
// random loopback port is the last resort, and the only way on Windows. The password is needed on all of them.
func chooseEndpoint(ctx context.Context, d *dataDir) (endpoint, error) {
	if runtime.GOOS == "windows" {
		return freePort()
	}
	inside := endpoint{socketDir: filepath.Join(d.path, socketName)}
	if d.mkdir(socketName) == nil && inside.works(ctx, d.owner) {
		return inside, nil
	}
	for _, parent := range []string{os.TempDir(), "/tmp"} {
		dir, err := os.MkdirTemp(parent, tempPrefix)
		if err != nil {
			continue
		}
		e := endpoint{socketDir: dir, temporary: true}
		if d.owner.own(dir) == nil && e.works(ctx, d.owner) {
			return e, nil
		}
		e.remove()
	}
	return freePort()
}

// works tries whether the server's user can make a socket there.
func (e endpoint) works(ctx context.Context, owner *account) bool {
	if len(e.socket()) > maxSocketPath || !owner.canUse(ctx, e.socketDir) {
		return false
	}
	probe, err := net.Listen("unix", filepath.Join(e.socketDir, "probe"))
	return err == nil && probe.Close() == nil
}

// freePort asks the system for a port that nobody has now.
func freePort() (endpoint, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return endpoint{}, err
	}
	e := endpoint{port: listener.Addr().(*net.TCPAddr).Port}
	return e, listener.Close()
}

// socket is the file that the server makes.
func (e endpoint) socket() string {
	return filepath.Join(e.socketDir, ".s.PGSQL."+strconv.Itoa(socketPort))
}

// args are the server's arguments; they go over every configuration file.
func (e endpoint) args() []string {
	if e.socketDir != "" {
		return []string{"-c", "listen_addresses=", "-c", "unix_socket_directories=" + quoteList(e.socketDir), "-c", "port=" + strconv.Itoa(socketPort)}
	}
	return []string{"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "port=" + strconv.Itoa(e.port)}
}

// quoteList quotes one element of a comma-separated setting.
func quoteList(value string) string {
	return `"` + strings.ReplaceAll(value, `"`, `""`) + `"`
}

// url is a connection string for the role and database of this package.
func (e endpoint) url(password string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(roleName, password), Path: "/" + databaseName}
	query := url.Values{"sslmode": {"disable"}}
	if e.socketDir != "" {
		query.Set("host", e.socketDir)
		query.Set("port", strconv.Itoa(socketPort))
	} else {
		u.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(e.port))
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// clear removes the files of a socket that a killed server left. Only a holder of the data directory's lock calls it, when no server runs.
func (e endpoint) clear() error {
	if e.socketDir == "" {
		return nil
	}
	for _, name := range []string{e.socket(), e.socket() + ".lock"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// remove takes away a folder in the system's temporary folder, with the socket of a server that has ended.
func (e endpoint) remove() {
	if e.temporary && e.clear() == nil {
		os.Remove(e.socketDir) //nolint:errcheck // an empty folder that stays does no harm
	}
}

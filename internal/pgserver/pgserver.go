// Package pgserver runs a private PostgreSQL server: its own data directory, its own binaries, its own generated password.
//
// A directory given as Config.DataDir holds everything of one server:
//
//	wangge.lock     held (flock) by the one wangge process that runs the server; contains its process id
//	password        the generated password of the one role, "wangge"
//	cluster/        PostgreSQL's own data directory, made by initdb beside it and renamed when complete
//	socket/         the Unix socket, in a folder that only the server's user can enter
//	postgres.log    the server's log, bounded: one older file postgres.log.1 is kept
//
// Guarantees: there are never two servers on one directory; a server that outlived its killed parent is found and stopped at the next
// Start; a half-made data directory is never used; what was committed is there after any kill. PostgreSQL refuses to run as root, so
// when this process is root the server runs as an unprivileged user; Server.Notes says so.
package pgserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Config says which server to start. Only DataDir is needed.
type Config struct {
	// DataDir is the folder described in the package's comment. It is made if it does not exist, its parent folders too. One that is there
	// must be empty or have been used for this before, because its owner and its rights are changed.
	DataDir string
	// BinDir is the folder with postgres and initdb. Empty: the environment variable WANGGE_POSTGRES_BIN, then whatever
	// FindBinaries finds.
	BinDir string
	// Settings are PostgreSQL settings (postgresql.conf) that go over the defaults of DefaultSettings. With fsync off, initdb does not sync
	// either.
	Settings map[string]string
	// Log receives what this package does. PostgreSQL's own log goes to postgres.log. Nil: slog.Default().
	Log *slog.Logger
}

// Server is a PostgreSQL that this process started. Its methods may be called from any goroutine.
type Server struct {
	cfg      Config
	log      *slog.Logger
	bin      Binaries
	dir      *dataDir
	password string
	notes    []string

	mu       sync.Mutex // guards what follows; held while the server is started or ended
	endpoint endpoint
	proc     *process
	stopped  bool // Stop was called: the lock is given back
}

// Start starts the server on cfg.DataDir, after it has made that directory if need be and stopped a server that a killed process left
// there. It returns when the server takes connections. ctx bounds the starting only: the server runs until Stop or Kill.
//
// Errors are sentences for people: another process uses the directory, no binaries were found, the binaries do not fit the data, or the
// last lines of what PostgreSQL itself said.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	s := &Server{cfg: cfg, log: cfg.Log}
	if s.log == nil {
		s.log = slog.Default()
	}
	if err := s.start(ctx); err != nil {
		return nil, fmt.Errorf("starting PostgreSQL in %s: %w", cfg.DataDir, err)
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) (err error) {
	owner, err := chooseAccount(s.cfg.DataDir)
	if err != nil {
		return err
	}
	if s.dir, err = openDataDir(ctx, s.cfg.DataDir, owner, s.note); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.dir.close()
		}
	}()
	if s.bin, err = chooseBinaries(ctx, s.cfg.BinDir, s.dir, s.note); err != nil {
		return err
	}
	if s.password, err = s.dir.initialise(ctx, s.bin, s.cfg.Settings["fsync"] == "off"); err != nil {
		return err
	}
	if err = s.dir.writeSettings(s.cfg.Settings); err != nil {
		return err
	}
	return s.launch(ctx)
}

// note records and logs something that the person who started the program should know.
func (s *Server) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.notes = append(s.notes, text)
	s.log.Info(text)
}

// URL is what pgx connects with. It stays the same through Kill and Restart.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.endpoint.url(s.password)
}

// Dir is the directory in use: Config.DataDir, made absolute, or the place it had to be moved to (then Notes says so).
func (s *Server) Dir() string { return s.dir.path }

// Binaries are the ones that the server runs.
func (s *Server) Binaries() Binaries { return s.bin }

// Notes are sentences about what was done differently from what one might expect: another user, another place, copied binaries.
func (s *Server) Notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.notes)
}

// Pid is the postmaster's process id.
func (s *Server) Pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc.pid()
}

// Done is closed when the running postmaster ends without having been asked to by Stop or Restart; Kill counts as such an end. After a
// Restart it is another channel.
func (s *Server) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc.died
}

// Stop shuts the server down ("fast": open transactions are rolled back) and gives the directory free. When ctx ends first, the server is
// stopped the hard way ("immediate": it recovers at its next start, nothing committed is lost). Stopping twice, or after the server
// died, is no error.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil
	}
	s.stopped = true
	err := s.proc.shutdown(ctx)
	s.endpoint.remove()
	s.dir.close()
	if err != nil {
		return fmt.Errorf("stopping PostgreSQL in %s: %w", s.dir.path, err)
	}
	s.log.Debug("PostgreSQL stopped", "dir", s.dir.path)
	return nil
}

// Kill ends the postmaster with SIGKILL, as a crash would, and returns when its last child is gone too, so that Restart finds its shared
// memory free. The directory stays locked by this process.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proc.kill()
}

// Restart starts the server again, on the same URL, after Kill or after it died by itself; a running one is stopped first.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return fmt.Errorf("restarting PostgreSQL in %s: it was stopped for good", s.dir.path)
	}
	if err := s.proc.shutdown(ctx); err != nil {
		return fmt.Errorf("restarting PostgreSQL in %s: %w", s.dir.path, err)
	}
	if err := s.run(ctx); err != nil {
		return fmt.Errorf("restarting PostgreSQL in %s: %w", s.dir.path, err)
	}
	return nil
}

// launch picks where to listen and starts the server there. A TCP port may be taken between picking and listening: then another is tried.
func (s *Server) launch(ctx context.Context) error {
	const tries = 5
	for try := 1; ; try++ {
		var err error
		if s.endpoint, err = chooseEndpoint(ctx, s.dir); err != nil {
			return err
		}
		if err = s.run(ctx); err == nil {
			return nil
		}
		s.endpoint.remove()
		if !errors.Is(err, errAddressInUse) || try == tries {
			return err
		}
	}
}

// run starts the server on s.endpoint and waits until it takes connections. Children of a server that was killed may hold its shared
// memory for a moment after it: PostgreSQL then refuses, and is asked again until ctx ends or half a minute has passed.
func (s *Server) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := stopStale(ctx, s.bin, s.dir, s.note); err != nil {
		return err
	}
	for {
		proc, err := startProcess(ctx, s.bin, s.dir, s.endpoint)
		if err == nil {
			s.proc = proc
			s.log.Debug("PostgreSQL started", "dir", s.dir.path, "pid", proc.pid(), "version", s.bin.Version)
			return nil
		}
		if !errors.Is(err, errMemoryInUse) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// startTimeout bounds one start; crash recovery of a large write-ahead log takes its time.
const startTimeout = 2 * time.Minute

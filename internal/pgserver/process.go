package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"
)

// What the server says when a start failed for a reason that passes.
var (
	errAddressInUse = errors.New("the address is in use")
	errMemoryInUse  = errors.New("children of an earlier server still hold its shared memory")
)

const (
	fastPatience      = 5 * time.Minute  // for a server that writes out what it has in memory
	immediatePatience = 10 * time.Second // for a server that was told to drop everything
	killPatience      = time.Minute      // for the children of a killed postmaster
)

// process is one run of the postmaster.
type process struct {
	bin     Binaries
	cluster string
	cmd     *exec.Cmd
	log     *logFile

	asked   atomic.Bool   // Stop or Restart asked it to end
	died    chan struct{} // closed when it ended without being asked
	exited  chan struct{} // closed when the postmaster is gone
	drained chan struct{} // closed when all its children are gone too: the last writer of its log has closed it
}

// startProcess starts the postmaster and waits until it takes connections.
func startProcess(ctx context.Context, bin Binaries, d *dataDir, e endpoint) (*process, error) {
	if err := e.clear(); err != nil {
		return nil, err
	}
	p := &process{bin: bin, cluster: d.cluster(), died: make(chan struct{}), exited: make(chan struct{}), drained: make(chan struct{})}
	if err := p.spawn(d, e); err != nil {
		return nil, err
	}
	if err := p.awaitReady(ctx); err != nil {
		p.asked.Store(true)
		p.kill()
		return nil, err
	}
	return p, nil
}

// spawn starts the program. Its output goes through a pipe, so that this process can bound the log and learn when the last child is gone;
// when this process is killed, the server goes on without a log until the next start stops it.
func (p *process) spawn(d *dataDir, e endpoint) error {
	log, err := openLog(d, maxLog)
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		log.close()
		return err
	}
	p.log = log
	p.cmd = d.owner.command(context.Background(), program(p.bin.Dir, "postgres"), append([]string{"-D", p.cluster}, e.args()...)...)
	p.cmd.Stdout, p.cmd.Stderr = writer, writer
	err = p.cmd.Start()
	writer.Close() //nolint:errcheck // the child has its own
	if err != nil {
		log.close()
		return errors.Join(err, reader.Close())
	}
	go func() {
		log.pump(reader)
		close(p.drained)
	}()
	go p.wait()
	return nil
}

func (p *process) wait() {
	p.cmd.Wait() //nolint:errcheck // how it ended is in the log; that it ended is what counts
	if !p.asked.Load() {
		close(p.died)
	}
	close(p.exited)
}

// awaitReady returns when postmaster.pid says so, which is what pg_ctl waits for too.
func (p *process) awaitReady(ctx context.Context) error {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		if file, err := readPidFile(p.cluster); err == nil && file.pid == p.pid() && file.status == "ready" {
			return nil
		}
		select {
		case <-poll.C:
		case <-p.exited:
			<-p.drained
			return p.failure()
		case <-ctx.Done():
			return fmt.Errorf("the server did not take connections in time: %w; its last word: %s", ctx.Err(), p.log.complaint())
		}
	}
}

// failure says why the postmaster ended at its start.
func (p *process) failure() error {
	err := fmt.Errorf("the server did not start: %s (all it said is in %s)", p.log.complaint(), filepath.Join(p.log.dir.path, logName))
	switch {
	case p.log.said("pre-existing shared memory block"):
		return fmt.Errorf("%w: %w", errMemoryInUse, err)
	case p.log.said("could not bind"), p.log.said("could not create any TCP/IP sockets"):
		return fmt.Errorf("%w: %w", errAddressInUse, err)
	}
	return err
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// shutdown ends the server, gently until ctx ends, and waits for its children. One that has ended already is fine.
func (p *process) shutdown(ctx context.Context) error {
	p.asked.Store(true)
	if p.ended(ctx, fast, fastPatience) || p.ended(context.WithoutCancel(ctx), immediate, immediatePatience) {
		return nil
	}
	p.kill()
	select {
	case <-p.drained:
		return nil
	default:
		return fmt.Errorf("children of process %d are still running a minute after it was killed", p.pid())
	}
}

// ended asks the server to end, and tells whether it and its children did before ctx or patience ended.
func (p *process) ended(ctx context.Context, mode shutdownMode, patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-p.exited:
	default:
		if err := signalServer(ctx, p.bin, p.cluster, p.pid(), mode); err != nil {
			return false
		}
	}
	select {
	case <-p.drained:
		<-p.exited
		return true
	case <-ctx.Done():
		return false
	}
}

// kill ends the postmaster at once and waits for its children, which leave when they notice.
func (p *process) kill() {
	p.cmd.Process.Kill() //nolint:errcheck // the only error is that it has ended already
	<-p.exited
	select {
	case <-p.drained:
	case <-time.After(killPatience):
	}
}

package bench

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// The roles of the server processes that the fan-out bench starts from its own binary.
const (
	RoleHub = "fanout-hub" // the real hub behind a WebSocket port
	RoleRaw = "fanout-raw" // a plain TCP server that writes the same bytes
)

// Questions that the load generator puts to a server process, one line each on its standard input; it answers one line of JSON each.
const (
	askUsage   = "usage"
	askProfile = "profile " // followed by a file name: CPU profile from now until the end
)

// address is a server process's first line on standard output.
type address struct {
	Viewers string `json:"viewers"` // host:port to which viewers connect
	Feed    string `json:"feed"`    // host:port to which the generator sends what is to be served
}

// usage is what a server process has used so far.
type usage struct {
	CPU float64 `json:"cpu"` // seconds, user and system
	RSS int64   `json:"rss"` // bytes resident now
}

// ServeRole is the body of a server process of the bench: it serves until in ends, and speaks with the load generator over in and out.
func ServeRole(ctx context.Context, role string, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	raiseFileLimit()
	start := map[string]func(context.Context) (address, error){RoleHub: serveHub, RoleRaw: serveRaw}[role]
	if start == nil {
		return fmt.Errorf("bench.ServeRole: no role %q", role)
	}
	at, err := start(ctx)
	if err != nil {
		return err
	}
	answers := json.NewEncoder(out)
	if err := answers.Encode(at); err != nil {
		return err
	}
	questions := bufio.NewScanner(in)
	for questions.Scan() {
		if file, ok := strings.CutPrefix(questions.Text(), askProfile); ok {
			stop, err := profile(file)
			if err != nil {
				return err
			}
			defer stop()
		}
		if err := answers.Encode(usage{CPU: cpuSeconds(), RSS: residentBytes()}); err != nil {
			return err
		}
	}
	return questions.Err()
}

// child is a running server process.
type child struct {
	address
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

// startChild starts the process of a role.
func startChild(ctx context.Context, command func(role string) []string, role string) (*child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.CommandContext(ctx, program, command(role)...)}
	c.cmd.Stderr = os.Stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	c.out = json.NewDecoder(out)
	if err := c.out.Decode(&c.address); err != nil {
		c.stop()
		return nil, fmt.Errorf("the %s process did not start: %w", role, err)
	}
	return c, nil
}

// usage asks the process what it has used so far.
func (c *child) usage() (u usage, err error) {
	return c.ask(askUsage)
}

func (c *child) ask(question string) (u usage, err error) {
	if _, err := fmt.Fprintln(c.in, question); err != nil {
		return u, err
	}
	return u, c.out.Decode(&u)
}

// stop ends the process and waits for it.
func (c *child) stop() {
	c.in.Close() //nolint:errcheck // it ends either way
	c.cmd.Wait() //nolint:errcheck // how it ended doesn't matter any more
}

// frameLimit bounds what is read from the feed at once.
const frameLimit = 64 << 20

// writeBlock sends a block with its length in front.
func writeBlock(w io.Writer, block []byte) error {
	_, err := w.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(block))), block...))
	return err
}

// readBlocks hands every block that comes over the connection to f, reusing its memory, until the connection ends.
func readBlocks(conn net.Conn, f func(block []byte) error) error {
	r := bufio.NewReaderSize(conn, 64<<10)
	var head [4]byte
	var block []byte
	for {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		size := int(binary.LittleEndian.Uint32(head[:]))
		if size > frameLimit {
			return fmt.Errorf("bench: a block of %d bytes", size)
		}
		if cap(block) < size {
			block = make([]byte, size)
		}
		if _, err := io.ReadFull(r, block[:size]); err != nil {
			return err
		}
		if err := f(block[:size]); err != nil {
			return err
		}
	}
}

// serveFeed accepts one feed after the other.
func serveFeed(ctx context.Context, f func(block []byte) error) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if err := readBlocks(conn, f); err != nil && ctx.Err() == nil {
				fmt.Fprintln(os.Stderr, "bench: the feed broke:", err)
			}
			conn.Close()
		}
	}()
	return listener.Addr().String(), nil
}

// cores is how many goroutines write.
func cores() int { return runtime.GOMAXPROCS(0) }

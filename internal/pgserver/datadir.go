package pgserver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// What lies in a data directory, see the package's comment.
const (
	lockName     = "wangge.lock"
	passwordName = "password"
	clusterName  = "cluster"
	socketName   = "socket"
	logName      = "postgres.log"
)

// dataDir is a directory that this process has locked and that the server's user can use. This process, which may be root, touches the
// files in it through root only: a link that the server's user put there leads nowhere else.
type dataDir struct {
	path  string // absolute
	root  *os.Root
	owner *account
	lock  *os.File
}

// openDataDir makes and locks a data directory. A new one that the server's user cannot reach (below /root, say) is replaced by a place
// that depends on nothing but the wanted path, so that the next start finds it again.
func openDataDir(ctx context.Context, path string, owner *account, note func(string, ...any)) (*dataDir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if owner != nil {
		note("PostgreSQL does not run as root: it runs as user %s", owner.name)
	}
	d, err := takeDir(ctx, path, owner)
	if !errors.Is(err, errUnreachable) {
		return d, err
	}
	sum := sha256.Sum256([]byte(path))
	reachable := filepath.Join(systemDir, "data-"+hex.EncodeToString(sum[:8]))
	if d, err = takeDir(ctx, reachable, owner); err == nil {
		note("user %s cannot reach %s, so the database is kept in %s", owner.name, path, reachable)
	}
	return d, err
}

// errUnreachable says that the server's user, not this process, cannot use a folder.
var errUnreachable = errors.New("the server's user cannot use the folder")

// takeDir makes and locks a data directory in exactly that place. The lock is the first thing in it, so that of several processes one makes
// the rest. A place that turns out to be unreachable is left as it was found.
func takeDir(ctx context.Context, path string, owner *account) (*dataDir, error) {
	_, statErr := os.Stat(path)
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("making the data directory: %w", err)
	}
	if err := emptyOrOurs(path); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("opening the data directory: %w", err)
	}
	d := &dataDir{path: path, root: root, owner: owner}
	if err = d.takeLock(); err != nil {
		d.close()
		return nil, err
	}
	err = d.makePrivate(ctx)
	if errors.Is(err, errUnreachable) {
		err = d.leave(errors.Is(statErr, fs.ErrNotExist))
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// leave takes away what takeDir made in a place that is of no use, and says errUnreachable. A database that is there already stays where
// it is: to begin an empty one elsewhere would look as if the data were lost.
func (d *dataDir) leave(made bool) error {
	if _, err := d.root.Lstat(clusterName); err == nil {
		return fmt.Errorf("user %s, which PostgreSQL runs as, cannot reach the database in %s: move it to a place that every user may enter",
			d.owner.name, d.path)
	}
	d.root.Remove(lockName) //nolint:errcheck // an empty file that stays does no harm
	if made {
		os.Remove(d.path) //nolint:errcheck // an empty folder that stays does no harm
	}
	return errUnreachable
}

// emptyOrOurs protects folders that somebody named by mistake: the data directory changes its owner and its rights.
func emptyOrOurs(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("the data directory %s cannot be read, it may belong to another user: start as that user, or choose another directory: %w", path, err)
	}
	for _, entry := range entries {
		if entry.Name() == lockName || entry.Name() == clusterName {
			return nil
		}
	}
	if len(entries) > 0 {
		return fmt.Errorf("the folder %s is not empty and holds no database of wangge: choose an empty or a new one", path)
	}
	return nil
}

// makePrivate gives the directory to the server's user, for that user alone, or says errUnreachable.
func (d *dataDir) makePrivate(ctx context.Context) error {
	if d.owner != nil && (d.owner.own(d.path) != nil || d.give(lockName) != nil || !d.owner.canUse(ctx, d.path)) {
		return errUnreachable
	}
	if err := os.Chmod(d.path, 0o700); err != nil {
		return fmt.Errorf("the data directory %s belongs to another user: start as that user, or choose another directory: %w", d.path, err)
	}
	return nil
}

// takeLock takes the lock, or names the process that has it.
func (d *dataDir) takeLock() error {
	file, held, err := lockFile(d)
	if held {
		return fmt.Errorf("the data directory %s is in use by process %s: stop that one first, or choose another directory", d.path, d.holder())
	}
	if err == nil {
		d.lock = file
		err = d.writePid()
	}
	if err != nil {
		return fmt.Errorf("locking the data directory %s: %w", d.path, err)
	}
	return nil
}

// holder is the process id that the holder of the lock writes right after it took it.
func (d *dataDir) holder() string {
	const tries = 20
	for range tries {
		if text, err := d.root.ReadFile(lockName); err == nil && strings.HasSuffix(string(text), "\n") {
			return strings.TrimSpace(string(text))
		}
		time.Sleep(50 * time.Millisecond)
	}
	return "(unknown)"
}

func (d *dataDir) writePid() error {
	if err := d.lock.Truncate(0); err != nil {
		return err
	}
	_, err := d.lock.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// close gives the directory free.
func (d *dataDir) close() {
	if d.lock != nil {
		d.lock.Close() //nolint:errcheck // nothing was written since writePid
	}
	d.root.Close() //nolint:errcheck // a folder has nothing to lose
}

// give makes the server's user the owner of something in the directory.
func (d *dataDir) give(name string) error {
	if d.owner == nil {
		return nil
	}
	return d.root.Lchown(name, d.owner.uid, d.owner.gid)
}

// write writes a file that the server's user alone can read, whole or not at all.
func (d *dataDir) write(name, text string) error {
	temp := name + ".new"
	if err := d.root.WriteFile(temp, []byte(text), 0o600); err != nil {
		return err
	}
	if err := d.give(temp); err != nil {
		return err
	}
	return d.root.Rename(temp, name)
}

// mkdir makes a folder for the server's user alone; one that is there is fine.
func (d *dataDir) mkdir(name string) error {
	if err := d.root.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.give(name)
}

func (d *dataDir) cluster() string { return filepath.Join(d.path, clusterName) }

// clusterMajor is the major version of the data that is there, 0 when there is none yet.
func (d *dataDir) clusterMajor() (int, error) {
	text, err := d.root.ReadFile(filepath.Join(clusterName, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading the data's version: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("reading the data's version: %w", err)
	}
	return major, nil
}

package pgserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// The one role, a superuser of this private server, and the one database made for it.
const (
	roleName     = "wangge"
	databaseName = "wangge"
)

// newPrefix begins the names of data directories that initdb has not finished.
const newPrefix = clusterName + ".new-"

// initialise makes the cluster if there is none, and returns the password. initdb works in a folder beside it that gets its name when
// everything is there; what a killed process left half-made is removed. The password is written first, so that a finished cluster
// always has its own. hasty leaves out the syncing, for data that need not survive the machine.
func (d *dataDir) initialise(ctx context.Context, bin Binaries, hasty bool) (string, error) {
	if err := d.removeHalfMade(ctx); err != nil {
		return "", fmt.Errorf("removing a half-made data directory: %w", err)
	}
	if _, err := d.root.Lstat(clusterName); err == nil {
		return d.readPassword()
	}
	password := rand.Text()
	if err := d.write(passwordName, password+"\n"); err != nil {
		return "", fmt.Errorf("writing the password: %w", err)
	}
	temp := newPrefix + rand.Text()
	if err := d.mkdir(temp); err != nil {
		return "", fmt.Errorf("making the data directory: %w", err)
	}
	if err := d.initdb(ctx, bin, temp, hasty); err != nil {
		return "", errors.Join(err, d.root.RemoveAll(temp))
	}
	if err := d.root.Rename(temp, clusterName); err != nil {
		return "", fmt.Errorf("making the data directory: %w", err)
	}
	return password, syncDir(d.path)
}

func (d *dataDir) removeHalfMade(ctx context.Context) error {
	entries, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), newPrefix) {
			continue
		}
		if err := d.removeWhileWritten(ctx, entry.Name()); err != nil {
			return err
		}
	}
	return nil
}

// removeWhileWritten removes a folder into which the initdb of a killed process may still write: it ends when it next says something to the
// parent that is gone, so for half a minute a failure is tried again.
func (d *dataDir) removeWhileWritten(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		err := d.root.RemoveAll(name)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

func (d *dataDir) readPassword() (string, error) {
	text, err := d.root.ReadFile(passwordName)
	if err != nil {
		return "", fmt.Errorf("the database in %s has no password file: put it back, or choose another directory: %w", d.path, err)
	}
	return strings.TrimSpace(string(text)), nil
}

// syncDir makes a rename in a folder durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && runtime.GOOS != "windows" {
		return err // Windows cannot sync a folder and need not
	}
	return nil
}

// initdb fills an empty folder with a data directory: UTF-8, compared by code point as C.UTF-8 does (the same on every system and version),
// checksums on every page, passwords by SCRAM-SHA-256 on every connection.
func (d *dataDir) initdb(ctx context.Context, bin Binaries, name string, hasty bool) error {
	args := []string{
		"-D", filepath.Join(d.path, name), "-U", roleName, "--pwfile", filepath.Join(d.path, passwordName),
		"--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", "--no-instructions",
	}
	if hasty {
		args = append(args, "--no-sync")
	}
	if err := d.owner.run(ctx, program(bin.Dir, "initdb"), append(args, localeArgs(bin.Major)...)...); err != nil {
		return fmt.Errorf("making the data directory with initdb: %w", err)
	}
	if err := d.createDatabase(ctx, bin, name, hasty); err != nil {
		return err
	}
	return d.includeSettings(name)
}

// localeArgs chooses C.UTF-8: PostgreSQL's own since version 17, before that the C library's, which macOS and Windows lack: there C, which
// sorts the same and differs only in upper and lower case beyond ASCII.
func localeArgs(major int) []string {
	switch {
	case major >= 17:
		return []string{"--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"}
	case runtime.GOOS == "linux":
		return []string{"--locale=C.UTF-8"}
	default:
		return []string{"--locale=C"}
	}
}

// createDatabase makes the database in single-user mode, before any server listens.
func (d *dataDir) createDatabase(ctx context.Context, bin Binaries, name string, hasty bool) error {
	args := []string{"--single", "-D", filepath.Join(d.path, name), "-c", "exit_on_error=on"}
	if hasty {
		args = append(args, "-F")
	}
	cmd := d.owner.command(ctx, program(bin.Dir, "postgres"), append(args, "postgres")...)
	cmd.Stdin = strings.NewReader("CREATE DATABASE " + databaseName + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("creating the database: %w: %s", err, lastLine(out))
	}
	return nil
}

package pgserver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// completeLibraries makes the links between shared libraries (libpq.so.5 → libpq.so.5.18) that npm cannot carry in a package and leaves
// to an install script, listed in pg-symlinks.json beside bin; installing with --ignore-scripts is therefore enough. Where the package
// may not be written to, a complete copy is made in the user's cache. The result is the bin folder to use: dir itself for any other
// installation.
func completeLibraries(dir string) (string, error) {
	native := filepath.Dir(dir)
	text, err := os.ReadFile(filepath.Join(native, "pg-symlinks.json"))
	if err != nil {
		return dir, nil // not the npm package
	}
	var links []link
	if err := json.Unmarshal(text, &links); err != nil {
		return "", fmt.Errorf("reading %s: %w", filepath.Join(native, "pg-symlinks.json"), err)
	}
	err = makeLinks(filepath.Dir(native), links)
	if err == nil {
		return dir, nil
	}
	cache, cacheErr := os.UserCacheDir()
	if cacheErr != nil {
		return "", errors.Join(err, cacheErr)
	}
	return copyInstallation(dir, filepath.Join(cache, "wangge"), links)
}

// link is one entry of pg-symlinks.json; both paths are relative to the npm package.
type link struct {
	Source string `json:"source"` // what exists
	Target string `json:"target"` // what must point to it
}

// makeLinks makes those that are missing below root.
func makeLinks(root string, links []link) error {
	for _, l := range links {
		if !filepath.IsLocal(l.Source) || !filepath.IsLocal(l.Target) {
			return fmt.Errorf("a link from %s to %s leaves the package", l.Target, l.Source)
		}
		target := filepath.Join(root, l.Target)
		source, err := filepath.Rel(filepath.Dir(target), filepath.Join(root, l.Source))
		if err != nil {
			return err
		}
		if _, err := os.Stat(target); err == nil {
			continue
		}
		if err := os.Symlink(source, target); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// reachable makes sure that the server's user can run bin, and copies the installation to where it can if need be.
func reachable(ctx context.Context, bin Binaries, owner *account, note func(string, ...any)) (Binaries, error) {
	err := owner.run(ctx, program(bin.Dir, "postgres"), "--version")
	if err == nil {
		return bin, nil
	}
	if owner == nil {
		return Binaries{}, fmt.Errorf("%s does not run: %w", program(bin.Dir, "postgres"), err)
	}
	dir, err := copyInstallation(bin.Dir, systemDir, nil)
	if err != nil {
		return Binaries{}, fmt.Errorf("user %s cannot run %s, and it could not be copied to where it can: %w", owner.name, bin.Dir, err)
	}
	if err := owner.run(ctx, program(dir, "postgres"), "--version"); err != nil {
		return Binaries{}, fmt.Errorf("user %s can run PostgreSQL neither in %s nor in %s: %w", owner.name, bin.Dir, dir, err)
	}
	note("user %s cannot read %s, so PostgreSQL's programs were copied to %s", owner.name, bin.Dir, dir)
	bin.Dir = dir
	return bin, nil
}

// copyInstallation copies the folders of PostgreSQL around the bin folder to a folder of its own below parent, unless that is there
// already, and returns its bin. PostgreSQL finds its libraries and shared files relative to its executable, so a copy of all runs.
// It appears complete or not at all.
func copyInstallation(bin, parent string, links []link) (string, error) {
	prefix := filepath.Dir(bin)
	name, err := installationName(bin)
	if err != nil {
		return "", err
	}
	final := filepath.Join(parent, name)
	if _, err := os.Stat(final); err == nil {
		return filepath.Join(final, filepath.Base(prefix), "bin"), nil
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp(parent, name+".new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	for _, part := range []string{"bin", "lib", "lib64", "share"} {
		if err := copyTree(filepath.Join(prefix, part), filepath.Join(temp, filepath.Base(prefix), part)); err != nil {
			return "", err
		}
	}
	if err := makeLinks(temp, links); err != nil {
		return "", err
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return "", err
	}
	if err := os.Rename(temp, final); err != nil {
		if _, statErr := os.Stat(final); statErr != nil {
			return "", err // otherwise another process was faster with the same copy
		}
	}
	return filepath.Join(final, filepath.Base(prefix), "bin"), nil
}

// installationName tells copies of different installations apart: by path, size and time of the server program.
func installationName(bin string) (string, error) {
	info, err := os.Stat(program(bin, "postgres"))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%d", bin, info.Size(), info.ModTime().UnixNano()))
	return "postgres-" + hex.EncodeToString(sum[:8]), nil
}

// copyTree copies a folder with its files, links and executable bits, readable by everyone; one that does not exist is left out.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			if path == from && errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case entry.IsDir():
			return errors.Join(os.MkdirAll(target, 0o755), os.Chmod(target, 0o755))
		case entry.Type()&fs.ModeSymlink != 0:
			return copyLink(path, target)
		default:
			return copyFile(path, target)
		}
	})
}

func copyLink(from, to string) error {
	points, err := os.Readlink(from)
	if err != nil {
		return err
	}
	return os.Symlink(points, to)
}

func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if info.Mode()&0o100 != 0 {
		mode = 0o755
	}
	return errors.Join(os.WriteFile(to, text, mode), os.Chmod(to, mode))
}

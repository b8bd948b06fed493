//go:build unix

package pgserver

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// systemDir is where things go that must be reachable by the server's user when this process is root.
const systemDir = "/var/lib/wangge"

// chooseAccount is nil for an ordinary user. For root it is the owner of the data that is in dir already, else the system's PostgreSQL
// user, else nobody.
func chooseAccount(dir string) (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	info, err := os.Lstat(filepath.Join(dir, clusterName))
	if err == nil && info.IsDir() {
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 0 {
			return &account{name: userName(int(owner.Uid)), uid: int(owner.Uid), gid: int(owner.Gid)}, nil
		}
	}
	for _, name := range []string{"postgres", "_postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		// On macOS nobody's id is -2, written as 4294967294 or as -2.
		uid, uidErr := strconv.ParseInt(found.Uid, 10, 64)
		gid, gidErr := strconv.ParseInt(found.Gid, 10, 64)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return &account{name: name, uid: int(uid), gid: int(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL does not run as root, and this system has neither a user postgres nor nobody: start wangge as an ordinary user")
}

// userName is the name of a user id, or the number when it has none.
func userName(uid int) string {
	if found, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return found.Username
	}
	return strconv.Itoa(uid)
}

// command prepares a program that runs as the account, in a session of its own: a Ctrl-C in the terminal reaches this process only, which
// then stops the server in its own time.
func (a *account) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if a != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	// Of the environment only what a program needs to run: PGPORT, LANG and the like must not reach the server.
	for _, key := range []string{"PATH", "TMPDIR", "LD_LIBRARY_PATH"} {
		if value, ok := os.LookupEnv(key); ok {
			cmd.Env = append(cmd.Env, key+"="+value)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C", "TZ=UTC")
	return cmd
}

// canUse tells whether the account can enter and write to a folder, by trying: that respects access lists and mount options too.
func (a *account) canUse(ctx context.Context, dir string) bool {
	return a.run(ctx, "/bin/sh", "-c", `cd "$1" && t=$(mktemp ./probe.XXXXXX) && rm -f "$t"`, "sh", dir) == nil
}

// own makes the account the owner of a path; nothing is done for the process's own user.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}

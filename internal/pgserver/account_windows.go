package pgserver

import (
	"context"
	"os/exec"
	"syscall"
)

// systemDir is never used on Windows, where PostgreSQL gives up an administrator's rights by itself.
const systemDir = `C:\ProgramData\wangge`

// chooseAccount is always the user of this process.
func chooseAccount(string) (*account, error) { return nil, nil }

// command prepares a program in a process group of its own, which a Ctrl-C in the console does not reach.
func (a *account) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
	return cmd
}

func (a *account) canUse(context.Context, string) bool { return true }

func (a *account) own(string) error { return nil }

package pgserver

import (
	"context"
	"fmt"
)

// account is the unprivileged user that the server runs as when this process is root, because PostgreSQL refuses to be. Nil is the user of
// this process.
type account struct {
	name     string
	uid, gid int
}

// run runs a program as the account and returns what went wrong, with the last line of its output.
func (a *account) run(ctx context.Context, name string, args ...string) error {
	out, err := a.command(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, lastLine(out))
	}
	return nil
}

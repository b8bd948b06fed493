package pgserver

import (
	"context"
	"os/exec"
	"syscall"
)

// signalServer asks a postmaster to end, through pg_ctl, which speaks to it over a pipe; it returns before that has happened.
func signalServer(ctx context.Context, bin Binaries, cluster string, _ int, mode shutdownMode) error {
	return exec.CommandContext(ctx, program(bin.Dir, "pg_ctl"), "stop", "-D", cluster, "-m", string(mode), "-W").Run()
}

// stillActive is what GetExitCodeProcess answers for a process that has not ended.
const stillActive = 259

// runsCluster tells whether a process is alive. Windows gives numbers out again late, and PostgreSQL itself refuses a second server on
// its shared memory.
func runsCluster(pid int, _ string) bool {
	handle, err := syscall.OpenProcess(syscall.PROCESS_QUERY_INFORMATION, false, uint32(pid))
	if err != nil {
		return false
	}
	defer syscall.CloseHandle(handle) //nolint:errcheck // a handle for reading
	var code uint32
	return syscall.GetExitCodeProcess(handle, &code) == nil && code == stillActive
}

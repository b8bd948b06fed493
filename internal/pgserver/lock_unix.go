//go:build unix

package pgserver

import (
	"os"
	"syscall"
)

// lockFile opens the lock of a data directory and takes it for this process, without waiting. The lock ends with the process, however that ends; programs it
// starts do not inherit it. held tells that another one has it.
func lockFile(d *dataDir) (file *os.File, held bool, err error) {
	file, err = d.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, false, err
	}
	if err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, err == syscall.EWOULDBLOCK, err
	}
	return file, false, nil
}

package pgserver

import (
	"os"
	"path/filepath"
	"syscall"
)

// errSharing is ERROR_SHARING_VIOLATION: another process has the file open for writing.
const errSharing = syscall.Errno(32)

// lockFile opens the lock of a data directory so that no other process can open it for writing; reading stays possible. The lock ends with the process. held
// tells that another one has it.
func lockFile(d *dataDir) (file *os.File, held bool, err error) {
	path := filepath.Join(d.path, lockName)
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, false, err
	}
	handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, syscall.FILE_SHARE_READ, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, err == errSharing, err
	}
	return os.NewFile(uintptr(handle), path), false, nil
}

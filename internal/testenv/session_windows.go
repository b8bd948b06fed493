package testenv

import "syscall"

// ownSession keeps a Ctrl-C in the console from the watchdog.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

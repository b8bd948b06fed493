//go:build unix

package testenv

import "syscall"

// ownSession keeps a Ctrl-C in the terminal from the watchdog.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

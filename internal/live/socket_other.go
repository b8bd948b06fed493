//go:build !unix

package live

import "syscall"

// newDirect tells that there is no way to write to the descriptor without blocking on this system.
func newDirect(syscall.RawConn) (_ socket, ok bool) { return nil, false }

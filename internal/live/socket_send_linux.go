//go:build linux && (amd64 || arm64 || riscv64 || loong64)

package live

import (
	"syscall"
	"unsafe"
)

// writeNow sends to a connected socket without blocking. It is what most of the server's time goes to, hence two peculiarities:
//
//   - send instead of write skips the kernel's bookkeeping of file positions and watchers.
//   - The scheduler isn't told of the call, which returns within microseconds. Telling costs more than it gives: the runtime's monitor takes
//     the processor away from whoever is in a call for 20 µs, which on a busy machine is many a send, and thousands of hand-overs between
//     threads follow.
func writeNow(fd uintptr, b []byte) (int, error) {
	const flags = syscall.MSG_DONTWAIT | syscall.MSG_NOSIGNAL
	n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), flags, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

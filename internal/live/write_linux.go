package live

import (
	"syscall"
	"unsafe"
)

// writeNow is write(2) on a descriptor that doesn't block, without telling the scheduler: the call returns within microseconds, and telling
// costs more than it gives (the runtime's monitor takes the processor away from whoever is in a call for 20 µs, which a busy machine's
// write to a socket may well be; thousands of writes a second then go through as many hand-overs between threads).
func writeNow(fd uintptr, b []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

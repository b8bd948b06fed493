//go:build unix && !(linux && (amd64 || arm64 || riscv64 || loong64))

package live

import "syscall"

// writeNow is write(2) on a descriptor that doesn't block.
func writeNow(fd uintptr, b []byte) (int, error) { return syscall.Write(int(fd), b) }

package bench

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
)

// residentBytes is how much memory of this process is resident; where the system doesn't say, what the Go runtime holds.
func residentBytes() int64 {
	var size, resident int64
	if b, err := os.ReadFile("/proc/self/statm"); err == nil {
		if _, err := fmt.Sscan(string(b), &size, &resident); err == nil {
			return resident * int64(os.Getpagesize())
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}

// profile writes a CPU profile from now until the returned function is called, and then one of the memory (name + ".heap").
func profile(file string) (stop func(), err error) {
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close() //nolint:errcheck // a profile that wasn't written whole doesn't open
		if heap, err := os.Create(file + ".heap"); err == nil {
			pprof.WriteHeapProfile(heap) //nolint:errcheck // likewise
			heap.Close()                 //nolint:errcheck // likewise
		}
	}, nil
}

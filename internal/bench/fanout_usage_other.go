//go:build !unix

package bench

// cpuSeconds isn't known here: ratios of processor time are measured on unix.
func cpuSeconds() float64 { return 0 }

func raiseFileLimit() {}

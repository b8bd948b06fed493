package main

// BenchCmd measures this machine.
type BenchCmd struct{}

// Run measures.
func (c *BenchCmd) Run() error { return nil }

package live

import (
	"context"

	"wangge/internal/tracking"
)

// Broker carries positions between the nodes. Whatever node a position came in at, all nodes' tables end with the newest one of every
// worker. Two implement it: MemoryBroker for one process, RedisBroker for several.
type Broker interface {
	// Publish applies the batch to this node's table before it returns, and has it sent to the other nodes soon. It never waits for them,
	// and keeps nothing of the batch. Safe for any number of goroutines.
	Publish(batch []tracking.Motion)

	// Forget removes workers from what a node would learn at its start: they are off shift. The tables of other nodes' are not touched;
	// each node finds out by itself.
	Forget(workers ...int32)

	// Run carries positions until the context ends. It begins with loading the last state that other nodes have left.
	Run(ctx context.Context) error

	// Degraded tells whether positions of other nodes may be missing, and why.
	Degraded() (bool, string)
}

// MemoryBroker is the broker of a process that is alone.
type MemoryBroker struct {
	table *tracking.Table
}

// NewMemoryBroker makes a broker that applies positions to the table and sends them nowhere.
func NewMemoryBroker(table *tracking.Table) *MemoryBroker { return &MemoryBroker{table: table} }

// Publish applies the batch to the table.
func (b *MemoryBroker) Publish(batch []tracking.Motion) { b.table.Apply(batch) }

// Forget does nothing: there is nobody else.
func (b *MemoryBroker) Forget(...int32) {}

// Run waits for the end of the context.
func (b *MemoryBroker) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Degraded is never true.
func (b *MemoryBroker) Degraded() (bool, string) { return false, "" }

package live

// Ready is closed once the hub follows the event log: what happens from then on reaches Follow and the clients. Fill caches after that, so that
// no change falls between.
func (h *Hub) Ready() <-chan struct{} { return h.tail.ready }

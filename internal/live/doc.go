// Package live carries positions and events to browsers: the server's half of docs/protocol.md.
//
// One goroutine, the hub's loop, owns the map: every tick it takes what the tracking table says has changed, encodes each worker's
// change once (lane), puts the frame of every scope together once (stream), and then hands each client its bytes from one goroutine per
// core without ever blocking on a socket. A client that does not take its bytes is skipped and given everything anew when it does;
// it costs the others nothing. Events are tailed from the log, encoded once for all clients that may see the same, and queued
// (bounded) for each, since they may not be skipped.
package live

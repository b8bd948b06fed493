package live

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"wangge/internal/tracking"
)

// How positions travel over Redis. Workers are spread over shards by their handle; a shard's channel and the hash of its last state share a
// hash tag, so that Redis Cluster keeps them together and spreads the shards.
const (
	redisShards   = 8
	redisBatch    = 40 * time.Millisecond  // positions wait at most this long to go out together
	redisBeat     = 400 * time.Millisecond // every node says on every shard that it is there, and listens for itself
	redisSilence  = 3 * redisBeat          // without hearing itself for so long a shard counts as lost
	redisTimeout  = time.Second            // of one command
	redisPending  = 1 << 16                // motions of a shard waiting to go out; beyond it everything is sent anew later
	redisLasting  = 24 * time.Hour         // the last state outlives the nodes so long
	redisPresence = "wangge:nodes"         // sorted set of the nodes by when they were last there, ms since 1970 UTC
	redisAway     = 5 * time.Second        // a node not heard of for so long is not listed
)

// A message on a shard's channel: version, node, then packed motions (none in a heartbeat).
const (
	redisVersion = 1
	redisHead    = 1 + 8 // bytes before the motions
)

// RedisBroker exchanges positions with the other nodes over Redis 7 or later, alone or as a cluster: packed batches over sharded
// publish/subscribe, and the last state in one hash per shard for nodes that start. Without Redis it goes on with this node's positions
// alone; when Redis is back, every node publishes what it has, so that all end with the same.
type RedisBroker struct {
	table  *tracking.Table
	client redis.UniversalClient
	log    *slog.Logger
	node   uint64
	shards [redisShards]redisShard

	mu       sync.Mutex
	reason   string // why it is degraded; empty when it isn't
	forgot   []int32
	republic bool // everything has to be published anew

	peersMu sync.Mutex
	peers   map[uint64]time.Time // other nodes by when they were last heard
	gaps    chan struct{}
}

// redisShard is what one shard has to send and hears.
type redisShard struct {
	mu      sync.Mutex
	pending []tracking.Motion
	heard   time.Time // when the shard last heard this node itself
}

// NewRedisBroker makes a broker on a client that the caller has made and closes after Run. Positions are applied to the table.
func NewRedisBroker(client redis.UniversalClient, table *tracking.Table, log *slog.Logger) *RedisBroker {
	return &RedisBroker{table: table, client: client, log: log, node: rand.Uint64(), reason: "not yet connected to Redis",
		peers: map[uint64]time.Time{}, gaps: make(chan struct{}, 1)}
}

// The library's own log takes what it would print of every try while Redis is away: the broker says once that it is.
func init() { redis.SetLogger(libraryLog{}) }

type libraryLog struct{}

// Printf logs for whoever looks closely.
func (libraryLog) Printf(ctx context.Context, format string, args ...any) {
	slog.DebugContext(ctx, "redis: "+fmt.Sprintf(format, args...))
}

// Node is this node's name among the others.
func (b *RedisBroker) Node() string { return strconv.FormatUint(b.node, 36) }

func shardChannel(i int) string { return fmt.Sprintf("wangge:{positions:%d}", i) }
func shardHash(i int) string    { return fmt.Sprintf("wangge:{positions:%d}:last", i) }

func shardOf(worker int32) int { return int(uint32(worker) % redisShards) }

// Publish applies the batch here and leaves it for the next batch to the others.
func (b *RedisBroker) Publish(batch []tracking.Motion) {
	b.table.Apply(batch)
	for i := range batch {
		b.shards[shardOf(batch[i].Worker)].add(&batch[i])
	}
}

// add queues a motion. When too many wait (Redis is away or slow) they are dropped: what is there then is published anew anyway, from the
// table.
func (s *redisShard) add(m *tracking.Motion) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pending) < redisPending {
		s.pending = append(s.pending, *m)
	}
}

func (s *redisShard) take() (batch []tracking.Motion, overflowed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch, s.pending = s.pending, nil
	return batch, len(batch) >= redisPending
}

// Forget removes workers from the last state.
func (b *RedisBroker) Forget(workers ...int32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.forgot) < redisPending { // more than that is removed when a starting node finds them off shift
		b.forgot = append(b.forgot, workers...)
	}
}

// Gaps has a token when positions that another node took in may never have been published: the node has fallen silent, or Redis was away.
// Whatever that node acknowledged is in storage; read the newest positions from there.
func (b *RedisBroker) Gaps() <-chan struct{} { return b.gaps }

func (b *RedisBroker) gap() {
	select {
	case b.gaps <- struct{}{}:
	default: // one look at storage serves for all
	}
}

// heardOf notes that another node is there.
func (b *RedisBroker) heardOf(peer uint64) {
	b.peersMu.Lock()
	defer b.peersMu.Unlock()
	b.peers[peer] = time.Now()
}

// missPeers tells of a gap when a node has fallen silent.
func (b *RedisBroker) missPeers() {
	b.peersMu.Lock()
	defer b.peersMu.Unlock()
	for peer, heard := range b.peers {
		if time.Since(heard) > redisSilence {
			delete(b.peers, peer)
			b.gap()
		}
	}
}

// Degraded tells whether Redis is away.
func (b *RedisBroker) Degraded() (bool, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reason != "", b.reason
}

// Run exchanges positions until the context ends.
func (b *RedisBroker) Run(ctx context.Context) error {
	var running sync.WaitGroup
	for i := range b.shards {
		running.Go(func() { b.listen(ctx, i) })
		running.Go(func() { b.send(ctx, i) })
	}
	running.Go(func() { b.watch(ctx) })
	running.Wait()
	return nil
}

// listen hears one shard's channel until the context ends. The library connects and subscribes again by itself.
func (b *RedisBroker) listen(ctx context.Context, i int) {
	for ctx.Err() == nil {
		channel := b.client.SSubscribe(ctx, shardChannel(i))
		b.hear(ctx, i, channel)
		channel.Close() //nolint:errcheck // it is broken or the program ends
		pause(ctx, redisBatch)
	}
}

func (b *RedisBroker) hear(ctx context.Context, i int, channel *redis.PubSub) {
	var batch []tracking.Motion
	for ctx.Err() == nil { // the library looks at the context before it reads, and others' messages keep coming
		received, err := channel.ReceiveTimeout(ctx, redisSilence)
		if err != nil {
			return
		}
		m, ok := received.(*redis.Message)
		if !ok {
			continue
		}
		if batch, ok = b.receive(i, m.Payload, batch[:0]); ok {
			b.table.Apply(batch)
		}
	}
}

// receive reads a message of a shard; ok when it has positions of another node.
func (b *RedisBroker) receive(i int, payload string, batch []tracking.Motion) (_ []tracking.Motion, ok bool) {
	p := []byte(payload)
	if len(p) < redisHead || p[0] != redisVersion {
		return batch, false // of a newer version, which publishes its state in ours too or is incompatible altogether
	}
	if binary.LittleEndian.Uint64(p[1:]) == b.node {
		b.shards[i].mu.Lock()
		b.shards[i].heard = time.Now()
		b.shards[i].mu.Unlock()
		return batch, false
	}
	b.heardOf(binary.LittleEndian.Uint64(p[1:]))
	batch, err := ReadMotions(batch, p[redisHead:])
	return batch, err == nil && len(batch) > 0
}

// send publishes what waits on one shard, and a heartbeat when nothing has for a while.
func (b *RedisBroker) send(ctx context.Context, i int) {
	ticker := time.NewTicker(redisBatch)
	defer ticker.Stop()
	var beat time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		batch, overflowed := b.shards[i].take()
		batch = b.newest(batch)
		if len(batch) == 0 && time.Since(beat) < redisBeat {
			continue
		}
		beat = time.Now()
		if err := b.publish(ctx, i, batch); err != nil || overflowed {
			b.again()
		}
	}
}

// again has everything published anew as soon as Redis answers.
func (b *RedisBroker) again() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.republic = true
}

// publish sends a batch and keeps it as the last state, in one round trip.
func (b *RedisBroker) publish(ctx context.Context, i int, batch []tracking.Motion) error {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	head := binary.LittleEndian.AppendUint64([]byte{redisVersion}, b.node)
	packed := AppendMotions(head, batch)
	_, err := b.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.SPublish(ctx, shardChannel(i), packed)
		if len(batch) > 0 {
			p.HSet(ctx, shardHash(i), lastState(batch, packed[redisHead:])...)
			p.Expire(ctx, shardHash(i), redisLasting)
		}
		return nil
	})
	return err
}

// lastState is the fields of a shard's hash: worker, packed motion, worker, packed motion ….
func lastState(batch []tracking.Motion, packed []byte) []any {
	fields := make([]any, 0, 2*len(batch))
	for i := range batch {
		fields = append(fields, strconv.Itoa(int(batch[i].Worker)), packed[i*PackedMotion:(i+1)*PackedMotion])
	}
	return fields
}

// newest replaces each motion by what the table has of its worker, once per worker: a late fix must not replace a newer last state, and
// who has left the map meanwhile is not published.
func (b *RedisBroker) newest(batch []tracking.Motion) []tracking.Motion {
	kept, done := batch[:0], make(map[int32]struct{}, len(batch))
	for _, m := range batch {
		if _, twice := done[m.Worker]; twice {
			continue
		}
		done[m.Worker] = struct{}{}
		if m, ok := b.table.Get(m.Worker); ok {
			kept = append(kept, m)
		}
	}
	return kept
}

// watch decides whether Redis is there, and brings all nodes to the same state when it has come back.
func (b *RedisBroker) watch(ctx context.Context) {
	ticker := time.NewTicker(redisBeat / 2)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		reason := b.deaf()
		b.mu.Lock()
		was, republic := b.reason, b.republic
		b.mu.Unlock()
		if reason == "" && (was != "" || republic) {
			if err := b.recover(ctx); err != nil {
				reason = "Redis: " + err.Error()
			} else if was != "" {
				b.gap()
			}
		}
		if reason == "" {
			b.missPeers()
			b.housekeep(ctx)
		}
		b.setReason(was, reason)
	}
}

func (b *RedisBroker) setReason(was, reason string) {
	b.mu.Lock()
	b.reason = reason
	b.mu.Unlock()
	switch {
	case was == "" && reason != "":
		b.log.Error("positions of other nodes may be missing", "reason", reason)
	case was != "" && reason == "":
		b.log.Info("positions are exchanged with other nodes")
	}
}

// deaf tells why this node doesn't hear itself; empty when it does on every shard.
func (b *RedisBroker) deaf() string {
	for i := range b.shards {
		s := &b.shards[i]
		s.mu.Lock()
		silent := time.Since(s.heard) > redisSilence
		s.mu.Unlock()
		if silent {
			return "Redis does not answer"
		}
	}
	return ""
}

// recover takes over the last state that others have left and publishes all that this node has.
func (b *RedisBroker) recover(ctx context.Context) error {
	b.mu.Lock()
	b.republic = false
	b.mu.Unlock()
	for i := range b.shards {
		if err := b.load(ctx, i); err != nil {
			b.again()
			return err
		}
	}
	var all [redisShards][]tracking.Motion
	b.table.Each(func(m tracking.Motion) bool {
		all[shardOf(m.Worker)] = append(all[shardOf(m.Worker)], m)
		return true
	})
	for i, batch := range all {
		if err := b.publish(ctx, i, batch); err != nil {
			b.again()
			return err
		}
	}
	return nil
}

// load applies the last state of one shard.
func (b *RedisBroker) load(ctx context.Context, i int) error {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	last, err := b.client.HVals(ctx, shardHash(i)).Result()
	if err != nil {
		return err
	}
	batch := make([]tracking.Motion, 0, len(last))
	for _, packed := range last {
		var broken error
		if batch, broken = ReadMotions(batch, []byte(packed)); broken != nil {
			b.log.Warn("a last state in Redis cannot be read", "shard", i)
		}
	}
	b.table.Apply(batch)
	return nil
}

// housekeep says that this node is there, and removes those who went off shift from the last state.
func (b *RedisBroker) housekeep(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	b.mu.Lock()
	forgot := b.forgot
	b.forgot = nil
	b.mu.Unlock()
	now := time.Now()
	_, err := b.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.ZAdd(ctx, redisPresence, redis.Z{Score: float64(now.UnixMilli()), Member: b.Node()})
		p.ZRemRangeByScore(ctx, redisPresence, "-inf", strconv.FormatInt(now.Add(-redisAway).UnixMilli(), 10))
		for _, worker := range forgot {
			p.HDel(ctx, shardHash(shardOf(worker)), strconv.Itoa(int(worker)))
		}
		return nil
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		b.Forget(forgot...)
	}
}

// Nodes lists the nodes that are there, by name.
func (b *RedisBroker) Nodes(ctx context.Context) ([]string, error) {
	since := strconv.FormatInt(time.Now().Add(-redisAway).UnixMilli(), 10)
	nodes, err := b.client.ZRangeByScore(ctx, redisPresence, &redis.ZRangeBy{Min: since, Max: "+inf"}).Result()
	if err != nil {
		return nil, fmt.Errorf("live.RedisBroker.Nodes: %w", err)
	}
	return nodes, nil
}

package live

import (
	"context"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"wangge/internal/testenv"
	"wangge/internal/tracking"
)

// node is one process' broker with its table.
type node struct {
	Broker
	table *tracking.Table
}

// run runs a node's broker until the test ends, or stop is called.
func (n node) run(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := n.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func redisNode(t *testing.T, url string) node {
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	table := tracking.NewTable()
	return node{NewRedisBroker(client, table, slog.New(slog.DiscardHandler)), table}
}

func memoryNode(*testing.T) node {
	table := tracking.NewTable()
	return node{NewMemoryBroker(table), table}
}

// walk is a batch of workers at a step.
func walk(from, to int32, step int64) (batch []tracking.Motion) {
	for w := from; w <= to; w++ {
		batch = append(batch, tracking.Motion{Worker: w, Lon: w * 10, Lat: int32(step), At: step, Seen: step + 1, Grid: 3, Speed: 4, Course: 5, Accuracy: 6, Battery: 7, Flags: 1})
	}
	return batch
}

func contents(table *tracking.Table) map[int32]tracking.Motion {
	all := map[int32]tracking.Motion{}
	table.Each(func(m tracking.Motion) bool { all[m.Worker] = m; return true })
	return all
}

// TestBrokerContract holds every broker to what the interface promises of one node.
func TestBrokerContract(t *testing.T) {
	t.Parallel()
	brokers := map[string]func(*testing.T) node{
		"memory": memoryNode,
		"redis":  func(t *testing.T) node { return redisNode(t, testenv.Redis(t).URL()) },
	}
	for name, start := range brokers {
		t.Run(name, func(t *testing.T) {
			n := start(t)
			batch := walk(1, 100, 5)
			n.Publish(batch) // before Run, too
			clear(batch)     // nothing of it is kept
			if diff := cmp.Diff(asMap(walk(1, 100, 5)), contents(n.table)); diff != "" {
				t.Errorf("Publish did not apply at once (-want +got):\n%s", diff)
			}
			stop := n.run(t)
			eventually(t, "not degraded", func() bool { degraded, _ := n.Degraded(); return !degraded })
			n.Publish(walk(1, 1, 3)) // late
			n.Publish(walk(2, 2, 9))
			n.table.Remove(4)
			n.Forget(4)
			if m, _ := n.table.Get(1); m.At != 5 {
				t.Errorf("a late position replaced a newer one: %+v", m)
			}
			if m, _ := n.table.Get(2); m.At != 9 {
				t.Errorf("a newer position was not taken: %+v", m)
			}
			stop() // Run ends with its context
		})
	}
}

func asMap(batch []tracking.Motion) map[int32]tracking.Motion {
	all := map[int32]tracking.Motion{}
	for _, m := range batch {
		all[m.Worker] = m
	}
	return all
}

func converge(t *testing.T, what string, want map[int32]tracking.Motion, nodes ...node) {
	t.Helper()
	eventually(t, what, func() bool {
		for _, n := range nodes {
			if !cmp.Equal(want, contents(n.table)) {
				return false
			}
		}
		return true
	})
}

func TestRedisNodesConverge(t *testing.T) {
	t.Parallel()
	server := testenv.Redis(t)
	a, b := redisNode(t, server.URL()), redisNode(t, server.URL())
	a.run(t)
	stopB := b.run(t)
	for step := int64(1); step <= 50; step++ { // both publish the same workers, out of order
		a.Publish(walk(1, 300, step))
		b.Publish(walk(1, 300, 51-step))
	}
	want := asMap(walk(1, 300, 50))
	converge(t, "both have the newest of every worker", want, a, b)

	a.table.Remove(300)
	b.table.Remove(300)
	a.Forget(300)
	stopB()
	delete(want, 300)
	redisHas := func() int {
		count := 0
		for i := range redisShards {
			n, err := a.Broker.(*RedisBroker).client.HLen(t.Context(), shardHash(i)).Result()
			if err != nil {
				t.Fatal(err)
			}
			count += int(n)
		}
		return count
	}
	eventually(t, "who is off shift is not left in Redis", func() bool { return redisHas() == 299 })
	c := redisNode(t, server.URL())
	c.run(t)
	converge(t, "a node that starts takes over the last state", want, c)
	eventually(t, "both are listed", func() bool {
		nodes, err := c.Broker.(*RedisBroker).Nodes(t.Context())
		return err == nil && len(nodes) >= 2
	})
}

func TestRedisLossDegradesAndHeals(t *testing.T) {
	t.Parallel()
	server := testenv.Redis(t)
	a, b := redisNode(t, server.URL()), redisNode(t, server.URL())
	a.run(t)
	b.run(t)
	healthy := func(n node) bool { degraded, _ := n.Degraded(); return !degraded }
	eventually(t, "both are connected", func() bool { return healthy(a) && healthy(b) })
	for round := range int64(3) {
		server.Kill()
		a.Publish(walk(1, 200, 100*round+1))
		b.Publish(walk(150, 400, 100*round+2))
		eventually(t, "both say so", func() bool { return !healthy(a) && !healthy(b) })
		if m, _ := a.table.Get(1); m.At != 100*round+1 {
			t.Errorf("without Redis a node's own positions do not show: %+v", m)
		}
		server.Restart() // empty
		want := asMap(append(walk(1, 200, 100*round+1), walk(150, 400, 100*round+2)...))
		converge(t, "both have everything", want, a, b)
		eventually(t, "both are well again", func() bool { return healthy(a) && healthy(b) })
	}
}

// A node that falls silent may have acknowledged positions that it could not publish any more: the others are told to look into storage.
func TestASilentNodeLeavesAGap(t *testing.T) {
	t.Parallel()
	server := testenv.Redis(t)
	a, b := redisNode(t, server.URL()), redisNode(t, server.URL())
	a.run(t)
	stopB := b.run(t)
	gaps := a.Broker.(*RedisBroker).Gaps()
	b.Publish(walk(1, 10, 1))
	converge(t, "both have them", asMap(walk(1, 10, 1)), a, b)
	select { // being connected for the first time is a gap too: what was before is in storage
	case <-gaps:
	default:
	}
	stopB()
	eventually(t, "the other one knows", func() bool {
		select {
		case <-gaps:
			return true
		default:
			return false
		}
	})
}

// TestTwoNodesShowTheSameMap connects a viewer to each of two hubs over one Redis.
func TestTwoNodesShowTheSameMap(t *testing.T) {
	t.Parallel()
	server := testenv.Redis(t)
	stages := [2]*stage{}
	for i := range stages {
		n := redisNode(t, server.URL())
		n.run(t)
		stages[i] = newStage(t, func(o *Options) { o.Broker, o.Table = n.Broker, n.table })
		stages[i].table = n.table
	}
	var peers []*peer
	for _, s := range stages {
		p := s.dial("operator")
		p.everything()
		peers = append(peers, p)
	}
	for i := range int32(40) {
		stages[i%2].put(1+i, 116.1+float64(i)*1e-3, 37.1)
	}
	for _, p := range peers {
		p.await("everybody", func() bool { return len(p.holds(SectionScope)) == 40 })
	}
	server.Kill()
	for _, p := range peers {
		p.await("degraded is told", func() bool {
			status := p.said("status")
			return len(status) > 0 && status[len(status)-1]["degraded"] == true
		})
	}
	left, right := stages[0].put(1, 116.2, 37.2), stages[1].put(2, 116.2, 37.2)
	server.Restart()
	for _, p := range peers {
		p.await("healed: what the other node had meanwhile", func() bool {
			held, status := p.holding.Sections[SectionScope], p.said("status")
			return same(held[1], wire(left, left.At)) && same(held[2], wire(right, right.At)) && status[len(status)-1]["degraded"] == false
		})
	}
}

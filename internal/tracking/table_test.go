package tracking

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTableKeepsTheNewest(t *testing.T) {
	table := NewTable()
	table.Apply([]Motion{{Worker: 7, Lon: 1, At: 2000, Seen: 2100}})
	for _, step := range []struct {
		name  string
		apply Motion
		want  Motion
	}{
		{"newer fix moves", Motion{Worker: 7, Lon: 2, At: 3000, Seen: 3100}, Motion{Worker: 7, Lon: 2, At: 3000, Seen: 3100}},
		{"late fix refreshes only the sign of life", Motion{Worker: 7, Lon: 3, At: 2500, Seen: 3200}, Motion{Worker: 7, Lon: 2, At: 3000, Seen: 3200}},
		{"late fix seen earlier changes nothing", Motion{Worker: 7, Lon: 4, At: 2500, Seen: 3000}, Motion{Worker: 7, Lon: 2, At: 3000, Seen: 3200}},
		{"same fix seen later wins", Motion{Worker: 7, Lon: 2, Battery: 9, At: 3000, Seen: 3300}, Motion{Worker: 7, Lon: 2, Battery: 9, At: 3000, Seen: 3300}},
		{"newer fix seen earlier keeps the sign of life", Motion{Worker: 7, Lon: 5, At: 3100, Seen: 3150}, Motion{Worker: 7, Lon: 5, At: 3100, Seen: 3300}},
	} {
		table.Apply([]Motion{step.apply})
		if got, ok := table.Get(7); !ok || got != step.want {
			t.Errorf("%s: got %+v, want %+v", step.name, got, step.want)
		}
	}
}

func TestTableDrainTellsEachChangeOnce(t *testing.T) {
	table, changes := NewTable(), &Changes{}
	table.Apply([]Motion{{Worker: 3000, At: 1}, {Worker: 2, At: 1}, {Worker: 2, At: 5}})
	table.Drain(changes)
	want := []Motion{{Worker: 2, At: 5}, {Worker: 3000, At: 1}}
	if diff := cmp.Diff(want, changes.Moved); diff != "" || len(changes.Removed) != 0 {
		t.Fatalf("moved (-want +got):\n%s\nremoved %v", diff, changes.Removed)
	}
	table.Remove(2)
	table.Remove(2)
	table.Remove(99)
	table.Drain(changes)
	if !slices.Equal(changes.Removed, []int32{2}) || len(changes.Moved) != 0 || table.Len() != 1 {
		t.Fatalf("after Remove: removed %v, moved %v, len %d", changes.Removed, changes.Moved, table.Len())
	}
	table.Drain(changes)
	if len(changes.Removed)+len(changes.Moved) != 0 {
		t.Fatalf("a second Drain tells %v again", changes)
	}
}

func TestTableIgnoresHandlesOutOfRange(t *testing.T) {
	table := NewTable()
	table.Apply([]Motion{{Worker: 0, At: 1}, {Worker: -4, At: 1}, {Worker: MaxWorker + 1, At: 1}})
	if _, ok := table.Get(-4); ok || table.Len() != 0 {
		t.Fatalf("len %d, want none", table.Len())
	}
	table.Apply([]Motion{{Worker: MaxWorker, At: 1}})
	if _, ok := table.Get(MaxWorker); !ok {
		t.Fatal("the largest handle was not taken")
	}
}

// TestTableConverges applies the same motions from several goroutines in different orders while one drains: whatever the order, the
// table and the consumer end with the newest of each worker.
func TestTableConverges(t *testing.T) {
	table, held := NewTable(), map[int32]Motion{}
	drain := func(c *Changes) {
		table.Drain(c)
		for _, m := range c.Moved {
			held[m.Worker] = m
		}
	}
	var writers sync.WaitGroup
	for seed := range uint64(4) {
		writers.Go(func() {
			r := rand.New(rand.NewPCG(seed, 1))
			for _, step := range r.Perm(200) {
				batch := make([]Motion, 0, 50)
				for w := int32(1); w <= 50; w++ {
					batch = append(batch, Motion{Worker: w, Lon: int32(step), At: int64(step), Seen: int64(step)})
				}
				table.Apply(batch)
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	var c Changes
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		drain(&c)
	}
	drain(&c)
	table.Each(func(m Motion) bool {
		if m.At != 199 || held[m.Worker] != m {
			t.Errorf("worker %d: table %+v, consumer %+v", m.Worker, m, held[m.Worker])
		}
		return true
	})
	if len(held) != 50 {
		t.Errorf("the consumer holds %d workers, want 50", len(held))
	}
}

func BenchmarkTableApplyDrain(b *testing.B) {
	table, batch := NewTable(), make([]Motion, 10_000)
	var c Changes
	b.ReportAllocs()
	for i := range b.N {
		for w := range batch {
			batch[w] = Motion{Worker: int32(w + 1), At: int64(i), Seen: int64(i)}
		}
		table.Apply(batch)
		table.Drain(&c)
	}
}

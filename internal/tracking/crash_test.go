package tracking_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/testenv"
	"wangge/internal/tracking"
	. "wangge/internal/tracking/trackingtest"
)

// TestKillingTheDatabaseLosesNothingThatWasAcknowledged: devices send and send again until they are answered, as real ones do, while the
// database dies and comes back. What was acknowledged is there, once; what crossed a boundary is told once.
func TestKillingTheDatabaseLosesNothingThatWasAcknowledged(t *testing.T) {
	server := testenv.PostgresServer(t)
	f := New(t, server.URL())
	const devices, kills = 8, 5
	names := make([]string, devices)
	for i := range names {
		names[i] = fmt.Sprintf("W%d", i)
	}
	f.Hire(t, names...)
	var acknowledged [devices]atomic.Int64
	var turnedAway atomic.Int64
	ctx, stop := context.WithCancel(context.Background())
	var senders sync.WaitGroup
	for i, name := range names {
		senders.Go(func() {
			for n := int64(0); ctx.Err() == nil; n++ {
				lon := Boundary - 0.004 + 0.008*float64(n/10%2) // across the boundary every ten fixes
				fix := At("phone-"+name, Noon.Add(time.Duration(n-1_000_000)*time.Millisecond), lon, Middle)
				for !deliver(t, f, fix, &turnedAway) {
					time.Sleep(time.Millisecond)
				}
				acknowledged[i].Store(n + 1)
			}
		})
	}
	for range kills {
		before := total(&acknowledged)
		await(t, "fixes are acknowledged again", func() bool { return total(&acknowledged) > before+200 })
		server.Kill()
		away := turnedAway.Load()
		await(t, "devices are turned away", func() bool { return turnedAway.Load() > away+10 })
		if err := server.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	before := total(&acknowledged)
	await(t, "fixes are acknowledged again", func() bool { return total(&acknowledged) > before+200 })
	stop()
	senders.Wait()
	for i, name := range names {
		d, _ := f.Registry.Devices.ByUID("phone-" + name)
		var stored int64
		if err := f.DB.Pool.QueryRow(t.Context(), "SELECT count(*) FROM position WHERE device_id = $1", d.ID).Scan(&stored); err != nil {
			t.Fatal(err)
		}
		if want := acknowledged[i].Load(); stored != want {
			t.Errorf("%s: %d are stored, %d were acknowledged", name, stored, want)
		}
		// Ten fixes here, ten there: one crossing for every ten.
		crossings := int64(0)
		for _, e := range f.Events(t, event.Cursor{}) {
			if e.Kind == event.WorkerEntered && e.EntityID == fmt.Sprint(d.WorkerID) {
				crossings++
			}
		}
		if want := (stored + 9) / 10; crossings != want {
			t.Errorf("%s entered %d times in %d fixes, want %d", name, crossings, stored, want)
		}
	}
	t.Logf("%d fixes acknowledged, %d times turned away", total(&acknowledged), turnedAway.Load())
}

// deliver sends a fix once; false when the device has to come again. Nothing but "unavailable" may go wrong.
func deliver(t *testing.T, f *Field, fix tracking.Fix, turnedAway *atomic.Int64) bool {
	results, err := f.Tracking.Accept(context.Background(), tracking.Caller{}, []tracking.Fix{fix})
	switch {
	case fault.Is(err, fault.Unavailable):
		turnedAway.Add(1)
		return false
	case err != nil:
		t.Error(err)
	case !results[0].Acknowledged() || results[0].Outcome == tracking.OffShift:
		t.Errorf("%+v", results[0])
	}
	return true
}

func total(counters *[8]atomic.Int64) (n int64) {
	for i := range counters {
		n += counters[i].Load()
	}
	return n
}

// await waits until something is so; a minute is for machines that are busy with other things.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never happened that %s", what)
		}
	}
}

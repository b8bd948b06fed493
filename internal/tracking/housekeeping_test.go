package tracking_test

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wangge/internal/testenv"
	. "wangge/internal/tracking/trackingtest"
)

func TestWhatIsInMemoryIsWrittenAtTheEnd(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	f.Hire(t, "A")
	f.Send(t, Beat("phone-A"), Beat("stranger"))
	ended, end := context.WithCancel(context.Background())
	end()
	f.Keeping.Run(ended)
	list, err := f.Store.Unclaimed(t.Context())
	if err != nil || len(list) != 1 || list[0].UID != "stranger" {
		t.Errorf("%v %v", list, err)
	}
	devices, err := f.Store.Devices(t.Context())
	if err != nil || !devices[0].LastSeen.Equal(Noon) {
		t.Errorf("%v %v", devices, err)
	}
}

func TestCleanKeepsWhatRetentionSays(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	f.Keeping.Retention = 2 * 24 * time.Hour
	days, err := f.Keeping.Clean(t.Context()) // partitions reach 7 days back: today, yesterday, and the day that ended less than 2 days ago stay
	if err != nil || days != 5 {
		t.Errorf("%d days were dropped (%v)", days, err)
	}
}

func TestStatsAreCollected(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	f.Hire(t, "A")
	f.Send(t, At("phone-A", Noon, 116.295, Middle), Beat("phone-A"))
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(f.Stats); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if c := m.GetCounter(); c != nil && len(m.GetLabel()) == 1 {
				counted[m.GetLabel()[0].GetValue()] = c.GetValue()
			}
		}
	}
	if counted["stored"] != 1 || counted["heartbeat"] != 1 || len(counted) != 8 || len(families) != 5 {
		t.Errorf("%v in %d families", counted, len(families))
	}
}

package tracking_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/post"
	"wangge/internal/testenv"
	"wangge/internal/tracking"
	. "wangge/internal/tracking/trackingtest"
)

// ago is an instant before the field's first noon.
func ago(d time.Duration) time.Time { return Noon.Add(-d) }

func outcomes(results []tracking.Result) (list []string) {
	for _, r := range results {
		if r.Code != "" {
			list = append(list, string(r.Outcome)+" "+r.Code)
		} else {
			list = append(list, string(r.Outcome))
		}
	}
	return list
}

func expect(t *testing.T, got []tracking.Result, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, outcomes(got)); diff != "" {
		t.Error(diff)
	}
}

func TestAFixIsStoredAsItCame(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	w := f.Hire(t, "A")[0]
	fix := At("phone-A", ago(time.Second), 116.3051234, 37.4501234)
	fix.Speed, fix.Course, fix.Altitude, fix.Battery, fix.Charging, fix.Attrs = 1.25, 90, 21.5, 0.5, 1, []byte(`{"hdop":"0.8"}`)
	expect(t, f.Send(t, fix), "stored")
	var got struct {
		worker, lon, lat, grid, flags             int
		fixAt, at, received                       time.Time
		speed, course, altitude, accuracy, charge float32
		attrs                                     string
	}
	err := f.DB.Pool.QueryRow(t.Context(), `SELECT worker_id, fix_at, at, received_at, lon, lat, grid_id, speed, course, altitude, accuracy,
		battery, flags, attrs::text FROM position`).Scan(&got.worker, &got.fixAt, &got.at, &got.received, &got.lon, &got.lat, &got.grid, &got.speed,
		&got.course, &got.altitude, &got.accuracy, &got.charge, &got.flags, &got.attrs)
	if err != nil {
		t.Fatal(err)
	}
	if got.worker != int(w.ID) || got.lon != 1163051234 || got.lat != 374501234 || got.grid != int(East) || got.flags != int(tracking.FlagCharging) ||
		got.speed != 1.25 || got.course != 90 || got.altitude != 21.5 || got.accuracy != 5 || got.charge != 0.5 || got.attrs != `{"hdop": "0.8"}` ||
		!got.fixAt.Equal(fix.Time) || !got.at.Equal(fix.Time) || !got.received.Equal(Noon) {
		t.Errorf("%+v", got)
	}
	live, ok := f.Table.Get(w.ID)
	if !ok || live.Grid != East || live.At != fix.Time.UnixMilli() || live.Seen != Noon.UnixMilli() {
		t.Errorf("on the map: %+v", live)
	}
}

func TestOutcomes(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	f.Hire(t, "A", "B")
	f.EndShift(t, 2)
	f.Register(t, tracking.DeviceSpec{UID: "nobodys"}, tracking.DeviceSpec{UID: "off", Disabled: true, WorkerID: 1})
	expect(t, f.Send(t,
		At("phone-A", ago(time.Minute), 116.295, Middle),
		At("phone-A", ago(time.Minute), 116.295, Middle), // sent twice in one request
		At("phone-A", ago(2*time.Minute), 116.294, Middle),
		Beat("phone-A"),
		At("phone-A", ago(2*time.Hour), 116.294, Middle), // before the shift
		At("phone-A", ago(8*24*time.Hour), 116.294, Middle),
		At("phone-A", ago(time.Second), 37.45, 116.3),
		At("phone-B", Noon, 116.295, Middle), // off shift
		Beat("phone-B"),
		At("nobodys", Noon, 116.295, Middle),
		At("off", Noon, 116.295, Middle),
		At("stranger", Noon, 116.295, Middle),
		At("", Noon, 116.295, Middle),
	), "stored", "duplicate", "late", "heartbeat", "off_shift", "off_shift fix.too_old", "refused fix.swapped", "off_shift", "off_shift",
		"off_shift device.unassigned", "refused device.disabled", "unknown device.unknown", "refused device.id")
	expect(t, f.Send(t, At("phone-A", ago(time.Minute), 116.295, Middle), At("phone-A", ago(2*time.Minute), 116.294, Middle)), "duplicate", "duplicate")
	if n := f.Stored(t); n != 2 {
		t.Errorf("%d fixes are stored, want 2", n)
	}
	s := f.Stats
	got := []int64{s.Stored.Load(), s.Late.Load(), s.Duplicate.Load(), s.Heartbeat.Load(), s.OffShift.Load(), s.Unknown.Load(), s.Refused.Load()}
	if want := []int64{1, 1, 3, 1, 5, 1, 3}; !slices.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
}

// TestOffShiftLeavesNoTrace is about the worker's privacy.
func TestOffShiftLeavesNoTrace(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	w := f.Hire(t, "A")[0]
	f.SetNow(Noon.Add(time.Second))
	f.EndShift(t, w.ID)
	expect(t, f.Send(t, At("phone-A", f.Now(), 116.295, Middle), Beat("phone-A")), "off_shift", "off_shift")
	if err := f.Registry.Devices.FlushSeen(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"position", "worker_grid", "device WHERE last_seen IS NOT NULL", "event_log WHERE entity = 'presence'", "device_unclaimed"} {
		var n int
		if err := f.DB.Pool.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s has %d rows (%v)", table, n, err)
		}
	}
	if _, ok := f.Table.Get(w.ID); ok || f.Published(w.ID) != 0 {
		t.Error("the worker is on the map")
	}
}

func TestALateFixNeverMovesTheMarker(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	w := f.Hire(t, "A")[0]
	f.Send(t, At("phone-A", ago(time.Minute), 116.305, Middle))
	f.SetNow(Noon.Add(30 * time.Second))
	expect(t, f.Send(t, At("phone-A", ago(10*time.Minute), 116.295, Middle)), "late")
	live, _ := f.Table.Get(w.ID)
	if live.Lon != 1163050000 || live.At != ago(time.Minute).UnixMilli() {
		t.Errorf("the marker moved: %+v", live)
	}
	if live.Seen != f.Now().UnixMilli() {
		t.Error("the sign of life didn't count")
	}
}

func TestAFixOfThePastShiftIsKeptButNotShown(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	w := f.Hire(t, "A")[0]
	f.EndShift(t, w.ID)
	expect(t, f.Send(t, At("phone-A", ago(time.Minute), 116.295, Middle)), "late")
	if f.Stored(t) != 1 || f.Published(w.ID) != 0 {
		t.Error("not stored, or shown after the shift")
	}
	// In the next shift the worker has no position yet, and an old one doesn't put the worker on the map.
	f.SetNow(Noon.Add(time.Hour))
	if _, err := f.Posts.Roster(t.Context(), Chief, []post.Row{{WorkerID: w.ID, From: f.Now()}}); err != nil {
		t.Fatal(err)
	}
	expect(t, f.Send(t, At("phone-A", ago(2*time.Minute), 116.295, Middle), Beat("phone-A")), "late", "heartbeat")
	if _, ok := f.Table.Get(w.ID); ok {
		t.Error("a fix of the past shift put the worker on the map")
	}
}

func TestSignsOfLifeRefresh(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	w := f.Hire(t, "A")[0]
	first := At("phone-A", ago(time.Second), 116.295, Middle)
	f.Send(t, first)
	beat := Beat("phone-A")
	beat.Battery = 0.4
	for i, again := range []tracking.Fix{first, beat} {
		f.SetNow(Noon.Add(time.Duration(i+1) * time.Minute))
		f.Send(t, again)
		if live, _ := f.Table.Get(w.ID); live.Seen != f.Now().UnixMilli() || live.At != first.Time.UnixMilli() {
			t.Errorf("after %d: %+v", i, live)
		}
	}
	if live, _ := f.Table.Get(w.ID); live.Battery != 40 {
		t.Errorf("the heartbeat's battery is %d", live.Battery)
	}
	if d := f.Registry.Devices.All()[0]; !d.LastSeen.Equal(f.Now()) {
		t.Errorf("the device was last seen %v", d.LastSeen)
	}
	if err := f.Registry.Devices.FlushSeen(t.Context()); err != nil {
		t.Fatal(err)
	}
	stored, err := f.Store.Devices(t.Context())
	if err != nil || !stored[0].LastSeen.Equal(f.Now()) || stored[0].Version != 1 {
		t.Errorf("stored: %+v %v", stored, err)
	}
}

func TestAWrongClockIsMarkedAndOrderedByTheServer(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	w := f.Hire(t, "A")[0]
	expect(t, f.Send(t, At("phone-A", Noon.AddDate(3, 0, 0), 116.295, Middle)), "stored")
	live, _ := f.Table.Get(w.ID)
	if live.At != Noon.UnixMilli() || live.Flags != tracking.FlagClockWrong {
		t.Errorf("%+v", live)
	}
	f.SetNow(Noon.Add(time.Second))
	expect(t, f.Send(t, At("phone-A", f.Now(), 116.296, Middle)), "stored")
	if live, _ := f.Table.Get(w.ID); live.Lon != 1162960000 {
		t.Error("the bogus fix of the future holds the marker")
	}
}

func TestDuplicatesInParallelAreStoredOnce(t *testing.T) {
	url := testenv.Postgres(t)
	nodes := []*Field{New(t, url), New(t, url)}
	nodes[0].Hire(t, "A", "B", "C")
	for _, err := range []error{nodes[1].People.Load(t.Context(), Noon), nodes[1].Registry.Devices.Load(t.Context())} {
		if err != nil {
			t.Fatal(err)
		}
	}
	const senders, fixes = 16, 30
	var mu sync.Mutex
	firsts := map[string]int{} // answers other than "duplicate"
	var all sync.WaitGroup
	for s := range senders {
		all.Go(func() {
			for i := range fixes {
				device := []string{"phone-A", "phone-B", "phone-C"}[(i+s)%3]
				fix := At(device, ago(time.Duration(i)*time.Second), 116.295, Middle)
				results, err := nodes[s%2].Tracking.Accept(context.Background(), tracking.Caller{}, []tracking.Fix{fix})
				if err != nil {
					t.Error(err)
					return
				}
				if results[0].Outcome != tracking.Duplicate {
					mu.Lock()
					firsts[fmt.Sprint(device, i)]++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	for key, n := range firsts {
		if n != 1 {
			t.Errorf("%s was told to be new %d times", key, n)
		}
	}
	if stored := nodes[0].Stored(t); stored != len(firsts) || stored != 3*fixes {
		t.Errorf("%d stored, %d answered as new, want %d", stored, len(firsts), 3*fixes)
	}
}

func TestABadRowDoesNotFailTheOthers(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	f.Hire(t, "A")
	var fixes []tracking.Fix
	want := make([]string, 9)
	for i := range want {
		fix := At("phone-A", ago(time.Duration(9-i)*time.Second), 116.295, Middle)
		want[i] = "stored"
		if i == 2 || i == 7 {
			fix.Attrs, want[i] = []byte(`{"broken":"\u0000"}`), "refused fix.storage" // jsonb has no NUL
		}
		fixes = append(fixes, fix)
	}
	expect(t, f.Send(t, fixes...), want...)
	if n := f.Stored(t); n != 7 {
		t.Errorf("%d stored, want 7", n)
	}
}

func TestACallerWhoGoesAwayCallsNothingOff(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	f.Hire(t, "A", "B", "C", "D")
	gone, cancel := context.WithCancel(t.Context())
	var pending []*tracking.Pending
	for i, device := range []string{"phone-A", "phone-B", "phone-C", "phone-D"} {
		ctx := t.Context()
		if i%2 == 0 {
			ctx = gone
		}
		p, err := f.Tracking.Submit(ctx, tracking.Caller{}, []tracking.Fix{At(device, Noon, 116.295, Middle)})
		if err != nil {
			t.Fatal(err)
		}
		pending = append(pending, p)
	}
	cancel()
	for _, i := range []int{1, 3} {
		results, err := pending[i].Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		expect(t, results, "stored")
	}
	// The others' fixes go their way too: sent again, they are known.
	expect(t, f.Send(t, At("phone-A", Noon, 116.295, Middle), At("phone-C", Noon, 116.295, Middle)), "duplicate", "duplicate")
}

func TestAFullQueueTurnsAwayAndRecovers(t *testing.T) {
	f := New(t, testenv.Postgres(t), func(_ *tracking.Dependencies, c *tracking.RecorderConfig) {
		c.Shards, c.MaxQueue, c.MaxBatch = 1, 10, 5
	})
	f.Hire(t, "A")
	tx, err := f.DB.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "LOCK TABLE position IN EXCLUSIVE MODE"); err != nil { // commits wait from here on
		t.Fatal(err)
	}
	var pending []*tracking.Pending
	for i := range 30 {
		p, err := f.Tracking.Submit(t.Context(), tracking.Caller{}, []tracking.Fix{At("phone-A", ago(time.Duration(30-i)*time.Second), 116.295, Middle)})
		if err != nil {
			t.Fatal(err)
		}
		pending = append(pending, p)
	}
	last := pending[29]
	if _, err := last.Wait(t.Context()); !fault.Is(err, fault.Unavailable) || fault.As(err).RetryAfter <= 0 {
		t.Errorf("the thirtieth of at most fifteen: %v", err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	stored, turnedAway := 0, 1
	for _, p := range pending[:29] {
		if _, err := p.Wait(t.Context()); err == nil {
			stored++
		} else {
			turnedAway++
		}
	}
	if n := f.Stored(t); n != stored || stored < 10 || stored > 15 || f.Stats.Away.Load() != int64(turnedAway) || f.Stats.Queued.Load() != 0 {
		t.Errorf("%d stored, %d acknowledged, %d turned away (%d counted), %d queued", n, stored, turnedAway, f.Stats.Away.Load(), f.Stats.Queued.Load())
	}
}

// presence is the log's story of where workers went.
func presence(t *testing.T, f *Field) (story []string) {
	t.Helper()
	for _, e := range f.Events(t, event.Cursor{}) {
		if e.Entity == "presence" {
			story = append(story, fmt.Sprintf("%s %s %s v%d", e.EntityID, e.Kind, e.Area[12:], e.Version))
		}
	}
	return story
}

func TestCrossingsAreEvents(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	f.Hire(t, "A")
	place := []float64{116.295, 116.299, 116.30001, 116.29999, 116.305, 116.30002, 116.295, 116.32, 116.295}
	for i, lon := range place {
		f.Send(t, At("phone-A", ago(time.Duration(len(place)-i)*time.Second), lon, Middle))
	}
	want := []string{
		"1 worker.entered 1001 v1", "1 worker.left 1001 v2", "1 worker.entered 1002 v3", "1 worker.left 1002 v4", "1 worker.entered 1001 v5",
		"1 worker.left 1001 v6", "1 worker.entered 1001 v7",
	}
	if diff := cmp.Diff(want, presence(t, f)); diff != "" {
		t.Error(diff)
	}
	// The same in one batch, by another worker: the same story.
	f.Hire(t, "B")
	var fixes []tracking.Fix
	for i, lon := range place {
		fixes = append(fixes, At("phone-B", ago(time.Duration(len(place)-i)*time.Second), lon, Middle))
	}
	f.Send(t, fixes...)
	for i := range want {
		want[i] = "2" + want[i][1:]
	}
	if diff := cmp.Diff(want, presence(t, f)[len(want):]); diff != "" {
		t.Error(diff)
	}
}

func TestTwoNodesTellOneStory(t *testing.T) {
	url := testenv.Postgres(t)
	here, there := New(t, url), New(t, url)
	here.Hire(t, "A")
	for _, err := range []error{there.People.Load(t.Context(), Noon), there.Registry.Devices.Load(t.Context())} {
		if err != nil {
			t.Fatal(err)
		}
	}
	here.Send(t, At("phone-A", ago(9*time.Second), 116.295, Middle))  // enters West
	there.Send(t, At("phone-A", ago(8*time.Second), 116.295, Middle)) // believes it is the first: is told otherwise
	there.Send(t, At("phone-A", ago(7*time.Second), 116.305, Middle)) // crosses, knowing West by now
	here.Recorder.Follow(here.Events(t, event.Cursor{}))              // and here it is learnt from the log
	here.Send(t, At("phone-A", ago(6*time.Second), 116.305, Middle))
	here.Send(t, At("phone-A", ago(5*time.Second), 116.295, Middle))
	want := []string{
		"1 worker.entered 1001 v1", "1 worker.left 1001 v2", "1 worker.entered 1002 v3", "1 worker.left 1002 v4", "1 worker.entered 1001 v5",
	}
	if diff := cmp.Diff(want, presence(t, here)); diff != "" {
		t.Error(diff)
	}
}

func TestWarmKnowsTheNewestOfThisShift(t *testing.T) {
	url := testenv.Postgres(t)
	f := New(t, url)
	f.Hire(t, "A", "B", "C", "D")
	f.Register(t, tracking.DeviceSpec{UID: "second-A", WorkerID: 1})
	f.Send(t,
		At("phone-A", ago(3*time.Minute), 116.291, Middle), At("second-A", ago(2*time.Minute), 116.292, Middle),
		At("phone-B", Noon.AddDate(0, 0, 20), 116.293, Middle), // a clock gone wrong, in the default partition
		At("phone-C", Noon.AddDate(0, 1, 0), 116.294, Middle),
	)
	f.SetNow(Noon.Add(time.Second))
	f.Send(t, At("phone-C", f.Now(), 116.295, Middle)) // its clock was set right
	f.EndShift(t, 4)
	before := map[int32]tracking.Motion{}
	f.Table.Each(func(m tracking.Motion) bool { before[m.Worker] = m; return true })

	again := New(t, url)
	again.SetNow(f.Now())
	if err := again.Tracking.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := map[int32]tracking.Motion{}
	again.Table.Each(func(m tracking.Motion) bool { after[m.Worker] = m; return true })
	if diff := cmp.Diff(before, after); diff != "" || len(after) != 3 {
		t.Error(diff)
	}
}

func TestTrackIsOrderedThinnedAndOnShiftOnly(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	w := f.Hire(t, "A")[0]
	var fixes []tracking.Fix
	for i := range 101 {
		fixes = append(fixes, At("phone-A", ago(time.Duration(100-i)*time.Second), 116.29+float64(i)*1e-5, Middle))
	}
	slices.Reverse(fixes) // as a phone may send them
	f.Send(t, fixes...)
	f.EndShift(t, w.ID)
	track, err := f.Tracking.Track(t.Context(), Chief, w.ID, ago(time.Hour), Noon.Add(time.Hour), 11)
	if err != nil {
		t.Fatal(err)
	}
	if track.Total != 100 || len(track.Points) != 11 { // the fix at noon is not of the shift, which ended then
		t.Fatalf("%d of %d points", len(track.Points), track.Total)
	}
	if !track.Points[0].At.Equal(ago(100*time.Second)) || !track.Points[10].At.Equal(ago(time.Second)) {
		t.Error("the first or the last point is missing")
	}
	for i := 1; i < len(track.Points); i++ {
		if gap := track.Points[i].At.Sub(track.Points[i-1].At); gap < 9*time.Second || gap > 10*time.Second {
			t.Errorf("a gap of %v", gap)
		}
	}
	whole, err := f.Tracking.Track(t.Context(), Chief, w.ID, ago(time.Hour), Noon, 0)
	if err != nil || len(whole.Points) != 100 || whole.Points[99].Grid != West || whole.Points[7].Lon != 116.29007 {
		t.Errorf("%d points %v", len(whole.Points), err)
	}
	if _, err := f.Tracking.Track(t.Context(), Chief, w.ID, ago(48*time.Hour), Noon, 0); !fault.Is(err, fault.Invalid) {
		t.Errorf("two days: %v", err)
	}
	elsewhere := Chief
	elsewhere.Scope = "371402999"
	if _, err := f.Tracking.Track(t.Context(), elsewhere, w.ID, ago(time.Hour), Noon, 0); !fault.Is(err, fault.NotFound) {
		t.Errorf("out of scope: %v", err)
	}
}

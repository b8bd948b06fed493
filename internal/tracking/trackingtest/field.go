// Package trackingtest puts everything between a device and storage together for tests: real directories, a real recorder, a real database,
// and a clock that the test sets.
package trackingtest

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"wangge/internal/area"
	"wangge/internal/event"
	"wangge/internal/identity"
	"wangge/internal/post"
	"wangge/internal/postgres"
	"wangge/internal/tracking"
)

// The grids of the field: two squares of about 880 × 1,110 m side by side, and nothing around them. Their boundary is the meridian 116.30.
const (
	West     int32 = 4
	East     int32 = 5
	WestCode       = "3714020010011001"
	EastCode       = "3714020010011002"
	Boundary       = 116.30 // degrees east
	Middle         = 37.45  // degrees north, the middle of both
)

// Noon is what the field's clock says at first: 12:00 in the district.
var Noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// Chief may do everything in the district.
var Chief = identity.Principal{Name: "chief", DisplayName: "王主任", Role: identity.Administrator, Scope: "371402"}

// Field is one node.
type Field struct {
	DB        *postgres.DB
	Store     postgres.Tracking
	People    *post.Directory
	Posts     *post.Service
	Registry  *tracking.Registry
	Recorder  *tracking.Recorder
	Tracking  *tracking.Service
	Table     *tracking.Table
	Stats     *tracking.Stats
	Keeping   *tracking.Housekeeping
	now       atomic.Int64
	published sync.Map // of workers, by id: how often a motion was published
}

// Publish implements tracking.Sink as a broker of a single process does, and counts.
func (f *Field) Publish(batch []tracking.Motion) {
	f.Table.Apply(batch)
	for _, m := range batch {
		n, _ := f.published.LoadOrStore(m.Worker, new(atomic.Int64))
		n.(*atomic.Int64).Add(1)
	}
}

// Published tells how often a motion of the worker was published.
func (f *Field) Published(worker int32) int64 {
	if n, ok := f.published.Load(worker); ok {
		return n.(*atomic.Int64).Load()
	}
	return 0
}

// Now is the field's clock.
func (f *Field) Now() time.Time { return time.UnixMicro(f.now.Load()).UTC() }

// SetNow sets the clock.
func (f *Field) SetNow(t time.Time) { f.now.Store(t.UnixMicro()) }

// Option changes how a field is put together.
type Option func(*tracking.Dependencies, *tracking.RecorderConfig)

// RequireCredentials refuses devices without a secret.
func RequireCredentials(d *tracking.Dependencies, _ *tracking.RecorderConfig) {
	d.RequireCredentials = true
}

// Index is the field's areas.
func Index(t testing.TB) *area.Index {
	t.Helper()
	square := func(id int32, code, parent string, level area.Level, west, east float64) area.Area {
		ring := orb.Ring{{west, 37.445}, {east, 37.445}, {east, 37.455}, {west, 37.455}, {west, 37.445}}
		return area.Area{ID: id, Code: code, Name: code, Level: level, Parent: parent, Boundary: orb.MultiPolygon{{ring}}}
	}
	index, err := area.NewIndex([]area.Area{
		square(1, "371402", "", area.District, 116.29, 116.31),
		square(2, "371402001", "371402", area.Subdistrict, 116.29, 116.31),
		square(3, "371402001001", "371402001", area.Community, 116.29, 116.31),
		square(West, WestCode, "371402001001", area.Grid, 116.29, Boundary),
		square(East, EastCode, "371402001001", area.Grid, Boundary, 116.31),
	})
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// New starts a node on the database, which is migrated if it is not. It stops when the test ends.
func New(t testing.TB, url string, options ...Option) *Field {
	t.Helper()
	db, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := &Field{DB: db, Store: postgres.Tracking{DB: db}, Table: tracking.NewTable(), Stats: tracking.NewStats()}
	f.SetNow(Noon)
	f.wire(t, options)
	f.load(t)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { f.Recorder.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		db.Close()
	})
	return f
}

func (f *Field) wire(t testing.TB, options []Option) {
	posts := postgres.Post{DB: f.DB}
	f.People = post.NewDirectory(posts)
	f.Posts = post.NewService(post.Dependencies{Store: posts, Directory: f.People, Now: f.Now})
	devices, unclaimed := tracking.NewDevices(f.Store), tracking.NewUnclaimed(f.Store)
	f.Registry = &tracking.Registry{Store: f.Store, Devices: devices, Unclaimed: unclaimed, People: f.People, Now: f.Now}
	index, quiet := Index(t), slog.New(slog.DiscardHandler)
	d := tracking.Dependencies{
		Store: f.Store, Registry: f.Registry, People: f.People, Index: func() *area.Index { return index },
		Table: f.Table, Sink: f, Stats: f.Stats, Now: f.Now,
	}
	config := tracking.RecorderConfig{}
	for _, option := range options {
		option(&d, &config)
	}
	f.Recorder = tracking.NewRecorder(f.Store, d.Index, f.People, f.Stats, quiet, config)
	d.Recorder = f.Recorder
	f.Tracking = tracking.NewService(d)
	f.Keeping = &tracking.Housekeeping{Store: f.Store, Devices: devices, Unclaimed: unclaimed, Now: f.Now, Log: quiet}
}

func (f *Field) load(t testing.TB) {
	t.Helper()
	for _, err := range []error{
		f.People.Load(t.Context(), f.Now()), f.Registry.Devices.Load(t.Context()), f.Recorder.Load(t.Context()), f.Keeping.Prepare(t.Context()),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Hire makes workers who are on shift since an hour ago, open-ended, each with the device "phone-<code>".
func (f *Field) Hire(t testing.TB, codes ...string) []post.Worker {
	t.Helper()
	wanted := make([]post.Worker, len(codes))
	for i, code := range codes {
		wanted[i] = post.Worker{Code: code, Name: "网格员" + code, Duty: post.GridMember, Area: WestCode}
	}
	workers, err := f.Posts.SaveWorkers(t.Context(), Chief, wanted)
	if err != nil {
		t.Fatal(err)
	}
	rows, devices := make([]post.Row, len(workers)), make([]tracking.DeviceSpec, len(workers))
	for i, w := range workers {
		rows[i] = post.Row{WorkerID: w.ID, From: f.Now().Add(-time.Hour)}
		devices[i] = tracking.DeviceSpec{UID: "phone-" + w.Code, WorkerID: w.ID}
	}
	if _, err := f.Posts.Roster(t.Context(), Chief, rows); err != nil {
		t.Fatal(err)
	}
	f.Register(t, devices...)
	return workers
}

// Register saves devices.
func (f *Field) Register(t testing.TB, specs ...tracking.DeviceSpec) []tracking.SavedDevice {
	t.Helper()
	saved, err := f.Registry.Save(t.Context(), Chief, specs)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// EndShift ends the shift that the worker is on.
func (f *Field) EndShift(t testing.TB, worker int32) {
	t.Helper()
	shift, ok := f.People.ShiftAt(worker, f.Now())
	if !ok {
		t.Fatalf("worker %d is not on shift", worker)
	}
	if _, err := f.Posts.End(t.Context(), Chief, shift.ID); err != nil {
		t.Fatal(err)
	}
}

// At makes a fix with nothing but a time and a place.
func At(device string, at time.Time, lon, lat float64) tracking.Fix {
	nan := math.NaN()
	return tracking.Fix{
		Device: device, Protocol: "test", Time: at, Lon: lon, Lat: lat,
		Speed: nan, Course: nan, Altitude: nan, Accuracy: 5, Battery: nan, Charging: -1,
	}
}

// Beat makes a heartbeat.
func Beat(device string) tracking.Fix { return At(device, time.Time{}, math.NaN(), math.NaN()) }

// Send takes fixes in, without a credential, and fails the test when that is not possible.
func (f *Field) Send(t testing.TB, fixes ...tracking.Fix) []tracking.Result {
	t.Helper()
	results, err := f.Tracking.Accept(t.Context(), tracking.Caller{Address: "192.0.2.1"}, fixes)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// Stored counts the fixes in history.
func (f *Field) Stored(t testing.TB) (n int) {
	t.Helper()
	if err := f.DB.Pool.QueryRow(t.Context(), "SELECT count(*) FROM position").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Events reads the log behind a cursor.
func (f *Field) Events(t testing.TB, after event.Cursor) []event.Event {
	t.Helper()
	events, err := f.DB.EventsAfter(t.Context(), after, 10000)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

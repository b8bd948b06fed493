package tracking

import (
	"math"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

func TestFixesThatAreNoPlaceOnEarthAreRefused(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		lat, lon float64
		want     string
	}{
		{37.45, 116.30, ""},
		{-90, -180, ""},
		{90, 180, ""},
		{nan, nan, ""}, // a heartbeat
		{37.45, nan, CodePosition},
		{nan, 116.30, CodePosition},
		{116.30, 37.45, CodeSwapped},
		{-116.30, 37.45, CodeSwapped},
		{90.0001, 90.0001, CodeRange},
		{37.45, 180.1, CodeRange},
		{200, 37.45, CodeRange},
		{inf, 37.45, CodeRange},
		{37.45, -inf, CodeRange},
	} {
		f := Fix{Lat: c.lat, Lon: c.lon}
		if got := f.wrong(); got != c.want {
			t.Errorf("lat %v lon %v: %q, want %q", c.lat, c.lon, got, c.want)
		}
	}
}

func TestTimesOutOfRangeAreRefused(t *testing.T) {
	for _, at := range []time.Time{time.UnixMilli(-1), time.Date(33658, 1, 1, 0, 0, 0, 0, time.UTC), time.UnixMicro(math.MaxInt64)} {
		f := Fix{Time: at, Lon: 116, Lat: 37}
		if f.wrong() != CodeTime {
			t.Errorf("%v was taken", at)
		}
	}
}

func TestWhichTimeCounts(t *testing.T) {
	now := noon.Add(123456 * time.Microsecond)
	for name, c := range map[string]struct {
		device, fixAt, at time.Time
		flags             uint8
	}{
		"its own":                   {noon.Add(-time.Hour), noon.Add(-time.Hour), noon.Add(-time.Hour), 0},
		"missing: the server's":     {time.Time{}, now.Add(7 * time.Microsecond), now.Add(7 * time.Microsecond), 0},
		"60 s ahead is still right": {now.Add(time.Minute), now.Add(time.Minute), now.Add(time.Minute), 0},
		"more is a wrong clock":     {now.Add(time.Minute + 1000), now.Add(time.Minute + 1000), now, FlagClockWrong},
		"a year ahead":              {now.AddDate(1, 0, 0), now.AddDate(1, 0, 0), now, FlagClockWrong},
	} {
		f := Fix{Time: c.device, Lon: 116, Lat: 37, Charging: -1}
		row := f.row(&Device{ID: 1, WorkerID: 2}, now, 7)
		if row.FixAt != c.fixAt.UnixMicro() || row.At != c.at.UnixMicro() || row.Flags != c.flags || row.ReceivedAt != now.UnixMicro() {
			t.Errorf("%s: %+v", name, row)
		}
	}
}

func TestUnknownNumbersStayUnknown(t *testing.T) {
	f := Fix{Time: noon, Lon: 116.1234567, Lat: -37.7654321, Speed: -1, Course: -1, Altitude: math.NaN(), Accuracy: -1, Battery: 1.5, Charging: 1, Invalid: true}
	row := f.row(&Device{ID: 3, WorkerID: 9}, noon, 0)
	for name, v := range map[string]float32{"speed": row.Speed, "course": row.Course, "altitude": row.Altitude, "accuracy": row.Accuracy, "battery": row.Battery} {
		if v == v {
			t.Errorf("%s is %v", name, v)
		}
	}
	if want := (Motion{
		Worker: 9, Lon: 1161234567, Lat: -377654321, At: noon.UnixMilli(), Seen: noon.UnixMilli(),
		Speed: 65535, Course: 65535, Accuracy: 65535, Battery: 255, Flags: FlagInvalid | FlagCharging,
	}); row.Motion() != want {
		t.Errorf("%+v, want %+v", row.Motion(), want)
	}
}

func TestMotionPacksItsNumbers(t *testing.T) {
	f := Fix{Time: noon, Lon: 0, Lat: 0, Speed: 1.234, Course: 360, Altitude: 20, Accuracy: 6553.4, Battery: 0.87, Charging: 0}
	row := f.row(&Device{WorkerID: 1}, noon, 0)
	m := row.Motion()
	if m.Speed != 123 || m.Course != 0 || m.Accuracy != 65534 || m.Battery != 87 || m.Flags != 0 {
		t.Errorf("%+v", m)
	}
	if far := packed(700, 100); far != math.MaxUint16 {
		t.Errorf("700 m/s is packed as %d", far)
	}
}

func TestStateAtItsLimits(t *testing.T) {
	m := Motion{Seen: 1000}
	for _, c := range []struct {
		after time.Duration
		want  State
	}{{0, Live}, {StaleAfter - time.Millisecond, Live}, {StaleAfter, Stale}, {LostAfter - time.Millisecond, Stale}, {LostAfter, Lost}} {
		if got := m.StateAt(1000 + c.after.Milliseconds()); got != c.want {
			t.Errorf("after %v: %v, want %v", c.after, got, c.want)
		}
	}
}

func TestDeviceIDs(t *testing.T) {
	long := string(make([]byte, MaxUID+1))
	for uid, wrong := range map[string]bool{
		"860000000000001": false, "demo/phone": false, "张三的手机": false, "with space": false,
		"": true, long: true, "a\x00b": true, "line\nbreak": true, "broken \xff": true, "\u202eright": true,
	} {
		if uidWrong(uid) != wrong {
			t.Errorf("%q: wrong is %v", uid, !wrong)
		}
	}
}

func TestSecretsOpenOnlyTheirDevice(t *testing.T) {
	plain, hash := NewSecret()
	other, _ := NewSecret()
	if plain == other || len(plain) != 43 {
		t.Fatalf("secrets %q and %q", plain, other)
	}
	d := Device{Secret: hash}
	if !d.opens(hashSecret(plain)) || d.opens(hashSecret(other)) || d.opens(nil) {
		t.Error("the wrong secret opens, or the right one doesn't")
	}
	if (&Device{}).opens(nil) {
		t.Error("a device without a secret was opened by none")
	}
}

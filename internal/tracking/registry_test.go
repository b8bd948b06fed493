package tracking_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/testenv"
	"wangge/internal/tracking"
	. "wangge/internal/tracking/trackingtest"
)

func accept(t *testing.T, f *Field, c tracking.Caller, fixes ...tracking.Fix) []tracking.Result {
	t.Helper()
	results, err := f.Tracking.Accept(t.Context(), c, fixes)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestCredentialsDecideWhoMaySend(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	f.Hire(t, "A", "B")
	saved := f.Register(t,
		tracking.DeviceSpec{UID: "locked", WorkerID: 1, NewSecret: true},
		tracking.DeviceSpec{UID: "other", WorkerID: 2, NewSecret: true},
		tracking.DeviceSpec{UID: "traccar", Gateway: true, NewSecret: true},
		tracking.DeviceSpec{UID: "gone", Gateway: true, Disabled: true, NewSecret: true},
	)
	app := tracking.AppUID(2)
	f.Register(t, tracking.DeviceSpec{UID: app, WorkerID: 2})
	own, other, gateway, gone := saved[0].PlainSecret, saved[1].PlainSecret, saved[2].PlainSecret, saved[3].PlainSecret
	fix := func(uid string) tracking.Fix { return At(uid, Noon, 116.295, Middle) }
	for name, c := range map[string]struct {
		caller tracking.Caller
		fix    tracking.Fix
		want   string
	}{
		"no secret for a locked device":      {tracking.Caller{}, fix("locked"), "refused device.credential"},
		"another device's secret":            {tracking.Caller{Secret: other}, fix("locked"), "refused device.credential"},
		"the secret's hash is no secret":     {tracking.Caller{Secret: string(saved[0].Secret)}, fix("locked"), "refused device.credential"},
		"a disabled gateway":                 {tracking.Caller{Secret: gone}, fix("locked"), "refused device.credential"},
		"its own secret":                     {tracking.Caller{Secret: own}, fix("locked"), "stored"},
		"a gateway opens every device":       {tracking.Caller{Secret: gateway}, fix("other"), "stored"},
		"any secret for an open device":      {tracking.Caller{Secret: "whatever OwnTracks sends"}, fix("phone-A"), "stored"},
		"a worker's session for a colleague": {tracking.Caller{Worker: 1}, fix("phone-B"), "refused device.foreign"},
		"the field app's id can be guessed":  {tracking.Caller{}, fix(app), "refused device.credential"},
		"the field app with its session":     {tracking.Caller{Worker: 2}, fix(app), "stored"},
		"a worker's session":                 {tracking.Caller{Worker: 2}, fix("phone-B"), "stored"},
	} {
		t.Run(name, func(t *testing.T) { expect(t, accept(t, f, c.caller, c.fix), c.want) })
	}
}

func TestDevicesWithoutASecretCanBeRefused(t *testing.T) {
	f := New(t, testenv.Postgres(t), RequireCredentials)
	f.Hire(t, "A")
	secret := f.Register(t, tracking.DeviceSpec{UID: "locked", WorkerID: 1, NewSecret: true})[0].PlainSecret
	expect(t, f.Send(t, At("phone-A", Noon, 116.295, Middle)), "refused device.credential")
	expect(t, accept(t, f, tracking.Caller{Secret: secret}, At("locked", Noon, 116.295, Middle)), "stored")
}

func TestTheFieldAppNeedsNoRegistration(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	w := f.Hire(t, "A")[0]
	c := tracking.Caller{Worker: w.ID}
	if err := f.Tracking.Admit(c, "", "socket"); err != nil {
		t.Error(err)
	}
	expect(t, accept(t, f, c, At("", ago(time.Second), 116.295, Middle), At("", Noon, 116.295, Middle)), "stored", "stored")
	if d, ok := f.Registry.Devices.ByUID("app-1"); !ok || d.WorkerID != w.ID {
		t.Errorf("its device is %+v %v", d, ok)
	}
	if _, err := f.Tracking.Accept(t.Context(), tracking.Caller{Worker: 99}, []tracking.Fix{At("", Noon, 116.295, Middle)}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a session of no worker: %v", err)
	}
}

func TestUnknownDevicesAreListedAndClaimed(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	w := f.Hire(t, "A")[0]
	for range 3 {
		expect(t, f.Send(t, At("860000000000001", Noon, 116.295, Middle)), "unknown device.unknown")
	}
	if err := f.Tracking.Admit(tracking.Caller{Address: "192.0.2.9"}, "demo/phone", "socket"); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	list, err := f.Registry.ListUnclaimed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []tracking.UnclaimedDevice{
		{UID: "860000000000001", Protocol: "test", Address: "192.0.2.1", FirstSeen: Noon, LastSeen: Noon, Tries: 3},
		{UID: "demo/phone", Protocol: "socket", Address: "192.0.2.9", FirstSeen: Noon, LastSeen: Noon, Tries: 1},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	if _, err := f.Registry.Claim(t.Context(), Chief, "860000000000001", w.ID, "演示手机"); err != nil {
		t.Fatal(err)
	}
	expect(t, f.Send(t, At("860000000000001", Noon, 116.295, Middle)), "stored")
	if list, err = f.Registry.ListUnclaimed(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("after the claim: %v %v", list, err)
	}
	if _, err := f.Registry.Claim(t.Context(), Chief, "860000000000001", w.ID, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("claimed twice: %v", err)
	}
}

func TestAFloodOfInventedIDsIsBounded(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	for round := range 3 {
		f.SetNow(Noon.Add(time.Duration(round) * time.Minute))
		for i := range 2 * tracking.MaxUnclaimed {
			f.Send(t, At(fmt.Sprintf("flood-%d-%d", round, i), Noon, 116.295, Middle))
		}
		if err := f.Registry.Unclaimed.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	list, err := f.Registry.ListUnclaimed(t.Context())
	if err != nil || len(list) != tracking.MaxUnclaimed {
		t.Fatalf("%d are listed (%v)", len(list), err)
	}
	for _, u := range list {
		if !u.LastSeen.Equal(Noon.Add(2 * time.Minute)) {
			t.Fatalf("an old one was kept: %+v", u)
		}
	}
}

func TestSavingDevicesIsAllOrNothing(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	f.Hire(t, "A")
	_, err := f.Registry.Save(t.Context(), Chief, []tracking.DeviceSpec{
		{UID: "fine", WorkerID: 1}, {UID: ""}, {UID: "fine"}, {UID: "x", WorkerID: 77}, {UID: "gw", Gateway: true},
	})
	refusal := fault.As(err)
	if refusal == nil || refusal.Kind != fault.Invalid {
		t.Fatal(err)
	}
	var names []string
	for _, field := range refusal.Fields {
		names = append(names, field.Name)
	}
	if diff := cmp.Diff([]string{"devices[1].uid", "devices[2].uid", "devices[3].worker_id", "devices[4].gateway"}, names); diff != "" {
		t.Error(diff)
	}
	if _, there := f.Registry.Devices.ByUID("fine"); there {
		t.Error("something was saved")
	}
	neighbour := identity.Principal{Scope: "371402002"}
	if _, err := f.Registry.Save(t.Context(), neighbour, []tracking.DeviceSpec{{UID: "phone-A"}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a neighbour took the device: %v", err)
	}
	if list := f.Registry.List(neighbour); len(list) != 0 {
		t.Errorf("a neighbour sees %v", list)
	}
}

func TestSecretsStayUntilReplacedOrDropped(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	f.Hire(t, "A")
	first := f.Register(t, tracking.DeviceSpec{UID: "d", WorkerID: 1, NewSecret: true})[0]
	renamed := f.Register(t, tracking.DeviceSpec{UID: "d", WorkerID: 1, Name: "新名"})[0]
	if string(renamed.Secret) != string(first.Secret) || renamed.PlainSecret != "" || renamed.Version != 2 || renamed.ID != first.ID {
		t.Errorf("renaming: %+v", renamed)
	}
	second := f.Register(t, tracking.DeviceSpec{UID: "d", WorkerID: 1, NewSecret: true})[0]
	expect(t, accept(t, f, tracking.Caller{Secret: first.PlainSecret}, At("d", Noon, 116.295, Middle)), "refused device.credential")
	expect(t, accept(t, f, tracking.Caller{Secret: second.PlainSecret}, At("d", Noon, 116.295, Middle)), "stored")
	if dropped := f.Register(t, tracking.DeviceSpec{UID: "d", WorkerID: 1, DropSecret: true})[0]; dropped.Secret != nil {
		t.Error("the secret is still there")
	}
	for _, e := range f.Events(t, event.Cursor{}) {
		if e.Kind == event.DeviceChanged && len(e.Data) > 200 {
			t.Errorf("more in the event than there should be: %s", e.Data)
		}
	}
}

func TestAnotherNodeLearnsOfDevices(t *testing.T) {
	url := testenv.Postgres(t)
	here, there := New(t, url), New(t, url)
	here.Hire(t, "A")
	events := here.Events(t, event.Cursor{})
	if err := there.People.Follow(t.Context(), Noon, events); err != nil {
		t.Fatal(err)
	}
	if err := there.Registry.Devices.Follow(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	expect(t, there.Send(t, At("phone-A", Noon, 116.295, Middle)), "stored")
}

package tracking

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/post"
)

// MaxDevices is how many devices may be saved in one request.
const MaxDevices = 5000

// Registry is what administrators do with devices. What it changed is in Devices when it returns.
type Registry struct {
	Store     Store
	Devices   *Devices
	Unclaimed *Unclaimed
	People    *post.Directory
	Now       func() time.Time
}

// DeviceSpec is a device as an administrator wants it. It is found by UID: created when new, otherwise changed.
type DeviceSpec struct {
	UID        string
	Name       string
	WorkerID   int32 // 0 for nobody's
	Gateway    bool  // its secret opens every device; it must have one
	Disabled   bool
	NewSecret  bool // make a secret, replacing an earlier one
	DropSecret bool // let the id alone be enough again
}

// SavedDevice is a device as it is now. Secret is what was made for it: it is here once and never again.
type SavedDevice struct {
	Device
	PlainSecret string
}

// Save registers or changes devices: all of them, or none. A device's worker, before and after, must lie in the caller's scope. A fault of
// kind Invalid names every offending entry in Fields ("devices[3].worker_id"). The answer is in the order of the request.
func (r *Registry) Save(ctx context.Context, by identity.Principal, specs []DeviceSpec) (saved []SavedDevice, err error) {
	defer fault.Wrap(&err, "tracking.SaveDevices(%d)", len(specs))
	if len(specs) > MaxDevices {
		return nil, tooManyDevices()
	}
	if err := r.check(by, specs); err != nil {
		return nil, err
	}
	changes, plain := make([]DeviceChange, len(specs)), make([]string, len(specs))
	for i, spec := range specs {
		changes[i], plain[i] = spec.change()
	}
	devices, err := r.Store.SaveDevices(ctx, changes, r.deviceEvent(by))
	if err != nil {
		return nil, err
	}
	r.Devices.keep(devices...)
	saved = make([]SavedDevice, len(devices))
	for i, device := range devices {
		saved[i] = SavedDevice{Device: device, PlainSecret: plain[i]}
	}
	return saved, nil
}

func tooManyDevices() error {
	return fault.New(fault.TooLarge, "device.too_many", fmt.Sprintf("at most %d devices in one request", MaxDevices), "limit", MaxDevices)
}

// change makes the secret, if one is wanted.
func (s DeviceSpec) change() (c DeviceChange, plain string) {
	c = DeviceChange{
		Device:    Device{UID: s.UID, Name: s.Name, WorkerID: s.WorkerID, Gateway: s.Gateway, Disabled: s.Disabled},
		SetSecret: s.NewSecret || s.DropSecret,
	}
	if s.NewSecret {
		plain, c.Secret = NewSecret()
	}
	return c, plain
}

func (r *Registry) check(by identity.Principal, specs []DeviceSpec) error {
	refusal := fault.New(fault.Invalid, "device.invalid", "some devices cannot be saved so")
	seen := make(map[string]bool, len(specs))
	for i, spec := range specs {
		at := func(field string) string { return fmt.Sprintf("devices[%d].%s", i, field) }
		old, known := r.Devices.ByUID(spec.UID)
		if uidWrong(spec.UID) {
			refusal.WithField(at("uid"), CodeDeviceID, fmt.Sprintf("a device's id is clean text of 1 to %d bytes", MaxUID))
		} else if seen[spec.UID] {
			refusal.WithField(at("uid"), "device.uid_twice", "the id is there twice")
		}
		seen[spec.UID] = true
		if known && !r.reaches(by, old.WorkerID) {
			refusal.WithField(at("uid"), "device.scope", "the device belongs to a worker outside of your area")
		}
		if len(spec.Name) > 300 {
			refusal.WithField(at("name"), "device.name", "a name has at most 100 characters")
		}
		if spec.WorkerID != 0 && !r.exists(by, spec.WorkerID) {
			refusal.WithField(at("worker_id"), "worker.unknown", "there is no such worker")
		}
		if spec.Gateway && !spec.NewSecret && (spec.DropSecret || !known || old.Secret == nil) {
			refusal.WithField(at("gateway"), "device.gateway_secret", "a gateway needs a secret")
		}
	}
	if len(refusal.Fields) > 0 {
		return refusal
	}
	return nil
}

// exists tells whether there is such a worker in the caller's scope.
func (r *Registry) exists(by identity.Principal, worker int32) bool {
	w, ok := r.People.Worker(worker)
	return ok && by.Sees(w.Area)
}

// reaches tells whether the caller may touch a worker's devices; nobody's devices are everybody's.
func (r *Registry) reaches(by identity.Principal, worker int32) bool {
	return worker == 0 || r.exists(by, worker)
}

// Claim gives an id from the list of unclaimed ones to a worker. Claiming one that is registered already is a conflict.
func (r *Registry) Claim(ctx context.Context, by identity.Principal, uid string, worker int32, name string) (device Device, err error) {
	defer fault.Wrap(&err, "tracking.Claim(%q)", uid)
	if _, taken := r.Devices.ByUID(uid); taken {
		return Device{}, fault.New(fault.Conflict, "device.claimed", fmt.Sprintf("the device %q is registered already", uid), "device", uid)
	}
	if !r.exists(by, worker) {
		return Device{}, fault.New(fault.Invalid, "device.invalid", "the device cannot be claimed so").
			WithField("worker_id", "worker.unknown", "there is no such worker")
	}
	saved, err := r.Save(ctx, by, []DeviceSpec{{UID: uid, Name: name, WorkerID: worker}})
	if err != nil {
		return Device{}, err
	}
	return saved[0].Device, nil
}

// List gives the devices of workers in the caller's scope, and nobody's, ordered by id.
func (r *Registry) List(by identity.Principal) []Device {
	var list []Device
	for _, device := range r.Devices.All() {
		if r.reaches(by, device.WorkerID) {
			list = append(list, device)
		}
	}
	return list
}

// ListUnclaimed gives the ids that sent something and are nobody's, the newest first, with what came just now.
func (r *Registry) ListUnclaimed(ctx context.Context) (list []UnclaimedDevice, err error) {
	defer fault.Wrap(&err, "tracking.ListUnclaimed")
	if err := r.Unclaimed.Flush(ctx); err != nil {
		return nil, err
	}
	return r.Store.Unclaimed(ctx)
}

// ensureApp makes the device of the field app that a worker is signed in to, at its first fix.
func (r *Registry) ensureApp(ctx context.Context, worker int32) (err error) {
	defer fault.Wrap(&err, "tracking.ensureApp(%d)", worker)
	w, ok := r.People.Worker(worker)
	if !ok {
		return fault.New(fault.Forbidden, "shift.no_worker", "this account belongs to no worker")
	}
	device, err := r.Store.EnsureDevice(ctx, Device{UID: AppUID(worker), Name: w.Name, WorkerID: worker}, r.deviceEvent(identity.Principal{}))
	if err == nil {
		r.Devices.keep(device)
	}
	return err
}

// deviceNews is the Data of device.changed; never a secret.
type deviceNews struct {
	ID        int32  `json:"id"`
	UID       string `json:"uid"`
	Name      string `json:"name"`
	Worker    int32  `json:"worker,omitempty"`
	Gateway   bool   `json:"gateway"`
	Disabled  bool   `json:"disabled"`
	HasSecret bool   `json:"has_secret"`
}

func (r *Registry) deviceEvent(by identity.Principal) func(Device) event.Event {
	now := r.Now().UTC()
	return func(d Device) event.Event {
		area := by.Scope
		if w, ok := r.People.Worker(d.WorkerID); ok {
			area = w.Area
		}
		return event.Event{
			Kind: event.DeviceChanged, Entity: "device", EntityID: strconv.Itoa(int(d.ID)), Version: d.Version,
			Area: area, At: now, Actor: by.DisplayName,
			Data: mustJSON(deviceNews{d.ID, d.UID, d.Name, d.WorkerID, d.Gateway, d.Disabled, d.Secret != nil}),
		}
	}
}

func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs of strings and numbers
	}
	return b
}

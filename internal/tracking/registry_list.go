package tracking

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/post"
)

// Kind is what sort of thing a device is.
type Kind string

// The kinds of device.
const (
	KindApp     Kind = "app"     // the field app that a worker is signed in to
	KindGateway Kind = "gateway" // speaks for others
	KindTracker Kind = "tracker" // everything else: phones with a third party's app, trackers
)

// Kind tells what sort of thing the device is.
func (d Device) Kind() Kind {
	switch {
	case d.Gateway:
		return KindGateway
	case d.WorkerID != 0 && d.UID == AppUID(d.WorkerID):
		return KindApp
	}
	return KindTracker
}

// DeviceOrder is how a list of devices is sorted; equals stand by id.
type DeviceOrder string

// The orders of devices: by id, by the id that they send, or the one heard last first.
const (
	ByID    DeviceOrder = "id"
	ByUID   DeviceOrder = "uid"
	ByHeard DeviceOrder = "heard"
)

// DeviceFilter says which devices are wanted. Empty fields don't restrict.
type DeviceFilter struct {
	Text     string // part of the id, the name, or the worker's name
	Kind     Kind
	WorkerID int32
	Disabled *bool
	Order    DeviceOrder // ByID when empty
	After    int32       // behind this device, in that order; 0 for the first
	Limit    int
}

// Find lists devices of workers in the caller's scope, and nobody's, at most f.Limit of them.
func (r *Registry) Find(by identity.Principal, f DeviceFilter) []Device {
	order := func(a, b Device) int { return compareDevices(f.Order, a, b) }
	all := r.List(by)
	last := slices.IndexFunc(all, func(d Device) bool { return d.ID == f.After })
	if f.After != 0 && last < 0 {
		return nil
	}
	found := slices.DeleteFunc(slices.Clone(all), func(d Device) bool {
		return !r.fits(d, f) || f.After != 0 && order(d, all[last]) <= 0
	})
	slices.SortFunc(found, order)
	return found[:min(len(found), f.Limit)]
}

func (r *Registry) fits(d Device, f DeviceFilter) bool {
	text, w := strings.ToLower(f.Text), post.Worker{}
	if d.WorkerID != 0 {
		w, _ = r.People.Worker(d.WorkerID)
	}
	named := slices.ContainsFunc([]string{d.UID, d.Name, w.Name, w.Code}, func(s string) bool { return strings.Contains(strings.ToLower(s), text) })
	return named && (f.Kind == "" || d.Kind() == f.Kind) && (f.WorkerID == 0 || d.WorkerID == f.WorkerID) &&
		(f.Disabled == nil || d.Disabled == *f.Disabled)
}

func compareDevices(order DeviceOrder, a, b Device) int {
	first := 0
	switch order {
	case ByUID:
		first = strings.Compare(a.UID, b.UID)
	case ByHeard:
		first = b.LastSeen.Compare(a.LastSeen)
	}
	return cmp.Or(first, cmp.Compare(a.ID, b.ID))
}

// Preview tells for each device what Save would do, and refuses what it would refuse; the outcomes of the rows that are in order are
// told all the same. Nothing is written.
func (r *Registry) Preview(by identity.Principal, specs []DeviceSpec) (outcomes []post.Outcome, err error) {
	defer fault.Wrap(&err, "tracking.PreviewDevices(%d)", len(specs))
	if len(specs) > MaxDevices {
		return nil, tooManyDevices()
	}
	outcomes = make([]post.Outcome, len(specs))
	for i, spec := range specs {
		old, known := r.Devices.ByUID(spec.UID)
		switch {
		case !known:
			outcomes[i] = post.Created
		case spec.unchanged(old):
			outcomes[i] = post.Unchanged
		default:
			outcomes[i] = post.Changed
		}
	}
	return outcomes, r.check(by, specs)
}

// unchanged tells whether saving the spec would leave the device as it is.
func (s DeviceSpec) unchanged(old Device) bool {
	return s.Name == old.Name && s.WorkerID == old.WorkerID && s.Gateway == old.Gateway && s.Disabled == old.Disabled && !s.NewSecret &&
		!(s.DropSecret && old.Secret != nil)
}

// Import saves the devices that are new or different: all, or none; those that would stay as they are aren't touched.
func (r *Registry) Import(ctx context.Context, by identity.Principal, specs []DeviceSpec) (outcomes []post.Outcome, err error) {
	defer fault.Wrap(&err, "tracking.ImportDevices(%d)", len(specs))
	outcomes, err = r.Preview(by, specs)
	if err != nil {
		return nil, err
	}
	var changed []DeviceSpec
	for i, spec := range specs {
		if outcomes[i] != post.Unchanged {
			changed = append(changed, spec)
		}
	}
	if len(changed) > 0 {
		_, err = r.Save(ctx, by, changed)
	}
	return outcomes, err
}

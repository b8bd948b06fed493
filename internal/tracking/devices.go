package tracking

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"wangge/internal/event"
	"wangge/internal/fault"
)

// Devices answers "whose is this id" from memory, for every fix. Reads take no lock: a change makes a new picture and puts it in place of
// the old one.
type Devices struct {
	store Store
	mu    sync.Mutex // one change at a time
	view  atomic.Pointer[deviceView]
}

// deviceView is one state of the directory. Nothing in it changes but the entries' clocks.
type deviceView struct {
	byUID    map[string]*deviceEntry
	gateways []*deviceEntry // enabled, with a secret; there are few
}

type deviceEntry struct {
	Device
	clock *deviceClock
}

// deviceClock outlives changes of its device.
type deviceClock struct {
	seen    atomic.Int64 // last sign of life, ms since 1970 UTC; 0 for none since the start
	flushed int64        // what was last written; used by FlushSeen only
}

// NewDevices makes an empty directory; Load fills it.
func NewDevices(store Store) *Devices {
	d := &Devices{store: store}
	d.view.Store(&deviceView{byUID: map[string]*deviceEntry{}})
	return d
}

// Load reads every device. Call it at the start.
func (d *Devices) Load(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "tracking.Devices.Load")
	d.mu.Lock()
	defer d.mu.Unlock()
	all, err := d.store.Devices(ctx)
	if err != nil {
		return err
	}
	d.replace(all, true)
	return nil
}

// Follow brings the directory up to date with what other nodes did. Give it every event of the log.
func (d *Devices) Follow(ctx context.Context, events []event.Event) (err error) {
	defer fault.Wrap(&err, "tracking.Devices.Follow")
	var ids []int32
	for _, e := range events {
		if id, err := strconv.ParseInt(e.EntityID, 10, 32); e.Kind == event.DeviceChanged && err == nil {
			ids = append(ids, int32(id))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	changed, err := d.store.Devices(ctx, ids...)
	if err != nil {
		return err
	}
	d.replace(changed, false)
	return nil
}

// keep takes over what this node has just committed.
func (d *Devices) keep(devices ...Device) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.replace(devices, false)
}

// replace makes a new picture: of these devices only, or of the old picture with these in it. An older version never replaces a newer
// one.
func (d *Devices) replace(devices []Device, only bool) {
	old := d.view.Load()
	next := &deviceView{byUID: make(map[string]*deviceEntry, len(devices))}
	if !only {
		next.byUID = maps.Clone(old.byUID)
	}
	for _, device := range devices {
		entry := &deviceEntry{Device: device, clock: &deviceClock{}}
		if before, ok := old.byUID[device.UID]; ok {
			entry.clock = before.clock
			if before.Version > device.Version {
				entry.Device = before.Device
			}
		}
		next.byUID[device.UID] = entry
	}
	for _, entry := range next.byUID {
		if entry.Gateway && !entry.Disabled && entry.Secret != nil {
			next.gateways = append(next.gateways, entry)
		}
	}
	d.view.Store(next)
}

// EachCarried calls f for every enabled device that a worker carries, in no particular order.
func (d *Devices) EachCarried(f func(worker int32, uid string)) {
	for uid, entry := range d.view.Load().byUID {
		if entry.WorkerID != 0 && !entry.Disabled {
			f(entry.WorkerID, uid)
		}
	}
}

// ByUID finds a device by the id that it sends.
func (d *Devices) ByUID(uid string) (Device, bool) {
	if entry, ok := d.view.Load().byUID[uid]; ok {
		return entry.Device, true
	}
	return Device{}, false
}

// All lists every device, ordered by id, with what is known of its last sign of life.
func (d *Devices) All() []Device {
	view := d.view.Load()
	all := make([]Device, 0, len(view.byUID))
	for _, entry := range view.byUID {
		device := entry.Device
		if seen := entry.clock.seen.Load(); seen > device.LastSeen.UnixMilli() {
			device.LastSeen = time.UnixMilli(seen).UTC()
		}
		all = append(all, device)
	}
	slices.SortFunc(all, func(a, b Device) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func (d *Devices) entry(uid string) *deviceEntry { return d.view.Load().byUID[uid] }

// opensAll tells whether the hash is that of a gateway's secret.
func (d *Devices) opensAll(hash []byte) bool {
	found := false
	for _, gateway := range d.view.Load().gateways {
		found = gateway.opens(hash) || found
	}
	return found
}

// saw notes a sign of life (ms since 1970 UTC, server time).
func (e *deviceEntry) saw(now int64) {
	if e.clock.seen.Load() < now {
		e.clock.seen.Store(now)
	}
}

// FlushSeen writes every sign of life since the last flush, in one statement. RunHousekeeping calls it.
func (d *Devices) FlushSeen(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "tracking.Devices.FlushSeen")
	seen := map[int32]time.Time{}
	var due []*deviceEntry
	for _, entry := range d.view.Load().byUID {
		if at := entry.clock.seen.Load(); at > entry.clock.flushed {
			seen[entry.ID] = time.UnixMilli(at).UTC()
			due = append(due, entry)
		}
	}
	if len(seen) == 0 {
		return nil
	}
	if err := d.store.TouchDevices(ctx, seen); err != nil {
		return err
	}
	for _, entry := range due {
		entry.clock.flushed = seen[entry.ID].UnixMilli()
	}
	return nil
}

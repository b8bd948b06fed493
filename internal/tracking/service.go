package tracking

import (
	"context"
	"time"

	"wangge/internal/area"
	"wangge/internal/fault"
	"wangge/internal/post"
)

// DefaultLateWindow is how old a fix may be: phones that were out of the network for days send everything at once.
const DefaultLateWindow = 7 * 24 * time.Hour

// Dependencies are what a Service is made of. Registry, Devices, Unclaimed and People are the same that the Registry has.
type Dependencies struct {
	Store    Store
	Registry *Registry
	People   *post.Directory
	Index    func() *area.Index // the areas as they are now; nil while there are none
	Table    *Table             // the live positions of this node, which the sink keeps current
	Sink     Sink               // where live positions go
	Recorder *Recorder
	Stats    *Stats
	Now      func() time.Time

	RequireCredentials bool          // refuse devices that have no secret
	LateWindow         time.Duration // at most post.WindowBack; DefaultLateWindow when zero
}

// Service takes fixes in. Its methods may be called from many goroutines.
type Service struct {
	Dependencies
	devices *Devices
}

// NewService puts a service together.
func NewService(d Dependencies) *Service {
	if d.LateWindow <= 0 {
		d.LateWindow = DefaultLateWindow
	}
	d.LateWindow = min(d.LateWindow, post.WindowBack)
	return &Service{Dependencies: d, devices: d.Registry.Devices}
}

// Accept judges fixes, publishes what is new, and returns when what is to be kept is committed: one result for each fix, in order. An error
// of kind Unavailable means that the sender must keep all of them and come back; what may have been stored nevertheless is recognised then.
// When ctx ends first, the fixes may or may not get stored.
func (s *Service) Accept(ctx context.Context, caller Caller, fixes []Fix) ([]Result, error) {
	pending, err := s.Submit(ctx, caller, fixes)
	if err != nil {
		return nil, err
	}
	return pending.Wait(ctx)
}

// Pending are fixes that were judged and published, and are on their way into storage.
type Pending struct {
	ticket *ticket
	stats  *Stats
}

// Wait returns when the fixes are committed, as Accept does. Call it once.
func (p *Pending) Wait(ctx context.Context) ([]Result, error) {
	results, err := p.ticket.wait(ctx)
	if err != nil {
		p.stats.Away.Add(int64(len(p.ticket.results)))
		return nil, err
	}
	for _, r := range results {
		p.stats.count(r.Outcome)
	}
	return results, nil
}

// Submit does what Accept does up to the commit. Fixes of one worker submitted one after the other are committed in that order, so a
// connection may have several submissions under way.
func (s *Service) Submit(ctx context.Context, caller Caller, fixes []Fix) (*Pending, error) {
	w := work{
		s: s, now: s.Now().UTC(), gate: s.devices.gate(caller, s.RequireCredentials),
		ticket: &ticket{results: make([]Result, len(fixes)), done: make(chan struct{})},
	}
	own := ""
	if caller.Worker != 0 {
		own = AppUID(caller.Worker)
	}
	for i := range fixes {
		if fixes[i].Device == "" {
			fixes[i].Device = own
		}
		if err := w.take(ctx, &fixes[i], i); err != nil {
			return nil, err
		}
	}
	if len(w.motions) > 0 {
		s.Sink.Publish(w.motions)
	}
	s.Recorder.submit(w.ticket)
	return &Pending{ticket: w.ticket, stats: s.Stats}, nil
}

// Warm fills the table with the newest position of everybody on shift, from storage. Call it at the start, after the directories are
// loaded.
func (s *Service) Warm(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "tracking.Warm")
	motions, err := s.Store.LatestPositions(ctx, s.People.Current(s.Now()))
	if err == nil {
		s.Table.Apply(motions)
	}
	return err
}

// work is one submission being judged.
type work struct {
	s       *Service
	now     time.Time
	gate    gate
	ticket  *ticket
	motions []Motion // to be published: at most one for each worker
	last    *deviceEntry
}

// take judges one fix. Only a failing storage is an error.
func (w *work) take(ctx context.Context, f *Fix, spot int) error {
	if uidWrong(f.Device) {
		w.ticket.results[spot] = Result{Refused, CodeDeviceID}
		return nil
	}
	device, err := w.device(ctx, f)
	if err != nil {
		return err
	}
	w.ticket.results[spot] = w.judge(device, f, spot)
	return nil
}

// device finds whose a fix is; nil when nobody's.
func (w *work) device(ctx context.Context, f *Fix) (*deviceEntry, error) {
	if w.last != nil && w.last.UID == f.Device { // a batch is mostly one device's
		return w.last, nil
	}
	found := w.s.devices.entry(f.Device)
	if found == nil && w.gate.caller.Worker != 0 && f.Device == AppUID(w.gate.caller.Worker) {
		if err := w.s.Registry.ensureApp(ctx, w.gate.caller.Worker); err != nil {
			return nil, err
		}
		found = w.s.devices.entry(f.Device)
	}
	w.last = found
	return found, nil
}

// judge decides about one fix of a device. What is to be stored joins the ticket; its result then comes from the commit.
func (w *work) judge(device *deviceEntry, f *Fix, spot int) Result {
	if device == nil {
		w.s.Registry.Unclaimed.note(f.Device, f.Protocol, w.gate.caller.Address, w.now)
		return Result{Unknown, CodeUnknown}
	}
	if code := w.gate.refusal(&device.Device); code != "" {
		return Result{Refused, code}
	}
	if code := f.wrong(); code != "" {
		return Result{Refused, code}
	}
	if device.WorkerID == 0 {
		return Result{OffShift, CodeUnassigned}
	}
	current, onShift := w.s.People.ShiftAt(device.WorkerID, w.now)
	if f.heartbeat() {
		if !onShift {
			return Result{Outcome: OffShift}
		}
		w.alive(device, f)
		return Result{Outcome: Heartbeat}
	}
	row := f.row(&device.Device, w.now, spot)
	at := time.UnixMicro(row.At).UTC()
	if at.Before(w.now.Add(-w.s.LateWindow)) {
		return Result{OffShift, CodeTooOld}
	}
	shift, covered := w.s.People.ShiftAt(device.WorkerID, at)
	if !covered {
		return Result{Outcome: OffShift}
	}
	if index := w.s.Index(); index != nil {
		row.Grid = index.Locate(row.Lon, row.Lat)
	}
	late := !onShift || shift.ID != current.ID || w.overtaken(&row)
	switch {
	case !late:
		device.saw(w.now.UnixMilli())
		w.publish(row.Motion())
	case onShift:
		w.alive(device, f)
	}
	w.ticket.items = append(w.ticket.items, item{row: row, late: late, shift: shift.From, spot: spot})
	return Result{} // until the commit
}

// overtaken tells whether a newer position of the worker is known.
func (w *work) overtaken(row *Row) bool {
	at := row.At / 1000
	for i := len(w.motions) - 1; i >= 0; i-- {
		if w.motions[i].Worker == row.Worker {
			return at < w.motions[i].At
		}
	}
	live, ok := w.s.Table.Get(row.Worker)
	return ok && at < live.At
}

// publish replaces what this submission has for the worker so far.
func (w *work) publish(m Motion) {
	for i := len(w.motions) - 1; i >= 0; i-- {
		if w.motions[i].Worker == m.Worker {
			w.motions[i] = m
			return
		}
	}
	w.motions = append(w.motions, m)
}

// alive refreshes the last sign of life of a worker on shift. Somebody without a position yet stays off the map.
func (w *work) alive(device *deviceEntry, f *Fix) {
	now := w.now.UnixMilli()
	device.saw(now)
	for i := range w.motions {
		if w.motions[i].Worker == device.WorkerID {
			return // just seen
		}
	}
	m, ok := w.s.Table.Get(device.WorkerID)
	if !ok {
		return
	}
	m.Seen = now
	if f.heartbeat() && f.Battery >= 0 && f.Battery <= 1 {
		m.Battery = percent(float32(f.Battery))
	}
	w.motions = append(w.motions, m)
}

package alarm

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"wangge/internal/area"
	"wangge/internal/fault"
	"wangge/internal/incident"
	"wangge/internal/post"
	"wangge/internal/tracking"
)

// How often the rules are asked, and how often a node that doesn't lead asks whether it may.
const (
	LookEvery = 2 * time.Second
	LeadEvery = 3 * time.Second
)

// Watch asks the rules every LookEvery, on one node at a time. Its fields are set once, before Run.
type Watch struct {
	Store   Store
	People  *post.Directory
	Devices *tracking.Devices
	Table   *tracking.Table
	Areas   func() *area.Index
	Policy  Policy
	Now     func() time.Time
	Log     *slog.Logger

	begun time.Time // since when this node listens
}

// Run watches until the context ends. Every node runs it; one of them leads.
func (w *Watch) Run(ctx context.Context) {
	w.begun = w.Now()
	healthy := true
	for ctx.Err() == nil {
		_, err := w.Store.Lead(ctx, w.lead)
		if err != nil && healthy && ctx.Err() == nil {
			w.Log.Warn("alarms wait for the database", "error", err)
		}
		healthy = err == nil
		pause(ctx, LeadEvery)
	}
}

// lead looks again and again until the context ends or looking fails.
func (w *Watch) lead(ctx context.Context) {
	steady := NewSteady(w.Policy)
	for ctx.Err() == nil {
		if err := w.Look(ctx, steady); err != nil {
			if ctx.Err() == nil {
				w.Log.Warn("alarms cannot be looked after; the next try is soon", "error", err)
			}
			return
		}
		pause(ctx, LookEvery)
	}
}

// Look asks the rules once and writes what follows from it.
func (w *Watch) Look(ctx context.Context, steady *Steady) (err error) {
	defer fault.Wrap(&err, "alarm.Look")
	picture, err := w.picture(ctx)
	if err != nil {
		return err
	}
	raise, clear := steady.Decide(picture.Now, picture.Open, Causes(picture, w.Policy))
	for _, c := range raise {
		a := Alarm{Kind: c.Kind, Key: c.Key, Severity: c.Severity, Area: c.Area, Subject: c.Subject, Since: c.Since.UTC(), RaisedAt: picture.Now}
		if _, _, err := w.Store.Raise(ctx, a); err != nil {
			return err
		}
	}
	if len(clear) == 0 {
		return nil
	}
	ids := make([]int64, len(clear))
	for i, a := range clear {
		ids[i] = a.ID
	}
	return w.Store.Clear(ctx, ids, picture.Now)
}

func (w *Watch) picture(ctx context.Context) (p Picture, err error) {
	p.Now, p.Listening = w.Now().UTC().Truncate(time.Microsecond), w.begun
	for _, district := range w.Areas().AtLevel(area.District) {
		p.District = district.Code
	}
	if p.Open, err = w.Store.Open(ctx); err != nil {
		return p, err
	}
	if p.Waiting, err = w.Store.WaitingIncidents(ctx, incident.Reported, []incident.Severity{incident.Urgent, incident.Critical}); err != nil {
		return p, err
	}
	for _, worker := range w.People.Workers() {
		if worker.Duty == post.GridLeader {
			p.Leaders = append(p.Leaders, worker)
		}
	}
	p.Crew = w.crew(p.Now)
	return p, nil
}

// crew is who is on shift, when each was heard last in this shift, and with which kinds of device.
func (w *Watch) crew(now time.Time) []Member {
	sources := map[int32][]string{}
	w.Devices.EachCarried(func(worker int32, uid string) {
		if source := SourceOf(uid); !slices.Contains(sources[worker], source) {
			sources[worker] = append(sources[worker], source)
		}
	})
	duties := w.People.Current(now)
	members := make([]Member, 0, len(duties))
	for _, duty := range duties {
		m := Member{Worker: duty.Worker, From: duty.Shift.From, Sources: sources[duty.Worker.ID]}
		if motion, ok := w.Table.Get(duty.Worker.ID); ok {
			m.Heard = time.UnixMilli(motion.Seen).UTC()
		}
		members = append(members, m)
	}
	return members
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Package simulate plays the field: workers who walk their grids with phones in their pockets, and people who report and handle
// incidents. It talks to a server only as real programs do: in the formats of real phones, and over the REST interface.
//
// World (world.go) is the model; it knows no clock and does no input or output, so that the same seed and the same start give the same
// actions. What is below it carries actions to the server: carrier (post.go, socket.go) for the phones, office (office.go) for the
// incidents. When the server is away, phones keep what was not acknowledged and try again later, as real ones do.
//
// Nobody but workers on shift is simulated: residents have no place in it.
package simulate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"wangge/internal/client"
)

// How often the roster is read again, and how finely the model's time is cut: what happens within one tick is sent together.
const (
	rosterEvery = 10 * time.Minute
	tick        = 50 * time.Millisecond
)

// simulation is a running one.
type simulation struct {
	Options
	admin   *client.User
	staff   *staff
	world   *World
	carrier *carrier
	office  *office
	queue   chan Action // for the office; what doesn't fit is given up, for it is days behind
	rosters chan map[int32][]Span
}

// Run simulates until ctx ends; then it returns nil. It waits for a server that is away. Other errors: the server refuses an account,
// has no grids, or has no workers with devices.
func Run(ctx context.Context, options Options) error {
	if err := options.complete(); err != nil {
		return err
	}
	s := &simulation{Options: options, queue: make(chan Action, 4096), rosters: make(chan map[int32][]Span)}
	if err := persist(ctx, func() error { return s.load(ctx) }); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("simulate: %w", err)
	}
	s.Log.Info("simulating", "server", s.Server, "workers", len(s.staff.phones), "fixes per worker and second", s.Rate, "seed", s.Seed)
	work, ctx := errgroup.WithContext(ctx)
	for range max(8, min(200, len(s.staff.phones)/50)) {
		work.Go(func() error { s.carrier.work(ctx); return nil })
	}
	work.Go(func() error { s.office.run(ctx, s.queue); return nil })
	work.Go(func() error { s.progress(ctx); return nil })
	work.Go(func() error { s.readRosters(ctx); return nil })
	work.Go(func() error { return s.play(ctx) })
	return work.Wait()
}

// load reads everything from the server and sets up the model.
func (s *simulation) load(ctx context.Context) (err error) {
	if s.admin, err = client.Open(ctx, s.Server, s.Admin, s.Transport); err != nil {
		return err
	}
	district, err := loadDistrict(ctx, s.admin, s.Seed)
	if err != nil {
		return err
	}
	if s.staff, err = loadStaff(ctx, s.admin, district, s.Workers, s.Except); err != nil {
		return err
	}
	if len(s.staff.phones) == 0 {
		return errors.New("the server has no workers with devices in its grids: seed it first")
	}
	gateway, err := s.staff.secrets(ctx, s.admin)
	if err != nil {
		return err
	}
	classes, err := loadClasses(ctx, s.admin)
	if err != nil {
		return err
	}
	start := s.start
	if start.IsZero() {
		start = time.Now()
	}
	shifts, err := loadShifts(ctx, s.admin, start)
	if err != nil {
		return err
	}
	for i := range s.staff.phones {
		s.staff.phones[i].Shifts = shifts[s.staff.workers[i]]
	}
	perDay := s.IncidentsPerDay
	if perDay == 0 {
		perDay = float64(len(district.Grids))
	}
	s.world = NewWorld(Setup{
		District: district, Phones: s.staff.phones, Classes: classes, Seed: s.Seed, Start: start,
		Interval: time.Duration(float64(time.Second) / s.Rate), PerDay: perDay, Pace: s.Pace,
	})
	s.carrier = newCarrier(s.Server, s.Transport, s.staff.phones, gateway, s.Log)
	return s.open(ctx, start)
}

// open opens the office and hands it the incidents that are open already.
func (s *simulation) open(ctx context.Context, start time.Time) (err error) {
	o := &office{
		keys: fmt.Sprintf("simulate-%d-%d", s.Seed, start.UnixMilli()), known: make(map[int]knownIncident), log: s.Log, stats: s.carrier.stats,
	}
	for _, desk := range []struct {
		credentials client.Credentials
		user        **client.User
	}{{s.Console, &o.console}, {s.Field, &o.field}, {s.Dispatch, &o.dispatch}} {
		if *desk.user, err = client.Open(ctx, s.Server, desk.credentials, s.Transport); err != nil {
			return err
		}
	}
	s.office = o
	open := true
	return pages(func(after string) (string, error) {
		answer, err := o.dispatch.ListIncidentsWithResponse(ctx, &client.ListIncidentsParams{Open: &open, Limit: new(client.Limit(page)), After: &after})
		if err := client.Check(answer, err); err != nil {
			return "", fmt.Errorf("reading the open incidents: %w", err)
		}
		for _, i := range answer.JSON200.Items {
			if i.State != client.Closed {
				o.known[s.world.Adopt(i.State, start)] = knownIncident{i.Id, i.Version, i.State}
			}
		}
		return answer.JSON200.Next, nil
	})
}

// play lets the model's time pass with the real one and hands on what happens in it.
func (s *simulation) play(ctx context.Context) error {
	for {
		now := time.Now()
		next := s.perform(now)
		select {
		case <-ctx.Done():
			return nil
		case shifts := <-s.rosters:
			for i, worker := range s.staff.workers {
				s.world.SetShifts(i, shifts[worker], time.Now())
			}
		case <-time.After(max(tick, next.Sub(now))):
		}
	}
}

// perform hands on all that happens up to an instant, and tells when to go on.
func (s *simulation) perform(until time.Time) (next time.Time) {
	for {
		a, at, ok := s.world.Next(until)
		switch {
		case !ok:
			return at
		case a.Send != nil:
			s.carrier.take(*a.Send)
		default:
			select {
			case s.queue <- a:
			default:
				s.carrier.stats.dropped.Add(1)
			}
		}
	}
}

// readRosters reads the roster now and then, beside the play, which must not wait for it.
func (s *simulation) readRosters(ctx context.Context) {
	every := time.NewTicker(rosterEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		shifts, err := loadShifts(ctx, s.admin, time.Now())
		if err != nil {
			if ctx.Err() == nil {
				s.Log.Warn("the simulation goes on with the roster it has", "error", err)
			}
			continue
		}
		select {
		case s.rosters <- shifts:
		case <-ctx.Done():
			return
		}
	}
}

func (s *simulation) progress(ctx context.Context) {
	every := time.NewTicker(s.ReportEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			stats := s.carrier.stats.read(len(s.staff.phones))
			if s.Progress != nil {
				s.Progress(stats)
			} else {
				s.Log.Debug("simulated so far", "stats", stats)
			}
		}
	}
}

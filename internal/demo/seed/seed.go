// Package seed fills a server with the people of the demonstration: workers with phones and shifts, accounts to sign in with, and some
// incidents in every state. It works as an administrator does, over the REST interface, and may be run again at any time: what is there
// already stays as it is.
//
// Every person is made up. Telephone numbers are of a range that no operator gives out.
package seed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"wangge/internal/client"
)

// Password is that of every account of the demonstration.
const Password = "wangge-demo"

// The accounts of the demonstration.
const (
	Operator      = "operator"
	Dispatcher    = "dispatcher"
	Leader        = "leader"
	Worker        = "worker"
	Community     = "community"
	Department    = "department"
	Administrator = "admin"
	Field         = "field" // reports what simulated workers find
)

// PhoneUIDs are the ids of the demonstration's own phone, for trying with a real phone or curl: the first for OsmAnd and Traccar, the
// second for OwnTracks (user "demo", device "phone"). It is shown as PhoneName and is always on shift.
var PhoneUIDs = []string{"860000000000001", "demo/phone"}

// PhoneName is the name of the worker who carries the demonstration's own phone.
const PhoneName = "演示手机"

// Options say what to fill in. Only Server is needed for a server whose administrator is the demonstration's.
type Options struct {
	// Server is the address of the server, such as "http://localhost:8080". Its areas have been imported.
	Server string
	// Admin is an administrator whose scope is the whole district. Zero: the demonstration's.
	Admin client.Credentials
	// Workers is how many workers there are to be; 0: 1.2 per grid.
	Workers int
	// Seed decides about names.
	Seed uint64
	// Days is how many days ahead of today the roster goes; 0: 2.
	Days int
	// AlwaysOn gives every worker one open-ended shift instead of the roster of three shifts: for measuring.
	AlwaysOn bool
	// PeopleOnly leaves out accounts and incidents: for measuring.
	PeopleOnly bool
	// Progress is called while things are being saved; nil: each kind of thing is logged once, when it is done.
	Progress func(what string, done, total int)
	// Transport carries the requests; nil: http.DefaultTransport.
	Transport http.RoundTripper
	// Log receives what is done; nil: slog.Default().
	Log *slog.Logger
}

func (o *Options) complete() (err error) {
	if o.Server, err = client.Address(o.Server); err != nil {
		return err
	}
	if o.Admin.Name == "" {
		o.Admin = client.Credentials{Name: Administrator, Password: Password}
	}
	if o.Workers < 0 || o.Workers > 100_000 {
		return fmt.Errorf("%d workers cannot be filled in: give 0 to 100,000", o.Workers)
	}
	if o.Days == 0 {
		o.Days = 2
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Progress == nil {
		o.Progress = func(what string, done, total int) {
			if done == total && total > 0 {
				o.Log.Info("filled in "+what, "number", total)
			}
		}
	}
	return nil
}

// filling is a filling in progress.
type filling struct {
	Options
	admin   *client.User
	grids   []client.Area
	workers []client.Worker // as the server has them
	devices []client.Device
}

// Run fills in what is missing. When it fails, what it had done stays, and it can be run again.
func Run(ctx context.Context, options Options) error {
	if err := options.complete(); err != nil {
		return err
	}
	if err := run(ctx, options); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	return nil
}

func run(ctx context.Context, options Options) error {
	f, err := open(ctx, options)
	if err != nil {
		return err
	}
	if err := f.readGrids(ctx); err != nil {
		return err
	}
	if err := f.people(ctx); err != nil {
		return err
	}
	if err := f.roster(ctx, time.Now(), f.Days); err != nil {
		return err
	}
	if f.PeopleOnly {
		return nil
	}
	if err := f.ownPhone(ctx, time.Now()); err != nil {
		return err
	}
	if err := f.accounts(ctx); err != nil {
		return err
	}
	return f.incidents(ctx)
}

func open(ctx context.Context, options Options) (*filling, error) {
	admin, err := client.Open(ctx, options.Server, options.Admin, options.Transport)
	if err != nil {
		return nil, err
	}
	return &filling{Options: options, admin: admin}, nil
}

func (f *filling) readGrids(ctx context.Context) error {
	answer, err := f.admin.ListAreasWithResponse(ctx, &client.ListAreasParams{Level: new(client.LevelGrid)})
	if err := client.Check(answer, err); err != nil {
		return fmt.Errorf("reading the grids: %w", err)
	}
	if f.grids = answer.JSON200.Items; len(f.grids) == 0 {
		return errors.New("the server has no grids: import areas first")
	}
	return nil
}

// The most that one saving request takes, and the most that one page of a list has.
const (
	bulk = 5000
	page = 500
)

// inBulk calls save for at most so many things at a time as one request takes.
func (f *filling) inBulk(what string, total int, save func(from, to int) error) error {
	for from := 0; from < total; from += bulk {
		f.Progress(what, from, total)
		if err := save(from, min(from+bulk, total)); err != nil {
			return fmt.Errorf("saving %s %d to %d: %w", what, from+1, min(from+bulk, total), err)
		}
	}
	f.Progress(what, total, total)
	return nil
}

// pages calls read with the `after` of each page until there is no next one.
func pages(read func(after string) (next string, err error)) error {
	for after := ""; ; {
		next, err := read(after)
		if err != nil || next == "" {
			return err
		}
		after = next
	}
}

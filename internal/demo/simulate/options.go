package simulate

import (
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"wangge/internal/client"
	"wangge/internal/demo/seed"
)

// Options say what to simulate. Only Server is needed for a server that seed.Run has filled.
type Options struct {
	// Server is the address of the server, such as "http://localhost:8080".
	Server string
	// Admin reads the staff and makes the credentials of phones and gateway. Console and Field report incidents, Dispatch handles them.
	// Zero: the accounts of the demonstration.
	Admin, Console, Field, Dispatch client.Credentials
	// Workers is how many workers to simulate at most; 0: all that have a device and are posted to a grid. Workers are simulated while
	// the server's roster has them on shift.
	Workers int
	// Rate is the number of fixes per worker and second; 0: 0.2.
	Rate float64
	// Seed decides about everything that is left to chance. The same seed, server contents and start give the same actions.
	Seed uint64
	// IncidentsPerDay is the number of incidents on a day without bad weather; 0: one per grid. Negative: none.
	IncidentsPerDay float64
	// Pace is how many times faster than in life incidents come and are handled; 0: 1. Phones always live in real time, since the server
	// judges their clocks.
	Pace float64
	// Except lists ids of devices that are left alone; nil: the demonstration's own phone, which is for people to try.
	Except []string
	// Progress is called every ReportEvery with the figures so far; nil: they are logged at level Debug.
	Progress func(Stats)
	// ReportEvery is how often Progress is called; 0: every 30 s.
	ReportEvery time.Duration
	// Transport carries the requests; nil: one of its own with enough idle connections.
	Transport http.RoundTripper
	// Log receives what goes wrong; nil: slog.Default().
	Log *slog.Logger

	start time.Time // the model's first instant; zero: now. Tests set it
}

// Stats count what has been done so far.
type Stats struct {
	Phones       int   // simulated, on shift or not
	Reports      int64 // made by phones
	Messages     int64 // requests and socket messages sent, repeated ones too
	Acknowledged int64 // messages that the server took
	Retries      int64 // times that a phone had to wait and try again
	Refused      int64 // reports and steps that the server doesn't want
	Dropped      int64 // reports that a phone had no more room for
	Incidents    int64 // reported
	Moves        int64 // steps of incidents
}

func (o *Options) complete() (err error) {
	if o.Server, err = client.Address(o.Server); err != nil {
		return err
	}
	for account, c := range map[string]*client.Credentials{
		seed.Administrator: &o.Admin, seed.Operator: &o.Console, seed.Field: &o.Field, seed.Dispatcher: &o.Dispatch,
	} {
		if c.Name == "" {
			*c = client.Credentials{Name: account, Password: seed.Password}
		}
	}
	if o.Rate == 0 {
		o.Rate = 0.2
	}
	if o.Rate < 0 || o.Rate > 10 {
		return fmt.Errorf("a rate of %g fixes per worker and second cannot be simulated: give one up to 10", o.Rate)
	}
	if o.Pace == 0 {
		o.Pace = 1
	}
	if o.Pace < 0 {
		return fmt.Errorf("a pace of %g cannot be simulated: give a positive one", o.Pace)
	}
	if o.Except == nil {
		o.Except = seed.PhoneUIDs
	}
	if o.ReportEvery <= 0 {
		o.ReportEvery = 30 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, 256
		o.Transport = t
	}
	return nil
}

// counters are Stats being counted.
type counters struct {
	reports, messages, acknowledged, retries, refused, dropped, incidents, moves atomic.Int64
}

func (c *counters) read(phones int) Stats {
	return Stats{
		Phones: phones, Reports: c.reports.Load(), Messages: c.messages.Load(), Acknowledged: c.acknowledged.Load(), Retries: c.retries.Load(),
		Refused: c.refused.Load(), Dropped: c.dropped.Load(), Incidents: c.incidents.Load(), Moves: c.moves.Load(),
	}
}

package simulate

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/paulmach/orb"
)

// Format is what a phone's program speaks.
type Format uint8

// The formats (the letters are those of the ingest documentation).
const (
	OsmAnd        Format = iota // A: one fix, in the query
	TraccarClient               // B: one fix, JSON
	OwnTracks                   // C: one fix, JSON
	TraccarServer               // E: a tracker behind a Traccar server, which forwards for many
	Batch                       // F: gathered for half a minute, then sent together
	Socket                      // F: the field app's socket
	formats                     // how many there are
)

// Phone is one device and whose it is.
type Phone struct {
	UID    string // as the device sends it; "user/device" for OwnTracks
	Format Format
	Grid   int    // where its worker is posted, index into District.Grids
	Secret string // for the formats that sign in; empty otherwise
	Shifts []Span // in order, without overlaps
}

// Span is a time [From, To); To is zero while it is open-ended.
type Span struct{ From, To time.Time }

func (s Span) covers(t time.Time) bool {
	return !t.Before(s.From) && (s.To.IsZero() || t.Before(s.To))
}

// Kind is what a report tells.
type Kind uint8

// The kinds of report.
const (
	Position Kind = iota
	Beat          // a sign of life without a place
	Again         // a sign of life that repeats the last place with its time, as one client does while it lies still
)

// Report is what a phone has to tell at one instant.
type Report struct {
	Kind     Kind
	Time     time.Time // on the phone's own clock, UTC, whole milliseconds
	At       orb.Point // WGS-84
	Speed    float64   // m/s
	Course   float64   // degrees
	Accuracy float64   // metres
	Altitude float64   // metres
	Battery  float64   // 0 … 1
	Charging bool
	Moving   bool
}

// Transmission is what a phone sends when it has network: the newest report behind all that it could not send before.
type Transmission struct {
	Phone   int // index as given to NewWorld
	Reports []Report
	Repeat  bool // the answer gets lost on the way: the phone sends the last of it again
}

// How phones behave.
const (
	upMean      = 50 * time.Minute // between two losses of the network
	downMin     = 15 * time.Second
	downMax     = 6 * time.Minute
	backlog     = 2000 // reports kept while there is no network; then the oldest go
	gather      = 30 * time.Second
	repeated    = 0.002 // of all transmissions
	wrongClocks = 0.015 // of all phones
	forgetful   = 0.05  // of all ends of shift: the phone goes on for a while
	forgetFor   = 3 * time.Minute
	still       = time.Minute // after which the JSON client sends signs of life instead of places
	beatEvery   = 30 * time.Second
	altitude    = 22.0 // metres; the district is flat
)

type phone struct {
	Phone
	index    int
	interval time.Duration
	dice     *rand.Rand
	walker   *walker
	receiver receiver
	offset   time.Duration // of its clock

	battery  float64
	charging bool
	drained  time.Time // up to when battery is reckoned
	last     Report    // the last with a place
	placed   time.Time // when that was
	told     time.Time // when it last made a report
	stopped  time.Time // since when it has not moved; zero while it moves

	span     Span      // the shift it is on or waits for
	ends     time.Time // when it stops sending: the shift's end or, forgotten, a little later; zero for never
	on       bool
	up       bool
	turns    time.Time // when the network goes or comes
	pending  []Report
	gathered time.Time // when the first of pending was made
}

func newPhone(d *District, p Phone, index int, interval time.Duration, seed uint64, start time.Time) *phone {
	r := dice(seed, "phone", p.UID)
	ph := &phone{Phone: p, index: index, interval: interval, dice: r, up: true}
	ph.walker = newWalker(d, p.Grid, dice(seed, "way", p.UID), start)
	ph.receiver = receiver{dice: dice(seed, "sky", p.UID), last: start}
	if r.Float64() < wrongClocks {
		ph.offset = spell(r, -4*time.Minute, -time.Minute)
		if r.IntN(2) == 0 {
			ph.offset = spell(r, 2*time.Minute, 3*time.Hour)
		}
	}
	return ph
}

// upcoming is the shift that the phone is on, or the next one; ok is false when none is to come.
func (p *phone) upcoming(now time.Time) (s Span, ok bool) {
	for _, s := range p.Shifts {
		if s.To.IsZero() || s.To.After(now) {
			return s, true
		}
	}
	return Span{}, false
}

// wake waits for the upcoming shift and tells when the phone first sends.
func (p *phone) wake(now time.Time) (next time.Time, ok bool) {
	p.on = false
	if p.span, ok = p.upcoming(now); !ok {
		return time.Time{}, false
	}
	p.ends = p.span.To
	if !p.ends.IsZero() && p.dice.Float64() < forgetful {
		p.ends = p.ends.Add(spell(p.dice, p.interval, forgetFor))
	}
	if p.span.covers(now) {
		return now.Add(spell(p.dice, 0, p.interval)), true
	}
	return p.span.From.Add(spell(p.dice, 0, 90*time.Second)), true
}

// begin is the start of a shift.
func (p *phone) begin(now time.Time) {
	p.on = true
	p.walker.appear(now)
	p.receiver.last, p.receiver.door = now, nil
	p.battery, p.charging, p.drained = between(p.dice, 0.7, 1), false, now
	p.up, p.turns = true, now.Add(p.untilLoss())
	p.pending, p.stopped, p.told, p.placed = nil, time.Time{}, now, time.Time{}
}

func (p *phone) untilLoss() time.Duration {
	return time.Duration(p.dice.ExpFloat64() * float64(upMean))
}

// act does what the phone does at an instant: it looks where it is and, with network, sends. next is when it acts again.
func (p *phone) act(now time.Time) (out Transmission, send bool, next time.Time, more bool) {
	if !p.on {
		p.begin(now)
	}
	if !p.ends.IsZero() && !now.Before(p.ends) {
		next, more = p.wake(now)
		return Transmission{}, false, next, more
	}
	for !now.Before(p.turns) {
		p.up = !p.up
		if p.up {
			p.turns = p.turns.Add(p.untilLoss())
		} else {
			p.turns = p.turns.Add(spell(p.dice, downMin, downMax))
		}
	}
	if report, ok := p.look(now); ok {
		p.keep(report, now)
	}
	next = now.Add(time.Duration(float64(p.interval) * between(p.dice, 0.9, 1.1)))
	if !p.up || len(p.pending) == 0 || p.Format == Batch && now.Sub(p.gathered) < gather {
		return Transmission{}, false, next, true
	}
	out = Transmission{Phone: p.index, Reports: p.pending, Repeat: p.dice.Float64() < repeated}
	p.pending = nil
	return out, true, next, true
}

func (p *phone) keep(r Report, now time.Time) {
	if len(p.pending) == 0 {
		p.gathered = now
	}
	if len(p.pending) == backlog {
		p.pending = p.pending[1:]
	}
	p.pending = append(p.pending, r)
}

// look makes the report of an instant, if there is one to make.
func (p *phone) look(now time.Time) (Report, bool) {
	s := p.walker.at(now)
	p.drain(now)
	at, accuracy, ok := p.receiver.fix(s, now)
	if s.speed > 0 {
		p.stopped = time.Time{}
	} else if p.stopped.IsZero() {
		p.stopped = now
	}
	switch {
	case !ok:
		return p.beat(now)
	case p.Format == TraccarClient && !p.stopped.IsZero() && now.Sub(p.stopped) > still && !p.placed.IsZero():
		return p.repeatPlace(now)
	}
	p.told, p.placed = now, now
	p.last = Report{
		Kind: Position, Time: p.clock(now), At: at.point(p.walker.d.Plane), Speed: s.speed, Course: math.Round(s.course*10) / 10,
		Accuracy: accuracy, Altitude: math.Round(altitude + 3*p.receiver.error.x/sigmaOpen), Battery: p.battery, Charging: p.charging,
		Moving: s.speed > 0,
	}
	if s.speed > 0 {
		p.last.Speed = math.Round(math.Max(0.1, s.speed+p.dice.NormFloat64()*0.1)*100) / 100
	}
	return p.last, true
}

func (p *phone) clock(now time.Time) time.Time {
	return now.Add(p.offset).UTC().Truncate(time.Millisecond)
}

// beat is a sign of life of a phone that sees no satellites. Some programs have none.
func (p *phone) beat(now time.Time) (Report, bool) {
	if now.Sub(p.told) < beatEvery || p.Format == OwnTracks || p.Format == TraccarServer {
		return Report{}, false
	}
	p.told = now
	return Report{Kind: Beat, Time: p.clock(now), Battery: p.battery, Charging: p.charging}, true
}

// repeatPlace is what the JSON client sends while it lies still: by turns the last place once more, and nothing but a sign of life.
func (p *phone) repeatPlace(now time.Time) (Report, bool) {
	if now.Sub(p.told) < beatEvery {
		return Report{}, false
	}
	p.told = now
	if p.dice.IntN(2) == 0 {
		return Report{Kind: Beat, Time: p.clock(now), Battery: p.battery, Charging: p.charging}, true
	}
	again := p.last
	again.Kind, again.Speed, again.Moving = Again, 0, false
	return again, true
}

// drain empties the battery by some 8 % an hour; below 15 % a power bank fills it up to 60 %.
func (p *phone) drain(now time.Time) {
	hours := now.Sub(p.drained).Hours()
	p.drained = now
	if p.charging {
		p.battery = math.Min(1, p.battery+0.4*hours)
	} else {
		p.battery = math.Max(0.01, p.battery-0.08*hours)
	}
	switch {
	case p.battery < 0.15:
		p.charging = true
	case p.battery > 0.6:
		p.charging = false
	}
}

package simulate

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"wangge/internal/client"
)

// local is the district's time (China has no summer time).
var local = time.FixedZone("Asia/Shanghai", 8*60*60)

// profile is how many incidents each hour of the day brings, in proportion: two peaks, when people go out and when they come home.
var profile = [24]float64{
	0.20, 0.12, 0.08, 0.08, 0.12, 0.35, 0.80, 1.40, 1.90, 2.00, 1.80, 1.40,
	1.00, 0.90, 1.20, 1.50, 1.60, 1.80, 1.90, 1.50, 1.00, 0.70, 0.40, 0.25,
}

// Weather-like bursts: on stormy days, once, for a while, incidents come so many times as often, most of them of the weather's own kind.
const (
	stormy    = 0.5 // of all days
	stormMin  = 30 * time.Minute
	stormMax  = 90 * time.Minute
	stormRate = 6.0
	stormOwn  = 0.75
)

// NewIncident is an incident to be reported.
type NewIncident struct {
	Number   int // names it in later moves; 0, 1, 2 …
	Class    string
	Text     string
	Address  string
	Lon, Lat float64
	Console  bool // a call to the command centre; else a worker reports it
}

// Move is a step of an incident.
type Move struct {
	Number int
	To     client.IncidentState
	Note   string
}

// bureau is everybody who reports and handles incidents.
type bureau struct {
	d       *District
	seed    uint64
	dice    *rand.Rand
	perDay  float64
	pace    float64
	matters []matter // those that the server's catalogue knows
	weather []matter

	number int
	next   time.Time
	moves  moveHeap
}

func newBureau(d *District, classes []Class, perDay, pace float64, seed uint64, start time.Time) *bureau {
	b := &bureau{d: d, seed: seed, dice: dice(seed, "bureau", start.UTC().Format(time.RFC3339)), perDay: perDay, pace: pace}
	b.matters, b.weather = known(matters, classes), known(weather, classes)
	if len(b.matters) == 0 {
		for _, c := range classes {
			b.matters = append(b.matters, matter{code: c.Code, weight: 1, texts: []string{"{place}发现" + c.Name}})
		}
	}
	b.next = start
	b.schedule()
	return b
}

// rate is the number of incidents per second at an instant.
func (b *bureau) rate(t time.Time) float64 {
	mean := 0.0
	for _, p := range profile {
		mean += p / float64(len(profile))
	}
	rate := b.perDay / (24 * 60 * 60) * profile[t.In(local).Hour()] / mean * b.pace
	if b.storm(t) {
		rate *= stormRate
	}
	return rate
}

// storm tells whether there is one. It depends on the day only, so that it comes whenever the simulation was started.
func (b *bureau) storm(t time.Time) bool {
	day := t.In(local)
	midnight := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, local)
	r := dice(b.seed, "storm", midnight.Format(time.DateOnly))
	if r.Float64() >= stormy {
		return false
	}
	from := midnight.Add(spell(r, 0, 24*time.Hour-stormMax))
	return !t.Before(from) && t.Before(from.Add(spell(r, stormMin, stormMax)))
}

// schedule draws when the next incident happens: candidates come at the highest rate there is and are taken in proportion.
func (b *bureau) schedule() {
	peak := b.perDay / (24 * 60 * 60) * 2 * stormRate * b.pace * 1.1 // the profile's peak over its mean is just below 2.2
	if peak <= 0 || len(b.matters) == 0 {
		b.next = time.Time{}
		return
	}
	for {
		b.next = b.next.Add(seconds(b.dice.ExpFloat64() / peak))
		if b.dice.Float64()*peak < b.rate(b.next) {
			return
		}
	}
}

// report makes the incident that is due at b.next, and plans what will become of it.
func (b *bureau) report() NewIncident {
	kinds := b.matters
	if b.storm(b.next) && len(b.weather) > 0 && b.dice.Float64() < stormOwn {
		kinds = seasonal(b.weather, b.next)
	}
	m := choose(b.dice, kinds)
	grid := &b.d.Grids[b.dice.IntN(len(b.d.Grids))]
	door := grid.Doors[b.dice.IntN(len(grid.Doors))]
	aside := place{b.dice.NormFloat64() * 5, b.dice.NormFloat64() * 5}
	at := placeOf(b.d.Plane, door.At).plus(aside).point(b.d.Plane)
	spot := door.Name + spots[b.dice.IntN(len(spots))]
	n := NewIncident{
		Number: b.number, Class: m.code, Address: spot,
		Text: strings.ReplaceAll(m.texts[b.dice.IntN(len(m.texts))], "{place}", spot),
		Lon:  math.Round(at[0]*1e6) / 1e6, Lat: math.Round(at[1]*1e6) / 1e6, Console: b.dice.Float64() < 0.3,
	}
	b.number++
	b.plan(n.Number, client.Reported, b.next)
	b.schedule()
	return n
}

// How long the steps take: from … to, skewed towards the short end. Intake has 15 minutes (domain rules §1).
var steps = []struct {
	from, to client.IncidentState
	min, max time.Duration
	notes    []string
}{
	{client.Reported, client.Dispatched, time.Minute, 14 * time.Minute, []string{"已核实，派责任单位处置", "请属地网格到场处置", "转相关部门办理", "请尽快到场并反馈"}},
	{client.Dispatched, client.Handling, 3 * time.Minute, 30 * time.Minute, []string{"已接单，正赶往现场", "已到达现场", "已联系养护人员", "现场核实，开始处置"}},
	{client.Handling, client.Closed, 10 * time.Minute, 150 * time.Minute, []string{"已清理完毕，现场恢复", "问题已解决，报告人认可", "已劝离并清扫", "修复完成，复查合格"}},
}

// plan sets the time of the step that follows a state. There is none after the last.
func (b *bureau) plan(number int, state client.IncidentState, now time.Time) {
	for _, s := range steps {
		if s.from != state {
			continue
		}
		skewed := b.dice.Float64() * b.dice.Float64()
		delay := time.Duration((float64(s.min) + skewed*float64(s.max-s.min)) / b.pace)
		heap.Push(&b.moves, plannedMove{
			at: now.Add(delay), Move: Move{Number: number, To: s.to, Note: s.notes[b.dice.IntN(len(s.notes))]},
		})
	}
}

// step takes the move that is due.
func (b *bureau) step() plannedMove {
	m := heap.Pop(&b.moves).(plannedMove)
	b.plan(m.Number, m.To, m.at)
	return m
}

type plannedMove struct {
	Move
	at time.Time
}

type moveHeap []plannedMove

func (h moveHeap) Len() int { return len(h) }
func (h moveHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].Number < h[j].Number
}
func (h moveHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *moveHeap) Push(x any)   { *h = append(*h, x.(plannedMove)) }
func (h *moveHeap) Pop() any {
	last := len(*h) - 1
	m := (*h)[last]
	*h = (*h)[:last]
	return m
}

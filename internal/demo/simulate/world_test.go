package simulate

import (
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"wangge/internal/client"
	"wangge/internal/geo"
)

// town is a small district: grids of 300 m × 300 m with doors on a lattice, some of them at tall buildings.
func town(grids int) *District {
	plane := geo.NewLocal(orb.Point{116.3, 37.45})
	list := make([]Grid, grids)
	for g := range list {
		left := float64(g) * 300
		at := func(x, y float64) orb.Point { return plane.Point(left+x, y) }
		list[g] = Grid{
			Code: fmt.Sprintf("3714020010011%03d", g), Name: fmt.Sprintf("第%d网格", g+1), Households: 400, Label: at(150, 150),
			Boundary: orb.Polygon{{at(0, 0), at(300, 0), at(300, 300), at(0, 300), at(0, 0)}},
		}
		for i := range 20 {
			list[g].Doors = append(list[g].Doors, Door{
				Name: fmt.Sprintf("%d号楼", i+1), Floors: 6 + 12*(i%2), At: at(30+float64(i%5)*60, 30+float64(i/5)*60),
			})
		}
	}
	return NewDistrict(list, 1)
}

var monday = time.Date(2026, 5, 18, 1, 0, 0, 0, time.UTC) // 9 o'clock in the district

func phones(n int, shifts ...Span) []Phone {
	list := make([]Phone, n)
	for i := range list {
		list[i] = Phone{UID: fmt.Sprintf("86000000010%04d", i), Format: Format(i) % formats, Grid: i % 3, Shifts: shifts}
	}
	return list
}

var classes = []Class{{"06010", "暴露垃圾"}, {"09012", "占用消防通道"}, {"10001", "道路积雪结冰"}, {"W02", "安全隐患"}, {"06012", "道路不洁"}}

func setup(n int, seed uint64) Setup {
	return Setup{
		District: town(3), Phones: phones(n, Span{From: monday.Add(-time.Hour)}), Classes: classes, Seed: seed, Start: monday,
		Interval: 5 * time.Second, PerDay: 200, Pace: 1,
	}
}

// play lets a world run and gives all that happens in it.
func play(w *World, from time.Time, length time.Duration) (actions []Action) {
	for {
		a, _, ok := w.Next(from.Add(length))
		if !ok {
			return actions
		}
		actions = append(actions, a)
	}
}

func TestSameSeedSameActions(t *testing.T) {
	a := play(NewWorld(setup(40, 7)), monday, time.Hour)
	b := play(NewWorld(setup(40, 7)), monday, time.Hour)
	if len(a) < 10_000 {
		t.Fatalf("only %d actions in an hour of 40 phones", len(a))
	}
	if !reflect.DeepEqual(a, b) {
		t.Error("the same seed and start gave other actions")
	}
	if reflect.DeepEqual(a, play(NewWorld(setup(40, 8)), monday, time.Hour)) {
		t.Error("another seed gave the same actions")
	}
}

// What the model does must not depend on how often it is asked.
func TestActionsDontDependOnTheAsking(t *testing.T) {
	coarse := play(NewWorld(setup(10, 7)), monday, 10*time.Minute)
	w := NewWorld(setup(10, 7))
	var fine []Action
	for s := range 601 {
		fine = append(fine, play(w, monday, time.Duration(s)*time.Second)...)
	}
	if !reflect.DeepEqual(fine, coarse) {
		t.Errorf("asked every second %d actions, asked once %d, and not the same", len(fine), len(coarse))
	}
}

func TestAnotherPhoneChangesNobodysWay(t *testing.T) {
	some := play(NewWorld(setup(5, 7)), monday, 5*time.Minute)
	more := play(NewWorld(setup(6, 7)), monday, 5*time.Minute)
	for phone := range 5 {
		if a, b := reportsOf(some, phone), reportsOf(more, phone); !reflect.DeepEqual(a, b) {
			t.Errorf("phone %d reports otherwise when there is a sixth", phone)
		}
	}
}

func reportsOf(actions []Action, phone int) (all []Report) {
	for _, a := range actions {
		if a.Send != nil && a.Send.Phone == phone {
			all = append(all, a.Send.Reports...)
		}
	}
	return all
}

func TestActionsComeInOrderOfTime(t *testing.T) {
	last := time.Time{}
	for i, a := range play(NewWorld(setup(30, 3)), monday, time.Hour) {
		if a.At.Before(last) {
			t.Fatalf("action %d at %v comes after one at %v", i, a.At, last)
		}
		last = a.At
	}
}

func TestPeopleMoveLikePeople(t *testing.T) {
	d := town(1)
	for seed := range uint64(10) {
		w := newWalker(d, 0, dice(seed, "walk"), monday)
		before := w.at(monday)
		moved := 0.0
		for i := 1; i <= 3600; i++ {
			now := w.at(monday.Add(time.Duration(i) * time.Second))
			step := now.at.minus(before.at).length()
			if step > rideMax*1.001 {
				t.Fatalf("%.1f m in a second", step)
			}
			if now.speed != 0 && (now.speed < walkMin || now.speed > rideMax) {
				t.Fatalf("a speed of %.2f m/s", now.speed)
			}
			if !planar.PolygonContains(d.Grids[0].Boundary, now.at.point(d.Plane)) {
				t.Fatalf("left the grid at %v", now.at)
			}
			moved += step
			before = now
		}
		if moved < 100 {
			t.Errorf("seed %d: %.0f m in an hour is no patrol", seed, moved)
		}
	}
}

func TestEveryDoorIsVisited(t *testing.T) {
	d := town(1)
	w := newWalker(d, 0, dice(1, "walk"), monday)
	seen := map[*Door]bool{}
	for i := range 8 * 3600 {
		if s := w.at(monday.Add(time.Duration(i) * time.Second)); s.door != nil {
			seen[s.door] = true
		}
	}
	if len(seen) != len(d.Grids[0].Doors) {
		t.Errorf("%d of %d doors visited in a shift", len(seen), len(d.Grids[0].Doors))
	}
}

// The error of the receiver has the size that it claims: about 68 % of the fixes lie within the claimed accuracy.
func TestAccuracyIsHonest(t *testing.T) {
	r := receiver{dice: dice(5, "sky"), last: monday}
	within, total := 0, 0
	for i := 1; i <= 20_000; i++ {
		at, accuracy, ok := r.fix(stance{}, monday.Add(time.Duration(i)*time.Minute)) // far apart: independent errors
		if !ok {
			t.Fatal("no fix in the open")
		}
		total++
		if at.length() <= accuracy {
			within++
		}
	}
	if share := float64(within) / float64(total); math.Abs(share-0.68) > 0.06 {
		t.Errorf("%.3f of the fixes lie within the claimed accuracy, want about 0.68", share)
	}
}

func TestPhonesLoseTheNetworkAndSendLateInOrder(t *testing.T) {
	s := setup(60, 11)
	late := 0
	for phone := range s.Phones {
		s.Phones[phone].Format = OsmAnd
	}
	w := NewWorld(s)
	actions := play(w, monday, 2*time.Hour)
	for phone := range s.Phones {
		last := time.Time{}
		for _, r := range reportsOf(actions, phone) {
			if r.Time.Before(last) {
				t.Fatalf("phone %d sends %v behind %v", phone, r.Time, last)
			}
			last = r.Time
		}
	}
	for _, a := range actions {
		if a.Send != nil && len(a.Send.Reports) > 3 {
			late++
		}
	}
	if late < 20 {
		t.Errorf("only %d late batches in 120 hours of phones that lose the network every 50 minutes", late)
	}
}

func TestNothingIsReportedOffShift(t *testing.T) {
	s := setup(60, 2)
	s.Phones = phones(60, Span{monday.Add(10 * time.Minute), monday.Add(30 * time.Minute)}, Span{monday.Add(50 * time.Minute), monday.Add(time.Hour)})
	forgot := 0
	for _, a := range play(NewWorld(s), monday, 2*time.Hour) {
		if a.Send == nil {
			continue
		}
		minute := a.At.Sub(monday).Minutes()
		switch {
		case minute >= 10 && minute < 30, minute >= 50 && minute < 60:
		case minute >= 30 && minute < 33, minute >= 60 && minute < 63:
			forgot++ // to end it; the server discards these
		default:
			t.Fatalf("a report at minute %.1f", minute)
		}
	}
	if forgot == 0 {
		t.Error("nobody ever forgets to end a shift")
	}
}

func TestTheRosterGoesOn(t *testing.T) {
	s := setup(1, 2)
	s.Phones[0].Shifts = []Span{{monday, monday.Add(10 * time.Minute)}}
	s.PerDay = 0
	w := NewWorld(s)
	if n := len(play(w, monday, time.Hour)); n == 0 {
		t.Fatal("nothing in the first shift")
	}
	if n := len(play(w, monday.Add(time.Hour), time.Hour)); n != 0 {
		t.Fatalf("%d actions without a shift", n)
	}
	w.SetShifts(0, []Span{{From: monday.Add(3 * time.Hour)}}, monday.Add(2*time.Hour))
	if n := len(play(w, monday.Add(2*time.Hour), 2*time.Hour)); n == 0 {
		t.Error("nothing in the added shift")
	}
}

func TestRereadingTheSameRosterChangesNothing(t *testing.T) {
	undisturbed, reread := NewWorld(setup(12, 4)), NewWorld(setup(12, 4))
	a := play(undisturbed, monday, 10*time.Minute)
	b := play(reread, monday, 5*time.Minute)
	for i := range 12 {
		reread.SetShifts(i, []Span{{From: monday.Add(-time.Hour)}}, monday.Add(5*time.Minute))
	}
	b = append(b, play(reread, monday.Add(5*time.Minute), 5*time.Minute)...)
	if !reflect.DeepEqual(a, b) {
		t.Error("reading the same roster again changed what people do")
	}
}

func TestIncidentsFollowTheHour(t *testing.T) {
	s := setup(0, 9)
	s.Start = monday.Add(-9 * time.Hour) // midnight in the district
	s.PerDay = 2000
	byHour := make([]float64, 24)
	total := 0.0
	w := NewWorld(s)
	for day := range 20 {
		for _, a := range play(w, s.Start.AddDate(0, 0, day), 24*time.Hour) {
			if a.Report != nil && !w.bureau.storm(a.At) {
				byHour[a.At.In(local).Hour()]++
				total++
			}
		}
	}
	sum := 0.0
	for _, p := range profile {
		sum += p
	}
	for hour, n := range byHour {
		if want := profile[hour] / sum; math.Abs(n/total-want) > 0.25*want+0.003 {
			t.Errorf("hour %d has %.3f of the incidents, want about %.3f", hour, n/total, want)
		}
	}
}

func TestStormsBringTheirOwn(t *testing.T) {
	s := setup(0, 9)
	s.PerDay = 3000
	w := NewWorld(s)
	calm, stormy, own := 0, 0, 0
	for _, a := range play(w, monday, 6*24*time.Hour) {
		switch {
		case a.Report == nil:
		case w.bureau.storm(a.At):
			stormy++
			if a.Report.Class == "W02" || a.Report.Class == "06012" {
				own++
			}
		default:
			calm++
		}
	}
	if stormy == 0 || calm == 0 {
		t.Fatalf("%d incidents in storms, %d outside: six days should have both", stormy, calm)
	}
	if share := float64(own) / float64(stormy); share < stormOwn-0.1 {
		t.Errorf("%.2f of a storm's incidents are of the weather, want at least about %.2f", share, stormOwn)
	}
}

func TestEveryIncidentIsBroughtToItsEnd(t *testing.T) {
	s := setup(0, 9)
	w := NewWorld(s)
	adopted := w.Adopt(client.Handling, monday)
	state := map[int]client.IncidentState{adopted: client.Handling}
	next := map[client.IncidentState]client.IncidentState{
		client.Reported: client.Dispatched, client.Dispatched: client.Handling, client.Handling: client.Closed,
	}
	reports := 0
	actions := play(w, monday, 6*time.Hour)
	for _, a := range actions {
		switch {
		case a.Report != nil && a.At.Before(monday.Add(2*time.Hour)):
			reports++
			fallthrough
		case a.Report != nil:
			state[a.Report.Number] = client.Reported
			if a.Report.Text == "" || a.Report.Lon < 116 || a.Report.Lat < 37 {
				t.Fatalf("report %+v", a.Report)
			}
		case a.Move != nil:
			if want := next[state[a.Move.Number]]; a.Move.To != want {
				t.Fatalf("incident %d goes from %s to %s", a.Move.Number, state[a.Move.Number], a.Move.To)
			}
			state[a.Move.Number] = a.Move.To
		}
	}
	if reports == 0 {
		t.Fatal("no incidents in two hours of the morning")
	}
	for _, a := range actions {
		if a.Report != nil && a.At.Before(monday.Add(2*time.Hour)) && state[a.Report.Number] != client.Closed {
			t.Errorf("incident %d is %s after four hours", a.Report.Number, state[a.Report.Number])
		}
	}
	if state[adopted] != client.Closed {
		t.Errorf("the adopted incident is %s", state[adopted])
	}
}

func TestBatteriesDrainAndAreCharged(t *testing.T) {
	s := setup(30, 6)
	low, charging := 1.0, false
	for _, a := range play(NewWorld(s), monday, 12*time.Hour) {
		if a.Send == nil {
			continue
		}
		for _, r := range a.Send.Reports {
			if r.Battery <= 0 || r.Battery > 1 {
				t.Fatalf("a battery of %g", r.Battery)
			}
			low, charging = min(low, r.Battery), charging || r.Charging
		}
	}
	if low > 0.2 || !charging {
		t.Errorf("the lowest battery in twelve hours is %g, charged: %v", low, charging)
	}
}

func BenchmarkWorld(b *testing.B) {
	s := setup(1200, 1)
	w := NewWorld(s)
	b.ReportAllocs()
	for i := range b.N {
		for {
			if _, _, ok := w.Next(monday.Add(time.Duration(i) * time.Second)); !ok {
				break
			}
		}
	}
}

package seed

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"wangge/internal/client"
)

func grids(n int) []client.Area {
	list := make([]client.Area, n)
	for i := range list {
		list[i] = client.Area{Code: fmt.Sprintf("371402%03d%03d%04d", i%7, i%126, 1000+i), Name: fmt.Sprint(i)}
	}
	return list
}

func TestPlanHasALeaderForEveryGrid(t *testing.T) {
	all := grids(1000)
	all[3].LeaderName = "岳云鹏飞"
	people := plan(all, 0, 1)
	if len(people) != 1200 {
		t.Fatalf("%d people for 1000 grids, want 1200", len(people))
	}
	led, codes := map[string]bool{}, map[string]bool{}
	for _, p := range people {
		if p.duty == client.DutyGridLeader {
			led[p.area] = true
		}
		if codes[p.code] || len(p.code) > 40 {
			t.Errorf("staff number %q is there twice or too long", p.code)
		}
		codes[p.code] = true
		if !strings.HasPrefix(p.phone, "1990000") || len(p.phone) != 11 {
			t.Errorf("telephone number %q is not of the made-up range", p.phone)
		}
		if p.name == "" || !utf8.ValidString(p.name) {
			t.Errorf("name %q", p.name)
		}
	}
	if len(led) != 1000 {
		t.Errorf("%d grids have a leader, want 1000", len(led))
	}
	if people[3].name != "岳云鹏飞" {
		t.Errorf("the posted leader is %q", people[3].name)
	}
}

func TestPlanTakesAnyNumber(t *testing.T) {
	for _, workers := range []int{1, 5, 999, 1000, 1001, 3500, 10_000} {
		people := plan(grids(1000), workers, 1)
		perGrid := map[string]int{}
		for _, p := range people {
			perGrid[p.area]++
		}
		most := 0
		for _, n := range perGrid {
			most = max(most, n)
		}
		if len(people) != workers || most > (workers+999)/1000 {
			t.Errorf("asked for %d: %d people, at most %d in a grid", workers, len(people), most)
		}
	}
}

func TestPlanIsTheSameEveryTime(t *testing.T) {
	if !reflect.DeepEqual(plan(grids(50), 0, 9), plan(grids(50), 0, 9)) {
		t.Error("the same seed gave other people")
	}
	if reflect.DeepEqual(plan(grids(50), 0, 9), plan(grids(50), 0, 10)) {
		t.Error("another seed gave the same people")
	}
}

func TestDutiesAreThreeShiftsADay(t *testing.T) {
	monday := time.Date(2026, 5, 18, 0, 0, 0, 0, local)
	byHour := map[int]int{}
	for _, p := range plan(grids(1000), 0, 1) {
		spans := duties(p.code, monday, 3)
		for i, s := range spans {
			if s.to.Sub(s.from) != 8*time.Hour {
				t.Fatalf("a shift of %v", s.to.Sub(s.from))
			}
			if i > 0 && s.overlaps(spans[i-1]) {
				t.Fatalf("%v overlaps %v", s, spans[i-1])
			}
		}
		byHour[spans[0].from.In(local).Hour()]++
	}
	for hour, share := range map[int]float64{6: 0.5, 14: 0.4, 22: 0.1} {
		if got := float64(byHour[hour]) / 1200; got < share-0.06 || got > share+0.06 {
			t.Errorf("%.2f of the workers begin at %d, want about %.2f", got, hour, share)
		}
	}
	if len(byHour) != 3 {
		t.Errorf("shifts begin at %v", byHour)
	}
}

func TestSpansThatTouchDoNotOverlap(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 5, 18, hour, 0, 0, 0, time.UTC) }
	morning, noon, open := span{at(6), at(14)}, span{at(14), at(22)}, span{from: at(13)}
	if morning.overlaps(noon) || noon.overlaps(morning) {
		t.Error("shifts that follow one another overlap")
	}
	if !morning.overlaps(open) || !open.overlaps(noon) || !free(morning, []span{noon}) || free(noon, []span{morning, open}) {
		t.Error("an open-ended shift overlaps what lies behind its beginning")
	}
}

func TestUIDsAreUnusedAndMixed(t *testing.T) {
	used := map[string]bool{PhoneUIDs[0]: true}
	tracks := 0
	for round := range 2 { // the second time all are taken
		for i := range 800 {
			uid := unusedUID(i, used)
			if used[uid] {
				t.Fatalf("round %d: %q twice", round, uid)
			}
			used[uid] = true
			if strings.Contains(uid, "/") {
				tracks++
			} else if len(uid) != 15 || !strings.HasPrefix(uid, "860000000") {
				t.Fatalf("%q is no IMEI of the made-up series", uid)
			}
		}
	}
	if tracks != 200 {
		t.Errorf("%d of 1600 are OwnTracks's, want every eighth", tracks)
	}
}

func TestEveryRoleHasAnAccount(t *testing.T) {
	roles := map[client.Role]bool{}
	for _, a := range Accounts() {
		roles[a.Role] = true
		if !a.Role.Valid() {
			t.Errorf("%s has the role %q", a.Name, a.Role)
		}
	}
	if len(roles) != 7 {
		t.Errorf("accounts for %d roles, want 7", len(roles))
	}
}

package alarm

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wangge/internal/catalog"
	"wangge/internal/incident"
	"wangge/internal/post"
)

// ten is Monday, 23 November 2026, 10:00 in the district.
var ten = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

const (
	district = "371402"
	chahe    = "371402001001"
	grid1    = chahe + "1001"
	grid2    = chahe + "1002"
	other    = "3714020010021001"
)

func ago(d time.Duration) time.Time { return ten.Add(-d) }

// member is somebody on shift since six, with a tracker, heard so long ago.
func member(id int32, grid string, heard time.Duration) Member {
	return Member{
		Worker: post.Worker{ID: id, Name: "某人", Duty: post.GridMember, Area: grid}, From: ago(4 * time.Hour), Heard: ago(heard),
		Sources: []string{SourceTracker},
	}
}

func silentFrom(start int32, n int, source string, heard time.Duration) (members []Member) {
	for i := range int32(n) {
		m := member(start+i, grid1, heard)
		m.Sources = []string{source}
		members = append(members, m)
	}
	return members
}

func leader(id int32, grid string) post.Worker {
	return post.Worker{ID: id, Duty: post.GridLeader, Area: grid}
}

func waitingFor(severity incident.Severity, state incident.State, d time.Duration) incident.Incident {
	return incident.Incident{ID: 41, Code: "20261123-0041", Class: "06010", Severity: severity, State: state, Area: grid1, ReportedAt: ago(d)}
}

// found is what matters of a cause.
type found struct {
	Kind     Kind
	Key      string
	Severity Severity
	Area     string
	Firm     bool
}

func TestCauses(t *testing.T) {
	listening := ago(time.Hour)
	neverHeard := func(n int) (members []Member) {
		for i := range n {
			m := member(int32(i+1), grid1, 0)
			m.Heard = time.Time{}
			members = append(members, m)
		}
		return members
	}
	for what, c := range map[string]struct {
		p    Picture
		want []found
	}{
		"a critical incident may wait two minutes": {
			Picture{Waiting: []incident.Incident{waitingFor(incident.Critical, incident.Reported, 2*time.Minute-time.Second)}}, nil},
		"and not longer": {
			Picture{Waiting: []incident.Incident{waitingFor(incident.Critical, incident.Reported, 2*time.Minute)}},
			[]found{{IncidentWaiting, "41", catalog.Critical, grid1, true}}},
		"an urgent one five": {
			Picture{Waiting: []incident.Incident{waitingFor(incident.Urgent, incident.Reported, 5*time.Minute)}},
			[]found{{IncidentWaiting, "41", catalog.Urgent, grid1, true}}},
		"a dispatched one as long as it likes": {
			Picture{Waiting: []incident.Incident{waitingFor(incident.Critical, incident.Dispatched, time.Hour)}}, nil},
		"one that needs attention too": {
			Picture{Waiting: []incident.Incident{waitingFor(incident.Attention, incident.Reported, time.Hour)}}, nil},

		"a worker who was heard lately": {
			Picture{Crew: []Member{member(17, grid1, 5*time.Minute-time.Second)}}, nil},
		"a worker who is lost": {
			Picture{Crew: []Member{member(17, grid1, 5*time.Minute)}},
			[]found{{WorkerLost, "17", catalog.Urgent, grid1, true}}},
		"a lost worker, just after a restart": {
			Picture{Listening: ago(4 * time.Minute), Crew: []Member{member(17, grid1, 30*time.Minute)}},
			[]found{{WorkerLost, "17", catalog.Urgent, grid1, false}}},
		"a worker who has not switched the phone on yet": {
			Picture{Crew: neverHeard(1)}, nil},

		"all are silent: one alarm, and their own ones wait": {
			Picture{Crew: silentFrom(1, 3, SourceTracker, 6*time.Minute)},
			[]found{{WorkerLost, "1", catalog.Urgent, grid1, false}, {WorkerLost, "2", catalog.Urgent, grid1, false}, {WorkerLost, "3", catalog.Urgent, grid1, false},
				{SourceSilent, AllSources, catalog.Urgent, district, true}}},
		"all are silent, just after a restart": {
			Picture{Listening: ago(time.Minute), Crew: silentFrom(1, 3, SourceTracker, 4*time.Minute)},
			[]found{{SourceSilent, AllSources, catalog.Urgent, district, false}}},
		"nobody was heard in the whole shift": {
			Picture{Crew: neverHeard(3)},
			[]found{{SourceSilent, AllSources, catalog.Urgent, district, true}}},
		"two are silent: too few for a source": {
			Picture{Crew: silentFrom(1, 2, SourceTracker, 4*time.Minute)}, nil},
		"one kind of device is silent": {
			Picture{Crew: append(silentFrom(1, 3, SourceOwnTracks, 4*time.Minute), silentFrom(10, 3, SourceTracker, time.Second)...)},
			[]found{{SourceSilent, SourceOwnTracks, catalog.Attention, district, true}}},
		"one of a kind is heard": {
			Picture{Crew: append(silentFrom(1, 3, SourceTracker, 4*time.Minute), member(10, grid1, time.Second))}, nil},

		"a community with two led grids and nobody on shift": {
			Picture{Leaders: []post.Worker{leader(2, grid2), leader(1, grid1)}, Crew: []Member{member(30, other, 0)}},
			[]found{{Unstaffed, chahe, catalog.Attention, chahe, true}}},
		"somebody of the neighbouring grid stands in": {
			Picture{Leaders: []post.Worker{leader(1, grid1)}, Crew: []Member{member(30, grid2, 0)}}, nil},
		"somebody of the community itself stands in": {
			Picture{Leaders: []post.Worker{leader(1, grid1)}, Crew: []Member{member(30, chahe, 0)}}, nil},
		"a grid without a posted leader": {
			Picture{Leaders: []post.Worker{{ID: 1, Duty: post.GridMember, Area: grid1}}}, nil},
		"the first five minutes of duty": {
			Picture{Now: time.Date(2026, 11, 23, 0, 4, 59, 0, time.UTC), Leaders: []post.Worker{leader(1, grid1)}}, nil},
		"at noon": {
			Picture{Now: time.Date(2026, 11, 23, 4, 30, 0, 0, time.UTC), Leaders: []post.Worker{leader(1, grid1)}}, nil},
		"on Sunday": {
			Picture{Now: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC), Leaders: []post.Worker{leader(1, grid1)}}, nil},

		"a call for help that nobody has acknowledged": {
			Picture{Open: []Alarm{{ID: 1, Kind: SOS, Key: "17", Severity: catalog.Critical, Area: grid1, Since: ago(time.Hour)}}},
			[]found{{SOS, "17", catalog.Critical, grid1, false}}},
		"one that was acknowledged long ago": {
			Picture{Open: []Alarm{{ID: 1, Kind: SOS, Key: "17", AcknowledgedAt: ago(10 * time.Minute)}}}, nil},
	} {
		t.Run(what, func(t *testing.T) {
			p := c.p
			p.District = district
			if p.Now.IsZero() {
				p.Now = ten
			}
			if p.Listening.IsZero() {
				p.Listening = listening
			}
			var got []found
			for _, cause := range Causes(p, NewPolicy()) {
				got = append(got, found{cause.Kind, cause.Key, cause.Severity, cause.Area, cause.Firm})
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUnstaffedGridsAreListed(t *testing.T) {
	p := Picture{Now: ten, Leaders: []post.Worker{leader(2, grid2), leader(1, grid1), leader(3, grid1)}}
	causes := Causes(p, NewPolicy())
	if len(causes) != 1 {
		t.Fatalf("found %+v", causes)
	}
	if diff := cmp.Diff([]string{grid1, grid2}, causes[0].Subject.Grids); diff != "" {
		t.Error(diff)
	}
	if want := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC); !causes[0].Since.Equal(want) {
		t.Errorf("since %v, want the beginning of duty, %v", causes[0].Since, want)
	}
}

// TestSteady goes through a day of one cause: raised once it lasts, not again while it is open, and cleared once it is gone for good.
func TestSteady(t *testing.T) {
	policy := NewPolicy()
	s := NewSteady(policy)
	cause := []Cause{{Kind: WorkerLost, Key: "17", Firm: true}}
	open := []Alarm{{ID: 1, Kind: WorkerLost, Key: "17"}}
	step := func(what string, after time.Duration, open []Alarm, causes []Cause, raised, cleared int) {
		t.Helper()
		raise, clear := s.Decide(ten.Add(after), open, causes)
		if len(raise) != raised || len(clear) != cleared {
			t.Errorf("%s: %d are raised and %d cleared, want %d and %d", what, len(raise), len(clear), raised, cleared)
		}
	}
	step("it has just begun", 0, nil, cause, 0, 0)
	step("it was only a moment", 2*time.Second, nil, nil, 0, 0)
	step("it begins again", 4*time.Second, nil, cause, 0, 0)
	step("it lasts", 4*time.Second+policy.HoldFor, nil, cause, 1, 0)
	step("it is open", 20*time.Second, open, cause, 0, 0)
	step("it is gone", 30*time.Second, open, nil, 0, 0)
	step("it is back", 40*time.Second, open, cause, 0, 0)
	step("it is gone again", 50*time.Second, open, nil, 0, 0)
	step("it stays away", 50*time.Second+policy.CalmFor, open, nil, 0, 1)
	step("it cannot be told", 200*time.Second, nil, []Cause{{Kind: WorkerLost, Key: "17"}}, 0, 0)
	step("it can still not be told", 300*time.Second, nil, []Cause{{Kind: WorkerLost, Key: "17"}}, 0, 0)
	step("what cannot be told keeps what is open", 400*time.Second, open, []Cause{{Kind: WorkerLost, Key: "17"}}, 0, 0)
}

func TestSourceOf(t *testing.T) {
	for uid, want := range map[string]string{"app-17": SourceApp, "demo/phone": SourceOwnTracks, "860000000000001": SourceTracker} {
		if got := SourceOf(uid); got != want {
			t.Errorf("%s is of kind %s, want %s", uid, got, want)
		}
	}
}

package alarm

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"wangge/internal/area"
	"wangge/internal/catalog"
	"wangge/internal/incident"
	"wangge/internal/post"
	"wangge/internal/tracking"
)

// Picture is everything that the rules look at, as of Now. Making one is the watch's; the rules ask nobody else.
type Picture struct {
	Now       time.Time
	Listening time.Time           // since when this program has heard devices: silence from before is no evidence
	District  string              // code of the district
	Crew      []Member            // on shift now
	Leaders   []post.Worker       // posted grid leaders, on shift or not
	Waiting   []incident.Incident // open, and not dispatched
	Open      []Alarm             // open alarms
}

// Member is a worker on shift.
type Member struct {
	post.Worker
	From    time.Time // beginning of the shift
	Heard   time.Time // last sign of life in this shift; zero for none
	Sources []string  // kinds of the worker's devices
}

// Causes finds everything that deserves an alarm in a picture.
func Causes(p Picture, policy Policy) []Cause {
	silent, unheard := silentSources(p, policy)
	return slices.Concat(calls(p, policy), waiting(p, policy), lost(p, unheard), silent, unstaffed(p, policy))
}

// calls keep a call for help open until somebody has acknowledged it, and then for a while, so that all see who went.
func calls(p Picture, policy Policy) (causes []Cause) {
	for _, a := range p.Open {
		if a.Kind == SOS && (a.AcknowledgedAt.IsZero() || p.Now.Sub(a.AcknowledgedAt) < policy.SOSFor) {
			causes = append(causes, Cause{Kind: SOS, Key: a.Key, Severity: a.Severity, Area: a.Area, Subject: a.Subject, Since: a.Since})
		}
	}
	return causes
}

// waiting finds incidents that should have been dispatched by now.
func waiting(p Picture, policy Policy) (causes []Cause) {
	for _, i := range p.Waiting {
		limit, limited := policy.waits(i.Severity)
		if !limited || i.State != incident.Reported || p.Now.Sub(i.ReportedAt) < limit {
			continue
		}
		causes = append(causes, Cause{
			Kind: IncidentWaiting, Key: strconv.FormatInt(i.ID, 10), Severity: i.Severity, Area: i.Area, Since: i.ReportedAt, Firm: true,
			Subject: Subject{Incident: i.ID, IncidentCode: i.Code, Class: i.Class},
		})
	}
	return causes
}

// lost finds workers who were heard in this shift and are not any more. Those whose whole source is silent are told of by that: their own
// alarms stay as they are.
func lost(p Picture, unheard map[int32]bool) (causes []Cause) {
	for _, m := range p.Crew {
		if m.Heard.IsZero() || p.Now.Sub(m.Heard) < tracking.LostAfter {
			continue
		}
		causes = append(causes, Cause{
			Kind: WorkerLost, Key: strconv.Itoa(int(m.ID)), Severity: catalog.Urgent, Area: m.Area, Since: m.Heard,
			Subject: Subject{Worker: m.ID, WorkerName: m.Name},
			Firm:    !unheard[m.ID] && p.Now.Sub(p.Listening) >= tracking.LostAfter,
		})
	}
	return causes
}

// silentSources finds kinds of device of which nobody is heard, and tells whose silence that explains. When all are silent, that is one
// cause and not one for each.
func silentSources(p Picture, policy Policy) (causes []Cause, unheard map[int32]bool) {
	unheard = map[int32]bool{}
	all := crewOf(p, func(Member) bool { return true })
	if silence, ok := all.silence(p, policy); ok {
		all.mark(unheard)
		return []Cause{all.cause(p, policy, AllSources, catalog.Urgent, silence)}, unheard
	}
	for _, source := range sources(p.Crew) {
		// Whoever was never heard in this shift may not have switched the phone on: that says nothing about the source.
		crew := crewOf(p, func(m Member) bool { return !m.Heard.IsZero() && len(m.Sources) == 1 && m.Sources[0] == source })
		if silence, ok := crew.silence(p, policy); ok {
			crew.mark(unheard)
			causes = append(causes, crew.cause(p, policy, source, catalog.Attention, silence))
		}
	}
	return causes, unheard
}

// crew is the part of those on shift who depend on one source.
type crew []Member

func crewOf(p Picture, belongs func(Member) bool) (c crew) {
	for _, m := range p.Crew {
		if belongs(m) {
			c = append(c, m)
		}
	}
	return c
}

// silence tells since when nobody of the crew was heard, when that is long enough to be a cause.
func (c crew) silence(p Picture, policy Policy) (since time.Time, silent bool) {
	if len(c) < max(1, policy.SilentCrew) {
		return since, false
	}
	begun := p.Now
	for _, m := range c {
		if m.Heard.After(since) {
			since = m.Heard
		}
		if m.From.Before(begun) {
			begun = m.From
		}
	}
	if since.IsZero() {
		since = begun
	}
	return since, p.Now.Sub(since) >= policy.SilentAfter
}

func (c crew) mark(unheard map[int32]bool) {
	for _, m := range c {
		unheard[m.ID] = true
	}
}

func (c crew) cause(p Picture, policy Policy, source string, severity Severity, since time.Time) Cause {
	return Cause{
		Kind: SourceSilent, Key: source, Severity: severity, Area: p.District, Since: since, Subject: Subject{Source: source, Workers: len(c)},
		Firm: p.Now.Sub(p.Listening) >= policy.SilentAfter,
	}
}

// sources lists the kinds of device that those on shift carry, ascending.
func sources(members []Member) []string {
	found := map[string]bool{}
	for _, m := range members {
		for _, s := range m.Sources {
			found[s] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// unstaffed finds grids with a posted leader and nobody on shift who would act there: nobody of the grid, and nobody of its community
// who could stand in (domain.md §6). They are told by community, so that a holiday is some lines and not hundreds.
func unstaffed(p Picture, policy Policy) []Cause {
	begun, on := policy.dutySince(p.Now)
	if !on || p.Now.Sub(begun) < policy.UnstaffedAfter {
		return nil
	}
	staffed := map[string]bool{}
	for _, m := range p.Crew {
		staffed[communityOf(m.Area)] = true
	}
	grids := map[string][]string{}
	for _, w := range p.Leaders {
		if community := communityOf(w.Area); w.Duty == post.GridLeader && len(w.Area) == area.CodeLength[area.Grid] && !staffed[community] {
			grids[community] = append(grids[community], w.Area)
		}
	}
	var causes []Cause
	for community, codes := range grids {
		slices.Sort(codes)
		causes = append(causes, Cause{
			Kind: Unstaffed, Key: community, Severity: catalog.Attention, Area: community, Since: begun, Firm: true,
			Subject: Subject{Grids: slices.Compact(codes)},
		})
	}
	slices.SortFunc(causes, func(a, b Cause) int { return cmp.Compare(a.Key, b.Key) })
	return causes
}

// dutySince tells whether an instant lies in duty hours, and since when. Public holidays come with the calendar of domain.md §1.
func (p Policy) dutySince(now time.Time) (begun time.Time, on bool) {
	if day := now.In(incident.DistrictTime).Weekday(); day == time.Saturday || day == time.Sunday {
		return begun, false
	}
	midnight := incident.DayStart(now)
	for _, h := range p.Duty {
		if at := now.Sub(midnight); at >= h.From && at < h.To {
			return midnight.Add(h.From), true
		}
	}
	return begun, false
}

// communityOf is the community that an area code lies in; the code itself for areas above communities.
func communityOf(code string) string { return code[:min(len(code), area.CodeLength[area.Community])] }

// Kinds of device, told apart by the form of their ids.
const (
	SourceApp       = "app"       // the field app, signed in
	SourceOwnTracks = "owntracks" // "user/device"
	SourceTracker   = "tracker"   // everything else: OsmAnd and Traccar clients, vehicle trackers
)

// SourceOf tells the kind of a device by its id.
func SourceOf(uid string) string {
	switch {
	case strings.HasPrefix(uid, "app-"):
		return SourceApp
	case strings.Contains(uid, "/"):
		return SourceOwnTracks
	}
	return SourceTracker
}

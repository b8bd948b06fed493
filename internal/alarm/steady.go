package alarm

import "time"

// Steady decides, from one look to the next, what is to be raised and cleared, so that nothing flaps: a cause must last for HoldFor to
// raise an alarm, and be gone for CalmFor to clear it. Its memory is of this node only; one that takes over begins anew, which delays by
// these times and changes nothing else. Use it from one goroutine.
type Steady struct {
	policy Policy
	seen   map[name]time.Time  // since when a cause without an alarm has been there
	gone   map[int64]time.Time // since when the cause of an open alarm has been away
}

// name is what makes an open alarm unique.
type name struct {
	kind Kind
	key  string
}

// NewSteady makes one without memory.
func NewSteady(policy Policy) *Steady {
	return &Steady{policy: policy, seen: map[name]time.Time{}, gone: map[int64]time.Time{}}
}

// Decide compares the causes found at an instant with the open alarms.
func (s *Steady) Decide(now time.Time, open []Alarm, causes []Cause) (raise []Cause, clear []Alarm) {
	known := make(map[name]bool, len(open))
	for _, a := range open {
		known[name{a.Kind, a.Key}] = true
	}
	there := make(map[name]bool, len(causes))
	for _, c := range causes {
		n := name{c.Kind, c.Key}
		there[n] = true
		if known[n] || !c.Firm {
			delete(s.seen, n)
			continue
		}
		if _, waiting := s.seen[n]; !waiting {
			s.seen[n] = now
		}
		if now.Sub(s.seen[n]) >= s.policy.HoldFor {
			raise = append(raise, c)
		}
	}
	for n := range s.seen {
		if !there[n] {
			delete(s.seen, n)
		}
	}
	return raise, s.calm(now, open, there)
}

// calm finds the open alarms whose cause has been away for long enough.
func (s *Steady) calm(now time.Time, open []Alarm, there map[name]bool) (clear []Alarm) {
	still := make(map[int64]time.Time, len(s.gone))
	for _, a := range open {
		if there[name{a.Kind, a.Key}] {
			continue
		}
		since, away := s.gone[a.ID]
		if !away {
			since = now
		}
		still[a.ID] = since
		if now.Sub(since) >= s.policy.CalmFor {
			clear = append(clear, a)
		}
	}
	s.gone = still
	return clear
}

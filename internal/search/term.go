package search

import (
	"math/bits"
	"strings"
	"unicode"
)

// maxTerm is how many signs of a term count: as many as a set of bits holds.
const maxTerm = 60

// term is one word of a query, compiled against an alphabet: an automaton whose states are the signs of the word that are typed already.
type term struct {
	text string
	next map[uint16][]uint64 // by sign: where each state leads to; nil when the sign fits nowhere
	done uint64              // the state in which everything is typed
	one  bool                // a single letter, which as an initial would be found everywhere
}

// compile prepares a query: one term for each word, without case.
func (a *alphabet) compile(query string) []*term {
	var terms []*term
	for _, word := range strings.Fields(strings.ToLower(query)) {
		typed := []rune(word)
		if len(typed) > maxTerm {
			typed = typed[:maxTerm]
		}
		t := &term{text: word, next: map[uint16][]uint64{}, done: 1 << len(typed), one: len(typed) == 1 && unicode.IsLetter(typed[0]) && typed[0] < 0x80}
		for n, s := range a.signs {
			if steps := s.steps(typed); steps != nil {
				t.next[uint16(n)] = steps
			}
		}
		terms = append(terms, t)
	}
	return terms
}

// steps tells, for each place in what was typed, behind which places the sign may end there; nil when it fits nowhere.
func (s sign) steps(typed []rune) (steps []uint64) {
	for at := range typed {
		var ends uint64
		if typed[at] == s.sign {
			ends |= 1 << (at + 1)
		}
		for _, reading := range s.readings {
			ends |= spelled(reading, typed, at)
		}
		if ends == 0 {
			continue
		}
		if steps == nil {
			steps = make([]uint64, len(typed))
		}
		steps[at] = ends
	}
	return steps
}

// spelled tells where a reading that begins at a place of what was typed may end: after its initial ("c", and "ch" too), after the whole
// syllable, and anywhere in it where the typing ends.
func spelled(reading string, typed []rune, at int) (ends uint64) {
	for n := 1; n <= len(reading) && at+n <= len(typed) && typed[at+n-1] == rune(reading[n-1]); n++ {
		initial := n == 1 || n == 2 && reading[1] == 'h'
		if initial || n == len(reading) || at+n == len(typed) {
			ends |= 1 << (at + n)
		}
	}
	return ends
}

// find looks for the term in a text: at which sign it begins, and over how many it goes. The first place counts.
func (t *term) find(text []uint16) (from, length int, found bool) {
	for from := range text {
		states := uint64(1)
		for i := from; i < len(text) && states != 0; i++ {
			if states = t.step(text[i], states); states&t.done != 0 {
				return from, i - from + 1, true
			}
		}
		if t.one {
			break
		}
	}
	return 0, 0, false
}

func (t *term) step(sign uint16, states uint64) (after uint64) {
	next := t.next[sign]
	if next == nil {
		return 0
	}
	for ; states != 0; states &= states - 1 {
		if at := bits.TrailingZeros64(states); at < len(next) {
			after |= next[at]
		}
	}
	return after
}

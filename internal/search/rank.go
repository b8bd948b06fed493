package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Points of a match: what is named exactly comes before what begins so, that before what contains it; signs before pinyin.
const (
	exactCode   = 1000
	exactText   = 900
	codeBegins  = 800
	textBegins  = 700
	wholePinyin = 650
	textHas     = 500
	beginPinyin = 450
	hasPinyin   = 250
	longMost    = 60 // the longer a text, the less a part of it says: one point for each sign
)

// codeLeast is how many signs of a code must be typed: two digits are the beginning of everything.
const codeLeast = 3

// handy puts people and areas before the many buildings when they match alike.
var handy = map[Kind]int{Worker: 30, Area: 25, Incident: 20, Facility: 15}

// present puts who is on shift before a namesake who is not.
const present = 10

// match tells how well an entry fits all terms, and why; 0 when one of them doesn't fit.
func (e *entry) match(terms []*term) (score int, reason Reason) {
	for _, t := range terms {
		best, why := 0, Reason("")
		for i := range e.fields {
			if points, r := e.fields[i].match(t); points > best {
				best, why = points, r
			}
		}
		if best == 0 {
			return 0, ""
		}
		if score == 0 || best < score {
			score, reason = best, why
		}
	}
	return score + handy[e.result.Kind], reason
}

func (f *field) match(t *term) (points int, reason Reason) {
	if f.signs == nil {
		return codePoints(f.text, t.text), ByCode
	}
	long := min(len(f.signs), longMost)
	switch at := strings.Index(f.text, t.text); {
	case at == 0 && f.text == t.text:
		return exactText, f.reason
	case at == 0:
		return textBegins - long, f.reason
	case at > 0 && (!t.one || f.text[at-1] == ' '):
		return textHas - long, f.reason
	}
	from, length, found := t.find(f.signs)
	if !found {
		return 0, ""
	}
	reason = ByPinyin
	if length == utf8.RuneCountInString(t.text) {
		reason = ByInitials
	}
	switch {
	case from == 0 && length == len(f.signs):
		return wholePinyin, reason
	case from == 0:
		return beginPinyin - long, reason
	default:
		return hasPinyin - long, reason
	}
}

func codePoints(code, typed string) int {
	switch {
	case code == typed:
		return exactCode
	case len(typed) >= codeLeast && strings.HasPrefix(code, typed):
		return codeBegins - min(len(code), longMost)
	default:
		return 0
	}
}

// ranked puts the best first and keeps at most limit. Of things that match alike, the order is by code, so that it is the same each time.
func ranked(found []Result, limit int) []Result {
	slices.SortFunc(found, func(a, b Result) int {
		return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Code, b.Code))
	})
	return found[:min(limit, len(found))]
}

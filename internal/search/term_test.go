package search

import "testing"

func TestATermIsFoundHoweverItIsTyped(t *testing.T) {
	for _, c := range []struct {
		text, typed  string
		from, length int // length 0: not found
	}{
		{"岔河社区", "岔河", 0, 2},
		{"岔河社区", "chahe", 0, 2},
		{"岔河社区", "chsq", 0, 4},
		{"岔河社区", "chhsq", 0, 4}, // the initial is "ch"
		{"岔河社区", "岔hsq", 0, 4},
		{"岔河社区", "hesheq", 1, 3},
		{"岔河社区", "chah", 0, 2},   // the second syllable is unfinished
		{"岔河社区", "ahe", 0, 0},    // no syllable begins so
		{"岔河社区", "chas", 0, 0},   // a syllable is left out
		{"岔河社区", "chahex", 0, 0}, // and this is no sign of it
		{"长河街道", "changhe", 0, 2},
		{"长河街道", "zhanghe", 0, 2}, // the other reading
		{"崇文大道1号院3号楼", "cwdd1hy3", 0, 8},
		{"崇文大道1号院3号楼", "1号院", 4, 3},
		{"第一网格 A区", "aq", 4, 2},
		{"岔河社区", "c", 0, 1},
		{"岔河社区", "h", 0, 0}, // one letter counts at the beginning only
	} {
		letters := newAlphabet()
		text := letters.write(c.text)
		terms := letters.compile(c.typed)
		if len(terms) != 1 {
			t.Fatalf("%q has %d terms", c.typed, len(terms))
		}
		from, length, found := terms[0].find(text)
		if found != (c.length > 0) || found && (from != c.from || length != c.length) {
			t.Errorf("%q in %q: at %d over %d, found %t; want at %d over %d", c.typed, c.text, from, length, found, c.from, c.length)
		}
	}
}

func TestALongQueryIsCutNotRefused(t *testing.T) {
	letters := newAlphabet()
	text := letters.write("岔")
	long := make([]rune, 500)
	for i := range long {
		long[i] = '岔'
	}
	for _, term := range letters.compile(string(long)) {
		if _, _, found := term.find(text); found {
			t.Error("one sign is no five hundred")
		}
	}
	if letters.compile("  ") != nil {
		t.Error("blanks are no terms")
	}
}

func TestTheBetterMatchComesFirst(t *testing.T) {
	letters := newAlphabet()
	make := func(kind Kind, code, name string) entry {
		return entry{result: Result{Kind: kind, Code: code, Name: name},
			fields: []field{{reason: ByCode, text: code}, {reason: ByName, text: name, signs: letters.write(name)}}}
	}
	entries := []entry{
		make(Building, "b1", "岔河社区崇文大道1号院1号楼"), make(Area, "371402001001", "岔河社区"), make(Worker, "w1", "岔河"),
		make(Facility, "f1", "北岔河社区公园"), make(Building, "371402001001", "彩虹"),
	}
	for query, want := range map[string][]string{
		"岔河":           {"岔河", "岔河社区", "岔河社区崇文大道1号院1号楼", "北岔河社区公园"},
		"chsq":         {"岔河社区", "岔河社区崇文大道1号院1号楼", "北岔河社区公园"},
		"371402001001": {"岔河社区", "彩虹"},
		"37140200":     {"岔河社区", "彩虹"},
		"37":           {},
		"岔河 公园":        {"北岔河社区公园"},
	} {
		var found []Result
		terms := letters.compile(query)
		for i := range entries {
			if score, _ := entries[i].match(terms); score > 0 {
				r := entries[i].result
				r.score = score
				found = append(found, r)
			}
		}
		found = ranked(found, 10)
		names := []string{}
		for _, r := range found {
			names = append(names, r.Name)
		}
		if len(names) != len(want) {
			t.Errorf("%q finds %q, want %q", query, names, want)
			continue
		}
		for i := range want {
			if names[i] != want[i] {
				t.Errorf("%q finds %q, want %q", query, names, want)
				break
			}
		}
	}
}

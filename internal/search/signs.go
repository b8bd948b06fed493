package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
)

// sign is one sign of a text with the ways to type it.
type sign struct {
	sign     rune
	readings []string // pinyin without tones, every reading that the sign has; none for what is typed as it is
}

// alphabet numbers the signs that occur, so that texts are short lists of numbers and each query looks at each sign once.
type alphabet struct {
	numbers map[rune]uint16
	signs   []sign
}

func newAlphabet() *alphabet { return &alphabet{numbers: map[rune]uint16{}} }

// readings asks for every reading: 长 is typed "chang" and "zhang" alike.
var readings = func() pinyin.Args {
	args := pinyin.NewArgs()
	args.Style, args.Heteronym = pinyin.Normal, true
	return args
}()

// write turns a text into the numbers of its signs; spaces are left out. Should a district use more signs than there are numbers, the
// rest share one that nothing matches.
func (a *alphabet) write(text string) []uint16 {
	numbers := make([]uint16, 0, utf8.RuneCountInString(text))
	for _, r := range strings.ToLower(text) {
		if !unicode.IsSpace(r) {
			numbers = append(numbers, a.number(r))
		}
	}
	return numbers
}

func (a *alphabet) number(r rune) uint16 {
	if n, known := a.numbers[r]; known {
		return n
	}
	if len(a.signs) == 1<<16-1 {
		r = utf8.RuneError
	}
	n := uint16(len(a.signs))
	s := sign{sign: r}
	if unicode.Is(unicode.Han, r) {
		s.readings = pinyin.SinglePinyin(r, readings)
	}
	a.signs, a.numbers[r] = append(a.signs, s), n
	return n
}

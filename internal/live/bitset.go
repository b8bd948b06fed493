package live

import "math/bits"

// bitset is a set of small numbers that yields them in ascending order without sorting.
type bitset []uint64

// fit makes room for numbers below size.
func (b *bitset) fit(size int) {
	if words := (size + 63) / 64; words > len(*b) {
		*b = append(*b, make([]uint64, words-len(*b))...)
	}
}

func (b bitset) set(i int32)   { b[i>>6] |= 1 << (i & 63) }
func (b bitset) unset(i int32) { b[i>>6] &^= 1 << (i & 63) }

// has is false for numbers that there is no room for.
func (b bitset) has(i int32) bool {
	return int(i>>6) < len(b) && b[i>>6]&(1<<(i&63)) != 0
}

// take calls f for every number in ascending order and empties the set.
func (b bitset) take(f func(int32)) {
	for w, word := range b {
		if word == 0 {
			continue
		}
		b[w] = 0
		for ; word != 0; word &= word - 1 {
			f(int32(w<<6 + bits.TrailingZeros64(word)))
		}
	}
}

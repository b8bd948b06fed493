package district

// dice answers every random question of the generator from the seed and from what is asked about, never from what was asked before.
// So adding a question changes no other answer, and the same seed gives the same district.
type dice struct{ seed uint64 }

// roll is a number that depends on the seed, the purpose and the keys only.
func (d dice) roll(purpose string, keys ...int) uint64 {
	h := d.seed ^ 0x9e3779b97f4a7c15
	for i := 0; i < len(purpose); i++ {
		h = scramble(h ^ uint64(purpose[i]))
	}
	for _, k := range keys {
		h = scramble(h ^ uint64(int64(k)))
	}
	return h
}

// intn is an integer in [0, n).
func (d dice) intn(purpose string, n int, keys ...int) int {
	return int(d.roll(purpose, keys...) % uint64(n))
}

// between is an integer in [low, high].
func (d dice) between(purpose string, low, high int, keys ...int) int {
	return low + d.intn(purpose, high-low+1, keys...)
}

// chance is true in percent of 100 cases.
func (d dice) chance(purpose string, percent int, keys ...int) bool {
	return d.intn(purpose, 100, keys...) < percent
}

// signed is a number in [-1, 1).
func (d dice) signed(purpose string, keys ...int) float64 {
	return float64(d.roll(purpose, keys...)>>11)/(1<<52) - 1
}

// scramble is one step of the splitmix64 generator: every bit of the result depends on every bit of x.
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

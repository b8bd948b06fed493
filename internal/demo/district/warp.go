package district

// warp bends the straight lines of the lattice into streets: street plan coordinates (metres along and across the main streets) in,
// metres on the ground out. Its main part is a complex polynomial, so it keeps right angles right while the direction of the
// streets turns slowly through the district; a little smooth noise makes them bend as if they had a history.
type warp struct{ dice dice }

// The derivative of the polynomial is 1 + i·turn + slope·w + i·curve·w², w in units of 10 km: its argument is the direction of the
// streets, about 5° in the city, turning the other way in the north.
const (
	warpScale = 10000
	turn      = 0.09
	slope     = -0.06
	curve     = 0.03
)

// at is where the point (u, v) of the street plan lies on the ground.
func (w warp) at(u, v float64) metres {
	a, b := u/warpScale, v/warpScale
	a2, b2 := complexProduct(a, b, a, b)
	a3, b3 := complexProduct(a2, b2, a, b)
	e := a - float64(turn*b) + float64(slope/2*a2) - float64(curve/3*b3)
	n := b + float64(turn*a) + float64(slope/2*b2) + float64(curve/3*a3)
	ground := metres{float64(e * warpScale), float64(n * warpScale)}
	return ground.plus(w.noise(u, v))
}

// noise bends streets by up to 100 m over 5 km, and roads outside the city by 45 m more over 2 km.
func (w warp) noise(u, v float64) metres {
	out := metres{w.smooth("east", u, v, 5200), w.smooth("north", u, v, 5200)}.times(100)
	if wild := rurality(u, v); wild > 0 {
		out = out.plus(metres{w.smooth("lane east", u, v, 2100), w.smooth("lane north", u, v, 2100)}.times(float64(45 * wild)))
	}
	return out
}

// rurality is 0 within about 5 km of the centre and rises to 1 at about 8 km.
func rurality(u, v float64) float64 {
	r := metres{u, float64(0.8 * v)}.length()
	return ease(min(1, max(0, (r-4500)/3000)))
}

// smooth is noise in [-1, 1] that changes over distances of about wave metres.
func (w warp) smooth(purpose string, u, v, wave float64) float64 {
	i, fu := cell(u / wave)
	j, fv := cell(v / wave)
	corner := func(di, dj int) float64 { return w.dice.signed(purpose, i+di, j+dj) }
	south := mix(corner(0, 0), corner(1, 0), ease(fu))
	north := mix(corner(0, 1), corner(1, 1), ease(fu))
	return mix(south, north, ease(fv))
}

// cell splits x into its whole part (rounded down) and its fraction.
func cell(x float64) (int, float64) {
	i := int(x)
	if float64(i) > x {
		i--
	}
	return i, x - float64(i)
}

// ease goes from 0 to 1 with first and second derivatives zero at both ends.
func ease(f float64) float64 {
	poly := float64(f*(float64(f*6)-15)) + 10
	return float64(float64(f*f) * float64(f*poly))
}

func mix(a, b, f float64) float64 { return a + float64((b-a)*f) }

func complexProduct(a, b, c, d float64) (re, im float64) {
	return float64(a*c) - float64(b*d), float64(a*d) + float64(b*c)
}

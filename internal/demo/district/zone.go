package district

// zone says how closely a place is built up, and so how fine its streets are.
type zone int

const (
	rural    zone = iota // fields and villages, blocks of 450 to 900 m
	suburban             // the edge of the city, blocks of about 450 × 230 m
	urban                // blocks of about 230 m
	core                 // the old city, blocks of about 150 m
)

// density is by how much more an area of each zone counts when areas are shared out: where people live closely, communities are small.
var density = [...]int64{rural: 4, suburban: 6, urban: 9, core: 10}

// zoner knows how closely places are built up.
type zoner struct {
	centre metres   // the middle of the city
	urban  ring     // the outline of the built-up area
	seats  []metres // centres of the towns outside of it
}

// The old city is an ellipse around the centre, longer from north to south; half axes in metres. A town is a circle.
const (
	coreEast, coreNorth     = 4600, 5000
	urbanEast, urbanNorth   = 6000, 6700
	townRadius, townSuburbs = 800, 1300
)

// zone is the zone of a place.
func (z zoner) zone(at metres) zone {
	for _, seat := range z.seats {
		switch r := at.minus(seat).length(); {
		case r < townRadius:
			return urban
		case r < townSuburbs:
			return suburban
		}
	}
	switch built := z.urban.contains(at.snap()); {
	case within(at.minus(z.centre), coreEast, coreNorth):
		return core
	case built && within(at.minus(z.centre), urbanEast, urbanNorth):
		return urban
	case built || within(at.minus(z.centre), urbanEast, urbanNorth):
		return suburban
	}
	return rural
}

// within tells whether m lies in the ellipse around the origin with these half axes.
func within(m metres, east, north float64) bool {
	return metres{m.E / east, m.N / north}.length() < 1
}

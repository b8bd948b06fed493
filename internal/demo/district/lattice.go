package district

// The street plan is drawn on a lattice of straight lines, where streets and blocks are a matter of whole numbers, and bent onto the
// ground afterwards by warp. Main streets run about every 930 m both ways. Halfway between them runs a secondary street, and a
// quarter of a main cell is cut into blocks by lanes, the finer the nearer to the centre.

// Fine lines per main street: the main line, then lines at 1/6, 1/4, 1/3, 1/2 (secondary), 2/3, 3/4 and 5/6 of the way to the next.
const finePerMain = 8

var finePlaces = [finePerMain]float64{0, 1. / 6, 1. / 4, 1. / 3, 1. / 2, 2. / 3, 3. / 4, 5. / 6}

// quarter is the number of fine lines from a main line to the secondary one.
const quarter = finePerMain / 2

// The lattice's extent in metres of the street plan; it covers the outline with room to spare.
const (
	westEnd, eastEnd   = -10500, 15500
	southEnd, northEnd = -23500, 19500
)

// axis is the direction across which a line or a cut divides.
type axis int

const (
	eastward  axis = iota // lines of constant u, which run north and south
	northward             // lines of constant v, which run east and west
)

// rect is a block of the lattice in fine lines: from line (i0, j0) to line (i1, j1).
type rect struct{ i0, j0, i1, j1 int }

// middle is twice the middle of r across axis a, in fine lines.
func (r rect) middle(a axis) int {
	if a == eastward {
		return r.i0 + r.i1
	}
	return r.j0 + r.j1
}

// lattice is the street plan before it is bent.
type lattice struct {
	lines [2][]float64 // positions of the fine lines, by axis, ascending
	rects []rect       // the blocks
	owner [][]int32    // owner[i][j] is the block that fine cell (i, j) belongs to
	zones []zone       // of each block
	warp  warp
	dice  dice
}

// newLattice lays out streets and blocks; town tells how built-up the place is that a point on the ground lies in.
func newLattice(d dice, town zoner) *lattice {
	l := &lattice{warp: warp{d}, dice: d}
	l.lines[eastward] = fineLines(d, "main u", westEnd, eastEnd)
	l.lines[northward] = fineLines(d, "main v", southEnd, northEnd)
	l.owner = make([][]int32, len(l.lines[eastward])-1)
	for i := range l.owner {
		l.owner[i] = make([]int32, len(l.lines[northward])-1)
	}
	for i := 0; i+finePerMain < len(l.lines[eastward]); i += finePerMain {
		for j := 0; j+finePerMain < len(l.lines[northward]); j += finePerMain {
			l.divideMainCell(i, j, town)
		}
	}
	return l
}

// fineLines places main lines from low to high and the fine lines between them. The last is a main line.
func fineLines(d dice, purpose string, low, high float64) []float64 {
	var out []float64
	at := low
	for k := 0; at < high; k++ {
		step := float64(d.between(purpose, 850, 1010, k))
		bend := float64(0.04 * d.signed(purpose+" middle", k))
		for _, f := range finePlaces {
			out = append(out, at+float64(step*(f+float64(4*bend*float64(f*(1-f))))))
		}
		at += step
	}
	return append(out, at)
}

// divideMainCell cuts the cell between four main streets, whose south-west corner is fine line (i, j), into blocks.
func (l *lattice) divideMainCell(i, j int, town zoner) {
	var zones [4]zone
	open := true
	for q := range zones {
		zones[q] = town.zone(l.ground(i+q%2*quarter+2, j+q/2*quarter+2))
		open = open && zones[q] == rural
	}
	if open {
		l.divideFields(i, j)
		return
	}
	for q, z := range zones {
		l.divideQuarter(i+q%2*quarter, j+q/2*quarter, z)
	}
}

// divideFields cuts a main cell outside the built-up area into one, two or four blocks.
func (l *lattice) divideFields(i, j int) {
	n := finePerMain
	east, north := []int{i, i + n}, []int{j, j + n}
	switch k := l.dice.intn("fields", 100, i, j); {
	case k < 35:
		east = []int{i, i + quarter, i + n}
	case k < 80:
		north = []int{j, j + quarter, j + n}
	case k < 95:
		east, north = []int{i, i + quarter, i + n}, []int{j, j + quarter, j + n}
	}
	l.addBlocks(east, north, rural)
}

// divideQuarter cuts a quarter of a main cell into blocks. Neighbouring quarters prefer the same lanes, so that most lanes run on across
// secondary streets; some quarters have their own, and some pairs of blocks are one large compound.
func (l *lattice) divideQuarter(i, j int, z zone) {
	nu := l.lanes("lanes u", i, z)
	nv := l.lanes("lanes v", j, z)
	if l.dice.chance("own lanes", 22, i, j) {
		nu = l.lanes("own lanes u", i*1000+j, z)
		nv = l.lanes("own lanes v", i*1000+j, z)
	}
	if z == suburban && nu*nv > 2 {
		if l.dice.chance("suburb", 50, i, j) {
			nu = 1
		} else {
			nv = 1
		}
	}
	if z == urban && nu*nv == 1 {
		nu, nv = 2, 2
	}
	east, north := cuts(i, nu), cuts(j, nv)
	first := len(l.rects)
	l.addBlocks(east, north, z)
	if nu*nv >= 4 && l.dice.chance("compound", 45, i, j) {
		l.joinPair(first, nu, nv)
	}
}

// lanes is into how many blocks a quarter is cut one way, by the column or row it lies in.
func (l *lattice) lanes(purpose string, line int, z zone) int {
	switch fine := l.dice.chance(purpose, 65, line); {
	case z == core && fine:
		return 3
	case z == core, z == urban && fine, z == suburban:
		return 2
	case z == urban:
		return l.dice.between(purpose+" urban", 1, 2, line)
	}
	return 1
}

// cuts are the fine lines that cut the quarter beginning at line k into n equal parts, both ends included.
func cuts(k, n int) []int {
	switch n {
	case 3:
		return []int{k, k + 1, k + 3, k + quarter}
	case 2:
		return []int{k, k + 2, k + quarter}
	}
	return []int{k, k + quarter}
}

// addBlocks makes a block of each cell between the given fine lines.
func (l *lattice) addBlocks(east, north []int, z zone) {
	for b := 0; b+1 < len(north); b++ {
		for a := 0; a+1 < len(east); a++ {
			l.rects = append(l.rects, rect{east[a], north[b], east[a+1], north[b+1]})
			l.zones = append(l.zones, z)
			l.claim(len(l.rects) - 1)
		}
	}
}

// joinPair makes one block of two neighbours among the nu × nv blocks that begin at first.
func (l *lattice) joinPair(first, nu, nv int) {
	a, b := l.dice.intn("pair u", nu-1, first), l.dice.intn("pair v", nv, first)
	k := first + b*nu + a
	other := k + 1
	if l.dice.chance("pair upward", 50, first) {
		a, b = l.dice.intn("pair u", nu, first), l.dice.intn("pair v", nv-1, first)
		k = first + b*nu + a
		other = k + nu
	}
	l.rects[k].i1, l.rects[k].j1 = l.rects[other].i1, l.rects[other].j1
	l.rects[other] = rect{} // owns no cell any longer
	l.claim(k)
}

// claim gives block k the fine cells within its rectangle.
func (l *lattice) claim(k int) {
	r := l.rects[k]
	for i := r.i0; i < r.i1; i++ {
		for j := r.j0; j < r.j1; j++ {
			l.owner[i][j] = int32(k)
		}
	}
}

// ground is where the crossing of fine lines i and j lies.
func (l *lattice) ground(i, j int) metres {
	return l.warp.at(l.lines[eastward][i], l.lines[northward][j])
}

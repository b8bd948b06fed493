package tracking

// fixKey is what a fix is stored under.
type fixKey struct {
	device int32
	fixAt  int64
}

// batch is what one commit carries. Its memory is used again for the next.
type batch struct {
	parts  []part
	items  int            // in the parts
	rows   []Row          // to be stored: no key twice
	source []*item        // of each row
	rowOf  []int          // for each item, in the order of the parts: its row, or storedBefore for a duplicate that needs no storage
	first  []bool         // for each item: whether the row is its own, rather than that of an earlier item with the same key
	index  map[fixKey]int // rows by key
	moved  map[int32]standing
	fate   []Outcome // of each row, after the commit
}

// storedBefore marks an item whose fix was committed before.
const storedBefore = -1

// gather lays the items of the parts out as rows, each (device, device time) once.
func (b *batch) gather(newest map[int32]int64) {
	if b.moved == nil {
		b.moved = map[int32]standing{}
	}
	for p := range b.parts {
		for i := range b.parts[p].items {
			b.add(&b.parts[p].items[i], newest)
		}
	}
}

func (b *batch) add(it *item, newest map[int32]int64) {
	b.items++
	key := fixKey{it.row.Device, it.row.FixAt}
	if last, ok := newest[key.device]; ok && last == key.fixAt {
		b.rowOf, b.first = append(b.rowOf, storedBefore), append(b.first, false)
		return
	}
	row, twice := b.index[key]
	if !twice {
		row = len(b.rows)
		b.index[key] = row
		b.rows, b.source = append(b.rows, it.row), append(b.source, it)
	}
	b.rowOf, b.first = append(b.rowOf, row), append(b.first, !twice)
}

// answer tells every part what became of its fixes.
func (b *batch) answer(appended Appended, newest map[int32]int64) {
	b.fate = append(b.fate[:0], make([]Outcome, len(b.rows))...)
	for i, it := range b.source {
		b.fate[i] = Stored
		if it.late {
			b.fate[i] = Late
		}
	}
	for _, i := range appended.Duplicates {
		b.fate[i] = Duplicate
	}
	for _, i := range appended.Refused {
		b.fate[i] = Refused
	}
	for i := range b.rows {
		if b.fate[i] != Refused {
			newest[b.rows[i].Device] = b.rows[i].FixAt
		}
	}
	n := 0
	for p := range b.parts {
		for i := range b.parts[p].items {
			b.parts[p].ticket.results[b.parts[p].items[i].spot] = b.result(n)
			n++
		}
		b.parts[p].finish(nil)
	}
}

// result is what became of the n-th item.
func (b *batch) result(n int) Result {
	row := b.rowOf[n]
	switch {
	case row == storedBefore:
		return Result{Outcome: Duplicate}
	case b.fate[row] == Refused:
		return Result{Outcome: Refused, Code: CodeStorage}
	case !b.first[n]:
		return Result{Outcome: Duplicate}
	}
	return Result{Outcome: b.fate[row]}
}

// fail answers every part with the error.
func (b *batch) fail(err error) {
	for p := range b.parts {
		b.parts[p].finish(err)
	}
}

// reset empties the batch for the next one, without keeping the requests' memory alive.
func (b *batch) reset() {
	clear(b.parts)
	clear(b.rows)
	clear(b.source)
	clear(b.index)
	clear(b.moved)
	b.parts, b.rows, b.source = b.parts[:0], b.rows[:0], b.source[:0]
	b.rowOf, b.first, b.items = b.rowOf[:0], b.first[:0], 0
}

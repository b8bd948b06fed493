package live

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"wangge/internal/tracking"
)

// TestFrameAsDocumented puts a frame together by the letter of docs/protocol.md §4 and decodes it, and has the encoder make the same bytes.
func TestFrameAsDocumented(t *testing.T) {
	t.Parallel()
	now := int64(1_763_892_000_123)
	head := func(flags byte, tick byte) []byte {
		return append(binary.AppendUvarint([]byte{1, flags}, uint64(now)), tick)
	}
	// Worker 3 anew at 116.3 E 37.4 N, 1.2 s old, 90° (64 of 255), 1.25 m/s (5), live; worker 20 likewise, lost.
	first := append(head(1, 9), 0<<1|1, 2, 0)
	first = append(first, 3<<4|0<<2|1)
	first = binary.AppendVarint(binary.AppendVarint(first, 116_300_000), 37_400_000)
	first = append(first, 12, 64, 5)
	first = binary.AppendUvarint(first, 17<<4|2<<2|1)
	first = binary.AppendVarint(binary.AppendVarint(first, 116_300_000), 37_400_000)
	first = append(binary.AppendUvarint(first, 3600), 255, 255)
	// Worker 3 moves by −2, +3 (zigzag 3, 6), fix of now; worker 20 goes off shift.
	second := append(head(0, 10), 0<<1, 1, 1, 3<<4|1<<1, 3, 6, 0, 64, 5, 20<<1|1)

	lane := newLane(1)
	lane.clients = 1
	lane.fit(64)
	s := &stream{lane: lane, roster: &roster{scope: "3"}, wholes: 1}
	lane.streams["3"] = s
	s.roster.members.fit(64)
	s.roster.members.set(3)
	s.roster.members.set(20)
	present := make([]mark, 64)
	for i := range present {
		present[i].cell = noCell
	}
	present[3] = mark{at: now - 1200, lon: 116_300_000, lat: 37_400_000, cell: 5, course: 64, speed: 5}
	present[20] = mark{at: now - 360_000, lon: 116_300_000, lat: 37_400_000, cell: 5, course: 255, speed: 255, state: tracking.Lost}
	tick := func(n uint64, changed ...int32) {
		for _, w := range changed {
			lane.dirty.set(w)
		}
		lane.collect(present, now, n)
		s.prepare(func(int32) string { return "371402" })
	}
	tick(9, 3, 20)
	if key, size := s.keyframe(); !bytes.Equal(body(key), first) || size != 2 {
		t.Errorf("keyframe\n got %x\nwant %x", body(key), first)
	}
	present[3].lon, present[3].lat, present[3].at = 116_299_998, 37_400_003, now
	present[20] = mark{cell: noCell}
	tick(10, 3, 20)
	if !bytes.Equal(body(s.frame), second) {
		t.Errorf("difference\n got %x\nwant %x", body(s.frame), second)
	}

	var held Holding
	for _, frame := range [][]byte{first, second} {
		if err := held.Apply(frame); err != nil {
			t.Fatal(err)
		}
	}
	want := Position{Lon: 116_299_998, Lat: 37_400_003, At: now, Course: 64, Speed: 5}
	if got := held.Sections[SectionScope]; len(got) != 1 || got[3] != want || held.Tick != 10 || held.Now != now {
		t.Errorf("held %+v of tick %d at %d", got, held.Tick, held.Now)
	}
}

// body cuts the WebSocket header off.
func body(m []byte) []byte {
	_, b, _, _ := splitMessage(m)
	return b
}

func TestQuantise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		m    tracking.Motion
		want mark
	}{
		{"unknown", tracking.Motion{Lon: 1163000004, Lat: -373000006, Speed: math.MaxUint16, Course: math.MaxUint16}, mark{lon: 116300000, lat: -37300001, speed: 255, course: 255}},
		{"rounded", tracking.Motion{Lon: 1163000005, Speed: 137, Course: 9000}, mark{lon: 116300001, speed: 5, course: 64}},
		{"very fast", tracking.Motion{Speed: 20000}, mark{speed: 254}},
		{"almost north again", tracking.Motion{Course: 35990}, mark{course: 0}},
	} {
		if got := quantise(&c.m, tracking.Live); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestMessageHeaders(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 125, 126, 65535, 65536, 200_000} {
		b, at := beginMessage([]byte("before"))
		b = endMessage(append(b, make([]byte, size)...), at, opBinary)
		if !bytes.Equal(b[len("before"):], message(opBinary, make([]byte, size))) {
			t.Errorf("%d bytes: in place and alone differ", size)
		}
		opcode, got, rest, ok := splitMessage(b[len("before"):])
		if !ok || opcode != opBinary || len(got) != size || len(rest) != 0 {
			t.Errorf("%d bytes: opcode %d, %d bytes, %d left", size, opcode, len(got), len(rest))
		}
	}
}

func TestCellOrderYieldsEveryRowOfAWindow(t *testing.T) {
	t.Parallel()
	cells := []int32{5, noCell, 5 + latticeSide, 4, 6, 5, latticeSide*latticeSide - 1}
	items := []int32{0, 1, 2, 3, 4, 5, 6}
	var o cellOrder
	o.build(items, func(i int32) int32 { return cells[i] })
	w := window{c0: 4, c1: 5, r0: 0, r1: 1}
	if got := o.row(&w, 0); len(got) != 3 || got[0] != 3 || got[1] != 0 || got[2] != 5 {
		t.Errorf("row 0: %v", got)
	}
	if got := o.row(&w, 1); len(got) != 1 || got[0] != 2 {
		t.Errorf("row 1: %v", got)
	}
	corner := window{latticeSide - 1, latticeSide - 1, latticeSide - 1, latticeSide - 1}
	if got := o.row(&corner, latticeSide-1); len(got) != 1 || got[0] != 6 {
		t.Errorf("corner: %v", got)
	}
}

// FuzzHolding: no frame, however broken, may do more than return an error.
func FuzzHolding(f *testing.F) {
	f.Add([]byte{1, 1, 0, 1, 1, 1, 0, 3<<4 | 1, 2, 4, 0, 0, 0}, []byte{1, 0, 0, 2, 0, 0, 1, 3 << 1})
	f.Add([]byte{1, 1, 0, 1}, []byte{1, 0, 0, 2, 0, 255, 255, 255, 255, 15, 0})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var h Holding
		if h.Apply(first) != nil || h.Apply(second) != nil {
			return
		}
		if h.Positions > len(second) {
			t.Errorf("%d positions in %d bytes", h.Positions, len(second))
		}
		for section, held := range h.Sections {
			for worker := range held {
				if worker < 0 || worker > tracking.MaxWorker {
					t.Errorf("section %d holds worker %d", section, worker)
				}
			}
		}
	})
}

// FuzzControl: whatever a client says is either refused or within its limits.
func FuzzControl(f *testing.F) {
	for _, seed := range []string{
		`{"op":"events","cursor":"AAAA"}`, `{"op":"view","bbox":[116,37,117,38],"zoom":14.2,"detail":"auto"}`,
		`{"op":"follow","workers":[17,204]}`, `{"op":"pace","hidden":true}`, `{"op":"ping","id":7}`, `{"op":"view","bbox":[1e400,0,0,0]}`, `[]`, `{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := decodeControl(b)
		if err != nil {
			return
		}
		v := c.view()
		if len(c.Workers) > FollowLimit && c.Op == opFollow || c.Op == opView && v.box != nil && v.box.IsEmpty() {
			t.Errorf("%s was taken", b)
		}
		if c.Op == opView && v.box != nil {
			l := newLattice(*v.box)
			if w := l.window(*v.box); w.c0 > w.c1 || w.r0 > w.r1 || w.c0 < 0 || w.r1 >= latticeSide {
				t.Errorf("%s has the window %+v", b, w)
			}
		}
	})
}

// FuzzMotions: packed batches of other nodes are read back as they were, or refused.
func FuzzMotions(f *testing.F) {
	f.Add(AppendMotions(nil, []tracking.Motion{{Worker: 1, Lon: -5, Lat: 7, At: 9, Seen: -11, Grid: 13, Speed: 1, Course: 2, Accuracy: 3, Battery: 4, Flags: 5}}))
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		batch, err := ReadMotions(nil, b)
		if (err != nil) != (len(b)%PackedMotion != 0) {
			t.Fatalf("%d bytes: %v", len(b), err)
		}
		if err == nil && !bytes.Equal(AppendMotions(nil, batch), b) {
			t.Error("read back differently")
		}
		tracking.NewTable().Apply(batch)
	})
}

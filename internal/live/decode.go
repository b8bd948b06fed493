package live

import (
	"encoding/binary"
	"errors"
	"math"

	"wangge/internal/tracking"
)

// Position is one worker's position as a client holds it.
type Position struct {
	Lon, Lat int32 // 1e-6 degree
	At       int64 // when the fix was made, ms since 1970 UTC, to 100 ms
	Course   uint8 // 360/255 degree; 255 unknown
	Speed    uint8 // 0.25 m/s; 255 unknown
	State    tracking.State
}

// Holding is what a client has been told: per section the position of each worker. Its zero value holds nothing.
type Holding struct {
	Now       int64  // server time of the last frame, ms since 1970 UTC
	Tick      uint64 // of the last frame
	Positions int    // upserts in the last frame
	Sections  map[uint64]map[int32]Position

	// Changed, if set, is called for each upsert in the order of the frame.
	Changed func(section uint64, worker int32, p Position)
}

// Errors of Apply. A frame that gives one leaves the holding in a state that must be thrown away.
var (
	ErrFrame    = errors.New("live: not a binary frame of " + Protocol)
	ErrBaseline = errors.New("live: a difference to a position that is not held")
)

// Apply takes one binary frame.
func (h *Holding) Apply(frame []byte) error {
	r := reader{b: frame}
	if r.byte() != frameVersion {
		return ErrFrame
	}
	flags := r.byte()
	now, tick := r.uvarint(), r.uvarint()
	if r.bad || flags&^flagEverything != 0 || now > math.MaxInt64 {
		return ErrFrame
	}
	h.Now, h.Tick, h.Positions = int64(now), tick, 0
	if h.Sections == nil || flags&flagEverything != 0 {
		h.Sections = map[uint64]map[int32]Position{}
	}
	for len(r.b) > 0 {
		if err := h.section(&r); err != nil {
			return err
		}
	}
	return nil
}

func (h *Holding) section(r *reader) error {
	c, upserts, removals := r.uvarint(), r.uvarint(), r.uvarint()
	section := c >> 1
	held := h.Sections[section]
	if held == nil || c&sectionKeyframe != 0 {
		held = map[int32]Position{}
		h.Sections[section] = held
	}
	if r.bad || upserts > uint64(len(r.b)) || removals > uint64(len(r.b)) {
		return ErrFrame
	}
	worker := int32(0)
	for range upserts {
		if section == SectionView {
			worker = 0 // its heads have the handle itself
		}
		if err := h.upsert(r, section, held, &worker); err != nil {
			return err
		}
	}
	h.Positions += int(upserts)
	worker = 0
	for range removals {
		v := r.uvarint()
		if r.bad || !advance(&worker, v>>removalGap) {
			return ErrFrame
		}
		delete(held, worker)
	}
	return nil
}

func (h *Holding) upsert(r *reader, section uint64, held map[int32]Position, worker *int32) error {
	head := r.uvarint()
	if r.bad || !advance(worker, head>>headGap) {
		return ErrFrame
	}
	p, known := held[*worker]
	switch {
	case head&headFull != 0:
		p.Lon, p.Lat = int32(r.varint()), int32(r.varint())
	case !known:
		return ErrBaseline
	case head&headMoved != 0:
		p.Lon, p.Lat = p.Lon+int32(r.varint()), p.Lat+int32(r.varint())
	}
	p.At = h.Now - int64(r.uvarint())*ageUnit
	p.Course, p.Speed, p.State = r.byte(), r.byte(), tracking.State(head>>headState&3)
	if r.bad {
		return ErrFrame
	}
	held[*worker] = p
	if h.Changed != nil {
		h.Changed(section, *worker, p)
	}
	return nil
}

// advance moves to the next handle; handles are within what a tracking.Table takes.
func advance(worker *int32, gap uint64) bool {
	if gap > tracking.MaxWorker || int64(*worker)+int64(gap) > tracking.MaxWorker {
		return false
	}
	*worker += int32(gap)
	return true
}

// reader takes numbers off a frame; what it returns after bad is set means nothing.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

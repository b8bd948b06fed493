package live

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"wangge/internal/area"
	"wangge/internal/tracking"
)

// countLevel is the level at which a client is told counts.
type countLevel uint8

const (
	countNone countLevel = iota
	countSubdistrict
	countCommunity
)

// digits is how much of a grid's code names the area of the level.
var digits = [...]int{countSubdistrict: area.CodeLength[area.Subdistrict], countCommunity: area.CodeLength[area.Community]}

var levelNames = [...]string{countSubdistrict: string(area.Subdistrict), countCommunity: string(area.Community)}

func levelAt(zoom float64) countLevel {
	if zoom >= ZoomCommunity {
		return countCommunity
	}
	return countSubdistrict
}

// boardKey names what is counted: the workers visible in a scope, by areas of a level.
type boardKey struct {
	scope string
	level countLevel
}

// board is the counts for one key, made once for all who see them.
type board struct {
	clients int
	areas   []byte // as last made
	message []byte
	serial  uint64 // grows when areas change
}

// toldCounts is what a client has been told of its board.
type toldCounts struct {
	board  *board
	serial uint64
}

// areaCount is one area in a counts message: workers on shift by their state.
type areaCount struct {
	Code  string `json:"code"`
	Live  int    `json:"live"`
	Stale int    `json:"stale"`
	Lost  int    `json:"lost"`
}

// watchCounts puts a client before the board of its scope and level.
func (h *Hub) watchCounts(c *client, level countLevel) {
	if c.gaze.level == level {
		return
	}
	scope := c.principal.Scope
	if old := c.told.board; old != nil {
		if old.clients--; old.clients == 0 {
			delete(h.boards, boardKey{scope, c.gaze.level})
		}
	}
	c.gaze.level, c.told = level, toldCounts{}
	if level == countNone {
		return
	}
	key := boardKey{scope, level}
	b := h.boards[key]
	if b == nil {
		b = &board{}
		h.boards[key] = b
	}
	b.clients++
	c.told.board = b
}

// count renews the boards when it is time, and queues for each client what it hasn't been told. A client with a full socket is told the
// newest counts later.
func (h *Hub) count(now time.Time) {
	if len(h.boards) == 0 {
		return
	}
	renew := now.Sub(h.counted) >= CountsEvery
	if renew {
		h.counted = now
	}
	for key, b := range h.boards {
		if renew || b.message == nil {
			h.fill(key, b, now)
		}
	}
	for _, c := range h.everyone() {
		if b := c.told.board; b != nil && c.told.serial != b.serial && c.offer(b.message) {
			c.told.serial = b.serial
		}
	}
}

// offer queues a message that may as well come later; false when the client is not keeping up.
func (c *client) offer(m []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flushing || c.ending || c.over {
		return false
	}
	c.push(m)
	return true
}

// fill counts the workers visible in the scope by where they are now. Who is outside of the scope or of the district is in no area.
func (h *Hub) fill(key boardKey, b *board, now time.Time) {
	index, counts := h.opts.Areas(), map[string]*[3]int{}
	codes := map[int32]*[3]int{} // by grid: its area's counts, or nil
	for worker := range h.present {
		q := &h.present[worker]
		if q.cell == noCell || !inScope(key.scope, h.people[worker].area) {
			continue
		}
		grid := h.grid[worker]
		c, known := codes[grid]
		if !known {
			if code := codeAt(index, grid, key.level); code != "" && (strings.HasPrefix(code, key.scope) || strings.HasPrefix(key.scope, code)) {
				if c = counts[code]; c == nil {
					c = new([3]int)
					counts[code] = c
				}
			}
			codes[grid] = c
		}
		if c != nil && q.state < tracking.Off {
			c[q.state]++
		}
	}
	b.show(counts, key.level, now)
}

// codeAt is the code of the area of a level in which a grid lies; empty when there is none.
func codeAt(index *area.Index, grid int32, level countLevel) string {
	a := index.ByID(grid)
	if a == nil || len(a.Code) < digits[level] {
		return ""
	}
	return a.Code[:digits[level]]
}

// show makes the board's message, if it differs from the one before.
func (b *board) show(counts map[string]*[3]int, level countLevel, now time.Time) {
	areas := make([]areaCount, 0, len(counts))
	for code, c := range counts {
		areas = append(areas, areaCount{Code: code, Live: c[tracking.Live], Stale: c[tracking.Stale], Lost: c[tracking.Lost]})
	}
	slices.SortFunc(areas, func(a, b areaCount) int { return strings.Compare(a.Code, b.Code) })
	encoded := mustJSON(areas)
	if bytes.Equal(encoded, b.areas) {
		return
	}
	b.areas = encoded
	b.serial++
	b.message = message(opText, mustJSON(countsMessage{T: "counts", Now: now.UnixMilli(), Level: levelNames[level], Areas: json.RawMessage(encoded)}))
}

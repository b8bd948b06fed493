package live

import (
	"encoding/json"
	"slices"

	"github.com/paulmach/orb"

	"wangge/internal/fault"
)

// What the client says (docs/protocol.md §2).
const (
	opEvents = "events"
	opView   = "view"
	opFollow = "follow"
	opPace   = "pace"
	opEcho   = "ping"
	opCanary = "canary"
)

// How detailed a view is.
const (
	DetailAuto      = "auto"      // positions from ZoomPositions on, counts below
	DetailPositions = "positions" // always positions
	DetailCounts    = "counts"    // always counts
	DetailNone      = "none"      // neither
)

// Zooms from which on a view is told more (zoom as in Web Mercator maps with tiles of 512 pixels).
const (
	ZoomPositions = 13   // positions instead of counts
	ZoomCommunity = 10.5 // counts per community instead of per subdistrict
)

// Limits of what a client may say.
const (
	MessageLimit = 16 << 10 // bytes of one message
	FollowLimit  = 50       // followed workers
)

// control is one message of a client. Which fields mean something depends on Op.
type control struct {
	Op      string    `json:"op"`
	Cursor  string    `json:"cursor"`
	BBox    []float64 `json:"bbox"` // west, south, east, north; degrees
	Zoom    float64   `json:"zoom"`
	Detail  string    `json:"detail"`
	Workers []int32   `json:"workers"`
	Hidden  bool      `json:"hidden"`
	On      bool      `json:"on"`
	ID      int64     `json:"id"`
}

// decodeControl reads a message of a client and checks everything that can be wrong with it alone.
func decodeControl(b []byte) (control, error) {
	var c control
	if err := json.Unmarshal(b, &c); err != nil {
		return c, fault.New(fault.Invalid, "live.message", "the message is not a JSON object of this protocol").Because(err)
	}
	switch c.Op {
	case opEvents, opPace, opEcho, opCanary:
		return c, nil
	case opView:
		return c, c.checkView()
	case opFollow:
		if len(c.Workers) > FollowLimit {
			return c, fault.New(fault.Invalid, "live.follow", "too many workers are to be followed", "most", FollowLimit)
		}
		slices.Sort(c.Workers)
		c.Workers = slices.Compact(c.Workers)
		return c, nil
	default:
		return c, fault.New(fault.Invalid, "live.op", "unknown op", "op", c.Op)
	}
}

func (c *control) checkView() error {
	switch c.Detail {
	case "":
		c.Detail = DetailAuto
	case DetailAuto, DetailPositions, DetailCounts, DetailNone:
	default:
		return fault.New(fault.Invalid, "live.detail", "unknown detail", "detail", c.Detail)
	}
	if c.BBox == nil {
		return nil
	}
	if len(c.BBox) != 4 || c.BBox[0] > c.BBox[2] || c.BBox[1] > c.BBox[3] {
		return fault.New(fault.Invalid, "live.bbox", "bbox must be [west, south, east, north] with west ≤ east and south ≤ north")
	}
	return nil
}

// view is what a client looks at.
type view struct {
	box    *orb.Bound // nil: the whole scope
	zoom   float64
	detail string
}

func (c *control) view() view {
	v := view{zoom: c.Zoom, detail: c.Detail}
	if c.BBox != nil {
		v.box = &orb.Bound{Min: orb.Point{c.BBox[0], c.BBox[1]}, Max: orb.Point{c.BBox[2], c.BBox[3]}}
	}
	return v
}

// positions tells whether the view asks for positions.
func (v *view) positions() bool {
	return v.detail == DetailPositions || v.detail == DetailAuto && v.zoom >= ZoomPositions
}

// counts tells whether the view asks for counts.
func (v *view) counts() bool {
	return v.detail == DetailCounts || v.detail == DetailAuto && v.zoom < ZoomPositions
}

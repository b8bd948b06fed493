package live

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"wangge/internal/area"
	"wangge/internal/event"
	"wangge/internal/tracking"
)

// sink is a socket that takes everything.
type sink struct{}

func (sink) try(b []byte) (int, error) { return len(b), nil }
func (sink) wait([]byte) error         { return nil }

// benchHub is a hub with 10,000 workers on the map and that many viewers whose sockets take everything at no cost.
func benchHub(b *testing.B, viewers int, look func(i int) view) (h *Hub, walk func(tick int)) {
	table, index := tracking.NewTable(), testAreas(b)
	h = New(Options{
		Broker: NewMemoryBroker(table), Table: table, Directory: &crowd{off: map[int32]bool{}, area: map[int32]string{}}, Log: newMemoryLog(),
		Areas: func() *area.Index { return index }, MaxPerAccount: 1 << 20,
	})
	for i := range viewers {
		c := &client{hub: h, principal: operator(testDistrict), socket: sink{}, gone: make(chan struct{}), room: make(chan struct{}, 1), pinged: time.Now().UnixMilli()}
		c.heard.Store(1 << 60)
		c.want.view = look(i)
		h.join(c)
	}
	var batch []tracking.Motion
	walk = func(tick int) { // a quarter of the workers moves with each tick
		batch = batch[:0]
		now := time.Now().UnixMilli()
		for w := int32(1 + tick%4); w <= 10_000; w += 4 {
			batch = append(batch, tracking.Motion{
				Worker: w, Lon: int32(west*1e7) + w*397 + int32(tick)*100, Lat: int32(south*1e7) + (w*7919%10_000)*390, At: now, Seen: now, Speed: 120,
			})
		}
		table.Apply(batch)
	}
	for tick := range 4 {
		walk(tick)
	}
	h.tick(time.Now(), 1)
	return h, walk
}

func everything(int) view { return view{detail: DetailPositions} }

func smallView(i int) view {
	w, s := west+0.34*float64(i%97)/97, south+0.34*float64(i%89)/89
	return view{detail: DetailPositions, box: &orb.Bound{Min: orb.Point{w, s}, Max: orb.Point{w + 0.0566, s + 0.0566}}} // 1/50
}

func benchTicks(b *testing.B, viewers int, look func(i int) view) {
	h, walk := benchHub(b, viewers, look)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		walk(i)
		h.tick(time.Now(), uint64(i+2))
	}
}

// BenchmarkTickEncode is a tick of 10,000 workers at 1 Hz (2,500 changes) with one viewer: table, encoding, frame.
func BenchmarkTickEncode(b *testing.B) { benchTicks(b, 1, everything) }

// BenchmarkTickWhole is the same with 1,000 viewers of everything, without the sockets.
func BenchmarkTickWhole(b *testing.B) { benchTicks(b, 1000, everything) }

// BenchmarkTickViews is the same with 1,000 viewers, each with a view of its own of 1/50 of the district: the frames put together.
func BenchmarkTickViews(b *testing.B) { benchTicks(b, 1000, smallView) }

// BenchmarkKeyframe is everything anew for one viewer.
func BenchmarkKeyframe(b *testing.B) {
	h, _ := benchHub(b, 1, everything)
	s := h.fast.streams[testDistrict]
	b.ReportAllocs()
	for b.Loop() {
		s.prepare(h.areaOf)
		s.keyframe()
	}
}

// BenchmarkEventFanout gives a batch of 20 events to 1,000 viewers of 20 scopes.
func BenchmarkEventFanout(b *testing.B) {
	h, _ := benchHub(b, 1000, everything)
	for i, c := range h.everyone() {
		c.principal.Scope = fmt.Sprintf("%s%03d", testDistrict, i%20)
		h.tail.admit(c)
	}
	server := &server{hub: h}
	id := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		for i := range 20 {
			id++
			e := event.Event{
				Cursor: event.Cursor{XID: uint64(id), ID: id}, Kind: event.IncidentReported, EntityID: fmt.Sprint(id), Version: 1,
				Area: fmt.Sprintf("%s%03d0010001", testDistrict, i), At: time.Now(), Data: json.RawMessage(`{"text":"路灯不亮","class":"lamp"}`),
			}
			h.tail.fresh = append(h.tail.fresh, entry{event: e, item: encodeEvent(&e)})
		}
		h.tail.flush()
		for clients := range slices.Chunk(h.everyone(), portion) {
			server.serve(clients, time.Now().UnixMilli(), false)
		}
	}
}

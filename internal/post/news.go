package post

import (
	"encoding/json"
	"strconv"
	"time"

	"wangge/internal/event"
)

// Kinds of event about shifts that change the roster only, beside event.ShiftStarted and event.ShiftEnded, which are written at the
// moment they take effect. Directories follow all of them.
const (
	ShiftRostered  = "shift.rostered"  // a shift was entered that is not in effect now
	ShiftCancelled = "shift.cancelled" // a shift was taken out before it began
	ShiftCorrected = "shift.corrected" // a shift that is yet to begin has other times now
)

// ShiftView is a shift as the live stream shows it: the data of every shift event, and an item of a page's first picture.
type ShiftView struct {
	ID      int64      `json:"id"`
	Worker  int32      `json:"worker"`
	Code    string     `json:"code"`
	Name    string     `json:"name"`
	Duty    Duty       `json:"duty"`
	Area    string     `json:"area"`
	From    time.Time  `json:"from"`
	To      *time.Time `json:"to,omitempty"`
	Version int64      `json:"version"`
}

// View shows a shift with its worker to the world. Times are UTC.
func (s Shift) View(w Worker) ShiftView {
	v := ShiftView{ID: s.ID, Worker: w.ID, Code: w.Code, Name: w.Name, Duty: w.Duty, Area: w.Area, From: s.From.UTC(), Version: s.Version}
	if !s.To.IsZero() {
		to := s.To.UTC()
		v.To = &to
	}
	return v
}

// workerNews is the Data of worker.changed. The phone is masked.
type workerNews struct {
	ID    int32  `json:"id"`
	Code  string `json:"code"`
	Name  string `json:"name"`
	Phone string `json:"phone,omitempty"`
	Duty  Duty   `json:"duty"`
	Area  string `json:"area"`
	Left  bool   `json:"left,omitempty"`
}

// shiftEvent makes the event of one kind about a shift.
func shiftEvent(kind, actor string, at time.Time) News {
	return func(w Worker, s Shift) event.Event {
		return event.Event{
			Kind: kind, Entity: "shift", EntityID: strconv.FormatInt(s.ID, 10), Version: s.Version,
			Area: w.Area, At: at, Actor: actor, Data: mustJSON(s.View(w)),
		}
	}
}

// addedEvent tells of a new shift: as begun when it is in effect, otherwise as rostered.
func addedEvent(actor string, now time.Time) News {
	started, rostered := shiftEvent(event.ShiftStarted, actor, now), shiftEvent(ShiftRostered, actor, now)
	return func(w Worker, s Shift) event.Event {
		if s.Covers(now) {
			return started(w, s)
		}
		return rostered(w, s)
	}
}

func workerEvent(actor string, at time.Time) func(Worker) event.Event {
	return func(w Worker) event.Event {
		return event.Event{
			Kind: event.WorkerChanged, Entity: "worker", EntityID: strconv.Itoa(int(w.ID)), Version: w.Version,
			Area: w.Area, At: at, Actor: actor,
			Data: mustJSON(workerNews{ID: w.ID, Code: w.Code, Name: w.Name, Phone: MaskPhone(w.Phone), Duty: w.Duty, Area: w.Area, Left: w.Left}),
		}
	}
}

func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs of strings, numbers and times of this century
	}
	return b
}

package live

import (
	"encoding/json"

	"wangge/internal/post"
)

// identityBatch is how many workers one identity message tells of, so that a message stays a few kilobytes.
const identityBatch = 200

// person is what the hub knows of a worker beside the position.
type person struct {
	area     string // where the worker is posted: decides who may see the worker
	version  int64
	identity []byte // one item of an identity message; nil when the worker was never on the map
}

// identityItem is one worker in an identity message.
type identityItem struct {
	ID   int32     `json:"id"`
	Name string    `json:"name"`
	Duty post.Duty `json:"duty"`
	Area string    `json:"area"`
}

func newPerson(w post.Worker) person {
	return person{area: w.Area, version: w.Version, identity: mustJSON(identityItem{ID: w.ID, Name: w.Name, Duty: w.Duty, Area: w.Area})}
}

// identities makes the messages that tell who the workers are.
func (h *Hub) identities(workers []int32) (messages [][]byte) {
	const head, tail = `{"t":"identity","workers":[`, "]}"
	for len(workers) > 0 {
		n := min(identityBatch, len(workers))
		size := headerRoom + len(head) + len(tail)
		for _, w := range workers[:n] {
			size += len(h.people[w].identity) + 1
		}
		b, at := beginMessage(make([]byte, 0, size))
		b = append(b, head...)
		for i, w := range workers[:n] {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, h.people[w].identity...)
		}
		messages = append(messages, endMessage(append(b, tail...), at, opText))
		workers = workers[n:]
	}
	return messages
}

// introductions are the messages that tell of everybody in the stream's scope; shared by all who know nobody yet.
func (h *Hub) introductions(s *stream) [][]byte {
	r := s.roster
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed || r.made == nil {
		members := make([]int32, 0, r.count)
		s.eachMember(func(w int32) { members = append(members, w) })
		r.made, r.changed = h.identities(members), false
	}
	return r.made
}

// arrivals are the messages that tell of those who came into the scope with this tick; shared by all who know none of them.
func (h *Hub) arrivals(s *stream) [][]byte {
	s.welcome.Do(func() { s.arrived = h.identities(s.newcomer) })
	return s.arrived
}

// mustJSON encodes plain structs of strings and numbers, which cannot fail.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

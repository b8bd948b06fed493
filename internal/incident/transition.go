package incident

import (
	"slices"

	"wangge/internal/fault"
	"wangge/internal/identity"
)

// transition is one step of the loop and who may take it.
type transition struct {
	from, to State
	by       []identity.Role
}

// transitions is the whole loop: what isn't here cannot happen (domain.md §1, first form).
var transitions = []transition{
	{Reported, Dispatched, []identity.Role{identity.Operator, identity.Dispatcher, identity.Community}},
	{Dispatched, Handling, []identity.Role{identity.Operator, identity.Dispatcher, identity.Community, identity.GridWorker, identity.Department}},
	{Handling, Closed, []identity.Role{identity.Operator, identity.Dispatcher, identity.Community}},
}

// States lists every state in the order of the loop.
var States = []State{Reported, Dispatched, Handling, Closed}

// Next lists where an incident in this state can go at all.
func Next(from State) []State {
	next := []State{}
	for _, t := range transitions {
		if t.from == from {
			next = append(next, t.to)
		}
	}
	return next
}

// Moves lists where this role may move an incident in this state.
func Moves(role identity.Role, from State) []State {
	moves := []State{}
	for _, t := range transitions {
		if t.from == from && slices.Contains(t.by, role) {
			moves = append(moves, t.to)
		}
	}
	return moves
}

// checkMove tells why the role may not move an incident so: Conflict "incident.transition", naming what is allowed, when the loop has no
// such step; Forbidden "incident.role" when the step is somebody else's.
func checkMove(role identity.Role, from, to State) error {
	if next := Next(from); !slices.Contains(next, to) {
		return fault.New(fault.Conflict, "incident.transition", "the incident cannot go from here to there", "from", from, "to", to, "allowed", next)
	}
	if !slices.Contains(Moves(role, from), to) {
		return fault.New(fault.Forbidden, "incident.role", "this step is not yours", "from", from, "to", to, "role", role)
	}
	return nil
}

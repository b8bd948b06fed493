package area

import (
	"context"
	"time"
)

// State is everything that is kept about a district's areas, as of one revision. Slices are in the order of codes; streets in that of
// names.
type State struct {
	Revision   int64 // number of the import that made it; 0 when nothing was ever imported
	Areas      []Area
	Buildings  []Building
	Facilities []Facility
	Streets    []Street
}

// Change is what an import writes. A kind that is nil stays; a kind that is not is the whole of its kind from now on.
type Change struct {
	Base       int64     // the revision that the change was worked out from
	At         time.Time // UTC
	Actor      string
	Source     string
	SHA256     []byte
	Summary    Summary
	Areas      []Area
	Buildings  []Building
	Facilities []Facility
	Streets    []Street
}

// Store keeps areas.
type Store interface {
	// LoadAreas reads everything, as one consistent state.
	LoadAreas(ctx context.Context) (State, error)

	// SaveAreas writes a change, with an area.changed event whose version is the new revision, in one transaction: all of it or
	// nothing. An area keeps its id as long as its code stays; its version grows when anything about it differs. When the state has
	// gone past c.Base meanwhile, the answer is a fault.Conflict and nothing has happened.
	SaveAreas(ctx context.Context, c Change) (revision int64, err error)
}

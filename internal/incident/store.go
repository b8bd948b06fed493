package incident

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"wangge/internal/fault"
)

// Store is what incidents need of storage. A change, its timeline entry, its event and its audit entry are one transaction.
type Store interface {
	// Report gives the incident its id and its code, writes it as version 1, and answers it as written.
	Report(ctx context.Context, i Incident) (Incident, error)
	// Incident finds one; NotFound when there is none.
	Incident(ctx context.Context, id int64) (Incident, error)
	// Timeline lists the entries of one incident, oldest first.
	Timeline(ctx context.Context, id int64) ([]Entry, error)
	// Incidents lists the newest reports first.
	Incidents(ctx context.Context, f Filter) ([]Incident, error)
	// Search finds incidents, open ones first, then the newest.
	Search(ctx context.Context, s Search) ([]Incident, error)
	// Figures counts the incidents of an area; today is when the district day began.
	Figures(ctx context.Context, area string, today time.Time, pressing []Severity) (Figures, error)
	// Update lets change work on the locked incident and make the timeline entry, and writes both with the next version. An error of
	// change is passed on and nothing has happened.
	Update(ctx context.Context, id int64, change func(*Incident) (Entry, error)) (Incident, error)
}

// Filter says which incidents are wanted. Empty fields don't restrict.
type Filter struct {
	Scope  string // area code: of the asking account
	Area   string // area code
	States []State
	Class  string
	Open   *bool  // only open, or only closed ones
	Text   string // part of the code, text or address
	After  Place  // those that come behind this place
	Limit  int
}

// Place is where an incident stands in a list: newest report first, and of one moment the higher id first.
type Place struct {
	At time.Time
	ID int64
}

// PlaceOf tells where an incident stands.
func PlaceOf(i Incident) Place { return Place{At: i.ReportedAt, ID: i.ID} }

// String is the opaque form that clients keep; empty for the zero place.
func (p Place) String() string {
	if p == (Place{}) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", p.At.UnixMicro(), p.ID))
}

// ParsePlace reads the opaque form. The empty string is the zero place; anything that String did not write is Invalid.
func ParsePlace(s string) (Place, error) {
	if s == "" {
		return Place{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	at, id, found := strings.Cut(string(raw), ".")
	micros, badAt := strconv.ParseInt(at, 10, 64)
	number, badID := strconv.ParseInt(id, 10, 64)
	if err != nil || !found || badAt != nil || badID != nil {
		return Place{}, fault.New(fault.Invalid, "page.after", "this is no place in the list").WithField("after", "page", "not one that was given out")
	}
	return Place{At: time.UnixMicro(micros).UTC(), ID: number}, nil
}

package incident

import (
	"context"
	"strings"
	"time"

	"wangge/internal/fault"
	"wangge/internal/identity"
)

// SearchBack is how long after its report a closed incident is still found by searching; open ones always are.
const SearchBack = 90 * 24 * time.Hour

// Search says which incidents are looked for: those with Text in code, text or address, or of one of Classes.
type Search struct {
	Scope   string // area code
	Text    string
	Classes []string
	Since   time.Time // closed ones reported before are left out
	Limit   int
}

// Search finds incidents in the principal's scope that have text in code, text or address, or belong to one of the classes: open ones
// first, then the newest, at most limit. Closed ones older than SearchBack are not found.
func (s *Service) Search(ctx context.Context, by identity.Principal, text string, classes []string, limit int) (found []Incident, err error) {
	defer fault.Wrap(&err, "incident.Search")
	text = strings.TrimSpace(text)
	if by.Scope == "" || text == "" {
		return nil, nil
	}
	return s.store.Search(ctx, Search{Scope: by.Scope, Text: text, Classes: classes, Since: s.clock().Add(-SearchBack), Limit: limit})
}

// Figures are counts of an area's incidents.
type Figures struct {
	Open          int // now
	Pressing      int // open, urgent or worse
	Waiting       int // open and nobody sent yet
	ReportedToday int // district day; so for the next
	ClosedToday   int
}

// Pressing are the severities that somebody should be on the way for.
var Pressing = []Severity{Urgent, Critical}

// DayStart is when the district day of an instant began, UTC.
func DayStart(t time.Time) time.Time {
	y, m, d := t.In(districtTime).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, districtTime).UTC()
}

// Figures counts the incidents of an area in the principal's scope; of an area outside it there are none.
func (s *Service) Figures(ctx context.Context, by identity.Principal, area string) (f Figures, err error) {
	defer fault.Wrap(&err, "incident.Figures(%s)", area)
	if !by.Sees(area) {
		return f, nil
	}
	return s.store.Figures(ctx, area, DayStart(s.clock()), Pressing)
}

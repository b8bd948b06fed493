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

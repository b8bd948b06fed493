// Package savedfilter keeps the filters of lists that people have given a name. Everybody has their own and sees no others'.
//
// What a filter says is the page's business: it is kept as the text that the page writes into the address bar.
package savedfilter

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"wangge/internal/fault"
	"wangge/internal/identity"
)

// Limits of what one account may keep.
const (
	MaxName   = 40  // characters
	MaxFilter = 500 // bytes
	MaxKept   = 30  // filters of one account
)

// Filter is one saved filter. An account has one of each name.
type Filter struct {
	Name    string
	Filter  string // as the page writes it into the address bar
	SavedAt time.Time
}

// Store is what saved filters need of storage. A change and its audit entry are one transaction.
type Store interface {
	// SavedFilters lists an account's filters by name.
	SavedFilters(ctx context.Context, account int64) ([]Filter, error)
	// SaveFilter writes a filter over the one of the same name, and gives false, having changed nothing, when the account would have more
	// than most.
	SaveFilter(ctx context.Context, account int64, f Filter, most int) (bool, error)
	// DeleteFilter forgets the filter of that name and tells whether there was one.
	DeleteFilter(ctx context.Context, account int64, name string, at time.Time) (bool, error)
}

// Service is what one can do with one's own filters.
type Service struct {
	Store Store
	Now   func() time.Time
}

// List lists the principal's filters by name.
func (s *Service) List(ctx context.Context, by identity.Principal) (filters []Filter, err error) {
	defer fault.Wrap(&err, "savedfilter.List")
	return s.Store.SavedFilters(ctx, by.AccountID)
}

// Save keeps a filter under its name, over an earlier one. Broken input is Invalid and names the fields; more than MaxKept of them are
// Conflict "filter.too_many".
func (s *Service) Save(ctx context.Context, by identity.Principal, f Filter) (_ Filter, err error) {
	defer fault.Wrap(&err, "savedfilter.Save(%q)", f.Name)
	bad := fault.New(fault.Invalid, "filter.invalid", "the filter cannot be saved so")
	if f.Name = strings.TrimSpace(f.Name); f.Name == "" || utf8.RuneCountInString(f.Name) > MaxName {
		bad.WithField("name", "length", "1 to 40 characters")
	}
	if f.Filter == "" || len(f.Filter) > MaxFilter {
		bad.WithField("filter", "length", "1 to 500 bytes")
	}
	if len(bad.Fields) > 0 {
		return f, bad
	}
	f.SavedAt = s.Now().UTC().Truncate(time.Microsecond)
	saved, err := s.Store.SaveFilter(ctx, by.AccountID, f, MaxKept)
	if err == nil && !saved {
		err = fault.New(fault.Conflict, "filter.too_many", "an account keeps at most so many filters", "limit", MaxKept)
	}
	return f, err
}

// Delete forgets a filter; NotFound when there is none of that name.
func (s *Service) Delete(ctx context.Context, by identity.Principal, name string) (err error) {
	defer fault.Wrap(&err, "savedfilter.Delete(%q)", name)
	there, err := s.Store.DeleteFilter(ctx, by.AccountID, name, s.Now().UTC().Truncate(time.Microsecond))
	if err == nil && !there {
		err = fault.New(fault.NotFound, "filter.missing", "there is no filter of that name")
	}
	return err
}

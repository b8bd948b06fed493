package catalog

import (
	"context"
	"fmt"
	"slices"

	"wangge/internal/fault"
)

// Store keeps the classes.
type Store interface {
	// SeedClasses adds those that aren't there yet and leaves the others as they are. Several nodes may do it at once.
	SeedClasses(ctx context.Context, classes []Class) error
	// Classes reads all, in the order of Sort.
	Classes(ctx context.Context) ([]Class, error)
}

// Service answers from memory; it never changes after Open and may be used from many goroutines.
type Service struct {
	classes []Class
	byCode  map[string]Class
}

// Open seeds the shipped classes and reads what the district has made of them. Two classes in force with one code are an error.
func Open(ctx context.Context, store Store) (s *Service, err error) {
	defer fault.Wrap(&err, "catalog.Open")
	if err := store.SeedClasses(ctx, Shipped()); err != nil {
		return nil, err
	}
	classes, err := store.Classes(ctx)
	if err != nil {
		return nil, err
	}
	return New(classes)
}

// New makes the service of these classes.
func New(classes []Class) (*Service, error) {
	s := &Service{classes: slices.Clone(classes), byCode: make(map[string]Class, len(classes))}
	for _, c := range classes {
		if other, taken := s.byCode[c.Code]; taken {
			return nil, fmt.Errorf("class code %s is both %s %s and %s %s", c.Code, other.Standard, other.Name, c.Standard, c.Name)
		}
		s.byCode[c.Code] = c
	}
	return s, nil
}

// Classes lists every class in the order in which they are shown. The slice is the caller's.
func (s *Service) Classes() []Class { return slices.Clone(s.classes) }

// Class finds a class by its code.
func (s *Service) Class(code string) (Class, bool) {
	c, ok := s.byCode[code]
	return c, ok
}

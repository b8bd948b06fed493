package post

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wangge/internal/fault"
	"wangge/internal/identity"
)

// MaxWorkers is how many workers may be saved in one request.
const MaxWorkers = 5000

// SaveWorkers creates or changes workers, each found by its Code: all of them, or none. Both the area a worker was posted to and the new
// one must lie in the caller's scope. A fault of kind Invalid names every offending row in Fields ("workers[3].area"). The answer has
// the workers as they are now, in the same order. A phone that is the masked form of the stored one leaves it as it is. Somebody who is on
// shift, or is going to be, cannot have left.
func (s *Service) SaveWorkers(ctx context.Context, by identity.Principal, workers []Worker) (saved []Worker, err error) {
	defer fault.Wrap(&err, "post.SaveWorkers(%d)", len(workers))
	if len(workers) > MaxWorkers {
		return nil, tooManyWorkers()
	}
	workers = s.unmasked(workers)
	if err := s.checkWorkers(ctx, by, workers); err != nil {
		return nil, err
	}
	saved, err = s.store.SaveWorkers(ctx, workers, workerEvent(by.DisplayName, s.clock()))
	if err != nil {
		return nil, err
	}
	s.directory.keepWorkers(saved)
	return saved, nil
}

func tooManyWorkers() error {
	return fault.New(fault.TooLarge, "worker.too_many", fmt.Sprintf("at most %d workers in one request", MaxWorkers), "limit", MaxWorkers)
}

// unmasked puts the stored number where its masked form is given: who edits a worker sees no more of it.
func (s *Service) unmasked(workers []Worker) []Worker {
	workers = slices.Clone(workers)
	for i, w := range workers {
		if old, known := s.directory.ByCode(w.Code); known && strings.Contains(w.Phone, "*") && w.Phone == MaskPhone(old.Phone) {
			workers[i].Phone = old.Phone
		}
	}
	return workers
}

func (s *Service) checkWorkers(ctx context.Context, by identity.Principal, workers []Worker) error {
	refusal := fault.New(fault.Invalid, "worker.invalid", "some workers cannot be saved so")
	serving, err := s.serving(ctx, workers)
	if err != nil {
		return err
	}
	seen := make(map[string]bool, len(workers))
	for i, w := range workers {
		at := func(field string) string { return fmt.Sprintf("workers[%d].%s", i, field) }
		if w.Code == "" || len(w.Code) > 40 || strings.TrimSpace(w.Code) != w.Code {
			refusal.WithField(at("code"), "worker.code", "a staff number has 1 to 40 bytes without spaces around")
		} else if seen[w.Code] {
			refusal.WithField(at("code"), "worker.code_twice", "the staff number is there twice")
		}
		seen[w.Code] = true
		if n := len([]rune(w.Name)); n < 1 || n > 100 {
			refusal.WithField(at("name"), "worker.name", "a name has 1 to 100 characters")
		}
		if len(w.Phone) > 30 {
			refusal.WithField(at("phone"), "worker.phone", "a phone number has at most 30 characters")
		}
		if strings.Contains(w.Phone, "*") {
			refusal.WithField(at("phone"), "worker.phone_masked", "the number is masked; give it in full or leave it as it is")
		}
		if w.Left && serving[w.Code] {
			refusal.WithField(at("left"), "worker.on_shift", "is on shift, or is going to be")
		}
		if w.Duty != GridLeader && w.Duty != GridMember {
			refusal.WithField(at("duty"), "worker.duty", "the duty is grid_leader or grid_worker")
		}
		if code, text := s.wrongArea(by, w); code != "" {
			refusal.WithField(at("area"), code, text)
		}
	}
	if len(refusal.Fields) > 0 {
		return refusal
	}
	return nil
}

// wrongArea tells why the caller may not post this worker to this area; empty when it may.
func (s *Service) wrongArea(by identity.Principal, w Worker) (code, text string) {
	if old, known := s.directory.ByCode(w.Code); known && !by.Sees(old.Area) {
		return "worker.scope", "the worker is posted outside of your area"
	}
	if !by.Sees(w.Area) || s.areaKnown != nil && !s.areaKnown(w.Area) {
		return "area.unknown", "there is no such area"
	}
	return "", ""
}

// serving tells which of those who are said to have left are on shift or going to be, by staff number.
func (s *Service) serving(ctx context.Context, workers []Worker) (map[string]bool, error) {
	codes := map[int32]string{}
	for _, w := range workers {
		if old, known := s.directory.ByCode(w.Code); known && w.Left && !old.Left {
			codes[old.ID] = old.Code
		}
	}
	if len(codes) == 0 {
		return nil, nil
	}
	now := s.clock()
	shifts, err := s.store.Shifts(ctx, now, now.Add(rosterAhead+maxShift), slices.Collect(maps.Keys(codes))...)
	serving := map[string]bool{}
	for _, shift := range shifts {
		serving[codes[shift.WorkerID]] = true
	}
	return serving, err
}

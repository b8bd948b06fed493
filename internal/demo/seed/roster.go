package seed

import (
	"context"
	"fmt"
	"strings"
	"time"

	"wangge/internal/client"
)

// local is the district's time (China has no summer time).
var local = time.FixedZone("Asia/Shanghai", 8*60*60)

// slot is one of the three shifts of a day.
type slot struct {
	from, to int // hours after the day's midnight
	of10     int // how many of ten workers have it
}

var slots = []slot{{6, 14, 5}, {14, 22, 4}, {22, 30, 1}}

// slotOf is the shift that a worker has every day. It follows from the staff number alone, so that the roster can be carried on later.
func slotOf(code string) slot {
	mixed := number(code)
	mixed ^= mixed >> 32
	turn := int(mixed % 10)
	for _, s := range slots {
		if turn -= s.of10; turn < 0 {
			return s
		}
	}
	return slots[0]
}

// Duty hours of a worker on the days that begin (by the district's clock) from `from` on, as many as asked for.
func duties(code string, from time.Time, days int) []span {
	s := slotOf(code)
	day := from.In(local)
	spans := make([]span, days)
	for i := range spans {
		at := func(hour int) time.Time {
			return time.Date(day.Year(), day.Month(), day.Day()+i, hour, 0, 0, 0, local).UTC()
		}
		spans[i] = span{at(s.from), at(s.to)}
	}
	return spans
}

// span is a time [from, to); to is zero while it is open-ended.
type span struct{ from, to time.Time }

func (s span) overlaps(t span) bool {
	return (t.to.IsZero() || s.from.Before(t.to)) && (s.to.IsZero() || t.from.Before(s.to))
}

// roster puts the made-up workers on shift from the day before `now` until `days` after it, except where somebody is on shift already.
func (f *filling) roster(ctx context.Context, now time.Time, days int) error {
	yesterday := now.In(local).AddDate(0, 0, -1)
	wanted := make(map[int32][]span)
	for _, w := range f.workers {
		switch {
		case !w.Demo || !strings.HasPrefix(w.Code, leaderCode) && !strings.HasPrefix(w.Code, memberCode):
		case f.AlwaysOn:
			wanted[w.Id] = []span{{from: now.Add(-time.Hour).Truncate(time.Second).UTC()}}
		default:
			wanted[w.Id] = duties(w.Code, yesterday, days+2)
		}
	}
	return f.addShifts(ctx, wanted, yesterday.AddDate(0, 0, -1), now.AddDate(0, 0, days+2))
}

// addShifts adds those of the wanted shifts during which their worker is free. All lie within [from, to) or are open-ended.
func (f *filling) addShifts(ctx context.Context, wanted map[int32][]span, from, to time.Time) error {
	answer, err := f.admin.ListShiftsWithResponse(ctx, &client.ListShiftsParams{From: &from, To: &to})
	if err := client.Check(answer, err); err != nil {
		return fmt.Errorf("reading the shifts: %w", err)
	}
	taken := make(map[int32][]span)
	for _, s := range answer.JSON200.Items {
		t := span{from: s.From}
		if s.To != nil {
			t.to = *s.To
		}
		taken[s.WorkerId] = append(taken[s.WorkerId], t)
	}
	var body client.AddShifts
	for _, w := range f.workers {
		for _, s := range wanted[w.Id] {
			if !free(s, taken[w.Id]) {
				continue
			}
			body.Shifts = append(body.Shifts, struct {
				From     time.Time  `json:"from"`
				To       *time.Time `json:"to,omitempty"`
				WorkerId int32      `json:"worker_id"`
			}{From: s.from, To: optional(s.to), WorkerId: w.Id})
		}
	}
	return f.inBulk("shifts", len(body.Shifts), func(from, to int) error {
		answer, err := f.admin.AddShiftsWithResponse(ctx, nil, client.AddShifts{Shifts: body.Shifts[from:to]})
		return client.Check(answer, err)
	})
}

func free(s span, taken []span) bool {
	for _, t := range taken {
		if s.overlaps(t) {
			return false
		}
	}
	return true
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// KeepRoster carries the roster on, every few hours, until ctx ends: always for some days ahead. It goes on after errors; they are logged.
func KeepRoster(ctx context.Context, options Options) error {
	if err := options.complete(); err != nil {
		return err
	}
	every := time.NewTicker(6 * time.Hour)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
			if err := extend(ctx, options); err != nil && ctx.Err() == nil {
				options.Log.Warn("the roster could not be carried on; it is tried again in six hours", "error", err)
			}
		}
	}
}

func extend(ctx context.Context, options Options) error {
	f, err := open(ctx, options)
	if err != nil {
		return err
	}
	if err := f.readWorkers(ctx); err != nil {
		return err
	}
	return f.roster(ctx, time.Now(), options.Days)
}

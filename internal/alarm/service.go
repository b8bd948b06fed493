package alarm

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"wangge/internal/catalog"
	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/post"
	"wangge/internal/tracking"
)

// MaxNote is how long what people write may be, in characters.
const MaxNote = 500

// Dependencies are what a Service is made of.
type Dependencies struct {
	Store  Store
	People *post.Directory
	Table  *tracking.Table  // where workers were last
	Now    func() time.Time // time.Now when nil
}

// Service is what one can do with alarms.
type Service struct {
	Dependencies
}

// NewService puts a service together.
func NewService(d Dependencies) *Service {
	if d.Now == nil {
		d.Now = time.Now
	}
	return &Service{d}
}

// List lists alarms in the principal's scope, the newest first, at most f.Limit of them.
func (s *Service) List(ctx context.Context, by identity.Principal, f Filter) (alarms []Alarm, err error) {
	defer fault.Wrap(&err, "alarm.List")
	if by.Scope == "" {
		return nil, nil
	}
	f.Scope = by.Scope
	return s.Store.Alarms(ctx, f)
}

// Acknowledge notes that the principal has seen to an alarm. version is the one that was seen. Whoever comes second is told who was first:
// Conflict "alarm.acknowledged". One whose cause has ended needs nobody any more: Conflict "alarm.cleared". One outside the principal's
// scope is NotFound like one that doesn't exist.
func (s *Service) Acknowledge(ctx context.Context, by identity.Principal, id, version int64, note string) (a Alarm, err error) {
	defer fault.Wrap(&err, "alarm.Acknowledge(%d, version %d)", id, version)
	if note, err = tidy(note); err != nil {
		return a, err
	}
	return s.Store.Update(ctx, id, func(a *Alarm) error {
		switch {
		case !by.Sees(a.Area):
			return Missing()
		case !a.AcknowledgedAt.IsZero():
			return fault.New(fault.Conflict, "alarm.acknowledged", "somebody has acknowledged the alarm already",
				"by", a.AcknowledgedBy, "at", a.AcknowledgedAt.Format(time.RFC3339))
		case !a.Open():
			return fault.New(fault.Conflict, "alarm.cleared", "the alarm's cause has ended", "at", a.ClearedAt.Format(time.RFC3339))
		case a.Version != version:
			return fault.New(fault.Conflict, "alarm.version", "the alarm has changed meanwhile", "current", a.Version)
		}
		a.AcknowledgedAt, a.AcknowledgedBy, a.Note = s.clock(), by.DisplayName, note
		return nil
	})
}

// Call raises an SOS for the worker that the principal's account belongs to, with the place where the worker was last, if that is known.
// While such a call is open, calling again answers it, and raised is false. An account of no worker is Forbidden.
func (s *Service) Call(ctx context.Context, by identity.Principal, text string) (a Alarm, raised bool, err error) {
	defer fault.Wrap(&err, "alarm.Call(worker %d)", by.WorkerID)
	worker, ok := s.People.Worker(by.WorkerID)
	if by.WorkerID == 0 || !ok {
		return a, false, fault.New(fault.Forbidden, "alarm.no_worker", "this account belongs to no worker")
	}
	if text, err = tidy(text); err != nil {
		return a, false, err
	}
	now := s.clock()
	subject := Subject{Worker: worker.ID, WorkerName: worker.Name, Text: text}
	if m, on := s.Table.Get(worker.ID); on && s.People.OnShift(worker.ID, now) {
		lon, lat := float64(m.Lon)/1e7, float64(m.Lat)/1e7
		subject.Lon, subject.Lat = &lon, &lat
	}
	return s.Store.Raise(ctx, Alarm{
		Kind: SOS, Key: strconv.Itoa(int(worker.ID)), Severity: catalog.Critical, Area: worker.Area, Subject: subject, Since: now, RaisedAt: now,
	})
}

// clock is the time in the precision that storage keeps.
func (s *Service) clock() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

func tidy(text string) (string, error) {
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) > MaxNote {
		return "", fault.New(fault.Invalid, "alarm.invalid", "the note is too long").WithField("note", "length", "at most 500 characters")
	}
	return text, nil
}

// Missing is the fault for an alarm that doesn't exist, or that one may not see.
func Missing() error { return fault.New(fault.NotFound, "alarm.missing", "there is no such alarm") }

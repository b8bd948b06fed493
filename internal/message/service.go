package message

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/post"
)

// Store keeps messages. A change, its event and its audit entry are one transaction.
type Store interface {
	// Send gives the message its id, writes it as version 1, and answers it as written.
	Send(ctx context.Context, m Message) (Message, error)
	// Messages lists the newest messages to a worker first.
	Messages(ctx context.Context, worker int32, limit int) ([]Message, error)
	// Update lets change work on the locked message, and writes it with the next version when it says that something is new. An error
	// of change is passed on and nothing has happened. NotFound "message.missing" when there is no such message.
	Update(ctx context.Context, id int64, at time.Time, change func(*Message) (bool, error)) (Message, error)
}

// Service is what one can do with messages.
type Service struct {
	Store  Store
	People *post.Directory
	Now    func() time.Time // time.Now when nil
}

// Send sends a text to a worker in the sender's scope; anybody else is NotFound. A text that is empty or longer than MaxText is Invalid.
func (s *Service) Send(ctx context.Context, by identity.Principal, worker int32, text string) (m Message, err error) {
	defer fault.Wrap(&err, "message.Send(worker %d)", worker)
	to, err := s.seen(by, worker)
	if err != nil {
		return m, err
	}
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n == 0 || n > MaxText {
		return m, fault.New(fault.Invalid, "message.text", "a message has 1 to 500 characters").WithField("text", "length", "1 to 500 characters")
	}
	return s.Store.Send(ctx, Message{
		WorkerID: to.ID, Area: to.Area, SenderID: by.AccountID, Sender: by.DisplayName, Text: text, SentAt: s.clock(), Version: 1,
	})
}

// ToWorker lists the newest messages to a worker in the caller's scope, whoever sent them.
func (s *Service) ToWorker(ctx context.Context, by identity.Principal, worker int32, limit int) (list []Message, err error) {
	defer fault.Wrap(&err, "message.ToWorker(%d)", worker)
	if _, err := s.seen(by, worker); err != nil {
		return nil, err
	}
	return s.Store.Messages(ctx, worker, limit)
}

// Own lists the newest messages to the worker that the caller's account belongs to.
func (s *Service) Own(ctx context.Context, by identity.Principal, limit int) (list []Message, err error) {
	defer fault.Wrap(&err, "message.Own(worker %d)", by.WorkerID)
	if by.WorkerID == 0 {
		return nil, fault.New(fault.Forbidden, "message.no_worker", "this account belongs to no worker")
	}
	return s.Store.Messages(ctx, by.WorkerID, limit)
}

// Confirm notes the receipt of one of the caller's own messages. Somebody else's message is NotFound.
func (s *Service) Confirm(ctx context.Context, by identity.Principal, id int64, r Receipt) (m Message, err error) {
	defer fault.Wrap(&err, "message.Confirm(%d, %s)", id, r)
	now := s.clock()
	return s.Store.Update(ctx, id, now, func(m *Message) (bool, error) {
		if by.WorkerID == 0 || m.WorkerID != by.WorkerID {
			return false, Missing()
		}
		return m.Confirm(r, now), nil
	})
}

func (s *Service) seen(by identity.Principal, worker int32) (post.Worker, error) {
	w, ok := s.People.Worker(worker)
	if !ok || !by.Sees(w.Area) {
		return w, fault.New(fault.NotFound, "worker.unknown", "there is no such worker", "id", worker)
	}
	return w, nil
}

// clock is the time in the precision that storage keeps.
func (s *Service) clock() time.Time {
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	return now().UTC().Truncate(time.Microsecond)
}

// Missing is what asking for a message that isn't there is answered with.
func Missing() error {
	return fault.New(fault.NotFound, "message.missing", "there is no such message")
}

package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/message"
)

// Message is message.Store on this database.
type Message struct{ DB *DB }

var _ message.Store = Message{}

const messageColumns = "id, worker_id, area, sender_id, sender, text, sent_at, delivered_at, read_at, version"

func scanMessage(row pgx.CollectableRow) (m message.Message, err error) {
	var delivered, read *time.Time
	err = row.Scan(&m.ID, &m.WorkerID, &m.Area, &m.SenderID, &m.Sender, &m.Text, &m.SentAt, &delivered, &read, &m.Version)
	m.SentAt = m.SentAt.UTC()
	if delivered != nil {
		m.DeliveredAt = delivered.UTC()
	}
	if read != nil {
		m.ReadAt = read.UTC()
	}
	return m, err
}

// Send implements message.Store.
func (p Message) Send(ctx context.Context, m message.Message) (_ message.Message, err error) {
	defer fault.Wrap(&err, "postgres.Send")
	err = p.DB.tx(ctx, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `INSERT INTO message (worker_id, area, sender_id, sender, text, sent_at, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
			m.WorkerID, m.Area, m.SenderID, m.Sender, m.Text, m.SentAt, m.Version).Scan(&m.ID)
		if err != nil {
			return err
		}
		if err := record(ctx, tx, m.News(event.MessageSent, m.Sender, m.SentAt)); err != nil {
			return err
		}
		return keepAnswer(ctx, tx, m)
	})
	return m, err
}

// Messages implements message.Store.
func (p Message) Messages(ctx context.Context, worker int32, limit int) (list []message.Message, err error) {
	defer fault.Wrap(&err, "postgres.Messages(%d)", worker)
	rows, err := p.DB.Pool.Query(ctx, "SELECT "+messageColumns+" FROM message WHERE worker_id = $1 ORDER BY id DESC LIMIT $2", worker, limit)
	if err != nil {
		return nil, away(err)
	}
	list, err = pgx.CollectRows(rows, scanMessage)
	return list, away(err)
}

// Update implements message.Store.
func (p Message) Update(ctx context.Context, id int64, at time.Time, change func(*message.Message) (bool, error)) (m message.Message, err error) {
	defer fault.Wrap(&err, "postgres.UpdateMessage(%d)", id)
	err = p.DB.tx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT "+messageColumns+" FROM message WHERE id = $1 FOR UPDATE", id)
		if err != nil {
			return err
		}
		m, err = pgx.CollectExactlyOneRow(rows, scanMessage)
		if errors.Is(err, pgx.ErrNoRows) {
			return message.Missing()
		}
		if err != nil {
			return err
		}
		isNew, err := change(&m)
		if err != nil || !isNew {
			return err
		}
		m.Version++
		_, err = tx.Exec(ctx, "UPDATE message SET delivered_at = $2, read_at = $3, version = $4 WHERE id = $1",
			id, orNull(m.DeliveredAt), orNull(m.ReadAt), m.Version)
		if err != nil {
			return err
		}
		return record(ctx, tx, m.News(event.MessageConfirmed, "", at))
	})
	if err != nil {
		return message.Message{}, err
	}
	return m, nil
}

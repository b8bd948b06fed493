package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"wangge/internal/fault"
	"wangge/internal/idempotency"
)

// Idempotency keeps the answers to requests that have a key.
type Idempotency struct{ DB *DB }

// takenForDead is how long an attempt that has changed nothing keeps a repeated request waiting before that takes over. It may be shorter
// than a request lasts: an attempt that was taken over can no longer change anything (markClaim), and one in the middle of its transaction
// holds the row.
const takenForDead = 3 * time.Second

// Begin claims the key for this attempt. A nil answer means: go ahead, under a context made with idempotency.WithClaim. An answer means
// that it was done before. Conflict "idempotency.reused" means that the key was used for something else, "idempotency.busy" that the
// first request is still being worked on, "idempotency.answer_lost" that it was carried out but nobody knows the answer any more.
func (p Idempotency) Begin(ctx context.Context, c idempotency.Claim) (answer *idempotency.Answer, err error) {
	defer fault.Wrap(&err, "postgres.BeginIdempotent(%q)", c.Key)
	var attempt uuid.UUID
	var fingerprint []byte
	var lost bool
	var status *int
	var kept idempotency.Answer
	// A dead attempt that changed nothing is taken over in the same statement, so that only one of many repeated requests does it.
	err = p.DB.Pool.QueryRow(ctx, `INSERT INTO idempotency AS i (account_id, key, claim, fingerprint) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account_id, key) DO UPDATE SET
			claim = CASE WHEN `+abandoned+` THEN EXCLUDED.claim ELSE i.claim END,
			created = CASE WHEN `+abandoned+` THEN now() ELSE i.created END
		RETURNING claim, fingerprint, i.changed AND i.created < now() - $5::interval, status, location, body`,
		c.Account, c.Key, c.Attempt, c.Fingerprint[:], takenForDead).Scan(&attempt, &fingerprint, &lost, &status, &kept.Location, &kept.Body)
	if err != nil {
		return nil, away(err)
	}
	switch {
	case [32]byte(fingerprint) != c.Fingerprint:
		return nil, fault.New(fault.Conflict, "idempotency.reused", "the idempotency key was used for another request")
	case attempt == c.Attempt:
		return nil, nil
	case status != nil:
		kept.Status = *status
		return &kept, nil
	case lost:
		return nil, fault.New(fault.Conflict, "idempotency.answer_lost", "the request was carried out, but its answer was lost; look at what there is now")
	default:
		return nil, fault.New(fault.Conflict, "idempotency.busy", "the first request with this key is still being worked on").WithRetry(time.Second)
	}
}

const abandoned = "i.fingerprint = EXCLUDED.fingerprint AND i.status IS NULL AND NOT i.changed AND i.created < now() - $5::interval"

// Finish keeps the answer of the attempt that changed something.
func (p Idempotency) Finish(ctx context.Context, c idempotency.Claim, a idempotency.Answer) (err error) {
	defer fault.Wrap(&err, "postgres.FinishIdempotent(%q)", c.Key)
	_, err = p.DB.Pool.Exec(ctx, "UPDATE idempotency SET status = $4, location = $5, body = $6 WHERE account_id = $1 AND key = $2 AND claim = $3",
		c.Account, c.Key, c.Attempt, a.Status, a.Location, a.Body)
	return away(err)
}

// Abandon gives the key back when the attempt changed nothing, so that the request may be sent again.
func (p Idempotency) Abandon(ctx context.Context, c idempotency.Claim) (err error) {
	defer fault.Wrap(&err, "postgres.AbandonIdempotent(%q)", c.Key)
	_, err = p.DB.Pool.Exec(ctx, "DELETE FROM idempotency WHERE account_id = $1 AND key = $2 AND claim = $3 AND NOT changed", c.Account, c.Key, c.Attempt)
	return away(err)
}

// DropBefore forgets answers older than the instant.
func (p Idempotency) DropBefore(ctx context.Context, before time.Time) (err error) {
	defer fault.Wrap(&err, "postgres.DropIdempotentBefore(%v)", before)
	_, err = p.DB.Pool.Exec(ctx, "DELETE FROM idempotency WHERE created < $1", before)
	return away(err)
}

// markClaim notes, in the transaction of a change, that the claim it belongs to has changed something. When another attempt has taken
// over meanwhile, the change must not happen.
func markClaim(ctx context.Context, tx pgx.Tx) error {
	c, ok := idempotency.ClaimFrom(ctx)
	if !ok {
		return nil
	}
	tag, err := tx.Exec(ctx, "UPDATE idempotency SET changed = true WHERE account_id = $1 AND key = $2 AND claim = $3", c.Account, c.Key, c.Attempt)
	if err == nil && tag.RowsAffected() == 0 {
		return fault.New(fault.Conflict, "idempotency.busy", "another attempt at this request has taken over").WithRetry(time.Second)
	}
	return err
}

// keepAnswer keeps the answer in the transaction of the change itself, when it can be made from what the change leads to.
func keepAnswer(ctx context.Context, tx pgx.Tx, result any) error {
	c, ok := idempotency.ClaimFrom(ctx)
	if !ok || c.Render == nil {
		return nil
	}
	a, ok := c.Render(result)
	if !ok {
		return nil
	}
	_, err := tx.Exec(ctx, "UPDATE idempotency SET status = $4, location = $5, body = $6 WHERE account_id = $1 AND key = $2 AND claim = $3",
		c.Account, c.Key, c.Attempt, a.Status, a.Location, a.Body)
	return err
}

// Package idempotency carries a request's claim to be carried out once.
//
// A client that doesn't know whether its request arrived sends it again with the same key. The first request claims the key; the claim
// travels in the context down to the transaction of the change, which marks it in the same commit. So a request that was carried out is
// never carried out again, even when the process dies between the commit and the answer.
package idempotency

import (
	"context"
	"crypto/sha256"

	"github.com/google/uuid"
)

// Claim is one attempt at a request with a key.
type Claim struct {
	Account     int64
	Key         string
	Fingerprint [32]byte  // of what is asked for: the same key must not ask for something else
	Attempt     uuid.UUID // this attempt, apart from one that took over after it was taken for dead

	// Render makes the answer from what a change leads to, if it can: then the answer is kept in the transaction of the change, and not
	// even the death of the process between commit and answer can lose it. May be nil.
	Render func(result any) (Answer, bool)
}

// Answer is what a request was answered with.
type Answer struct {
	Status   int
	Location string // of what was created; empty for none
	Body     []byte
}

// Fingerprint condenses what a request asks for.
func Fingerprint(method, uri string, body []byte) [32]byte {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(method), {0}, []byte(uri), {0}, body} {
		h.Write(part)
	}
	return [32]byte(h.Sum(nil))
}

type contextKey struct{}

// WithClaim returns a context whose changes belong to the claim.
func WithClaim(ctx context.Context, c Claim) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// ClaimFrom tells which claim a change belongs to; false when the request has no key.
func ClaimFrom(ctx context.Context) (Claim, bool) {
	c, ok := ctx.Value(contextKey{}).(Claim)
	return c, ok
}

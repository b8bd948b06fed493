package postgres_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"wangge/internal/fault"
	"wangge/internal/idempotency"
	"wangge/internal/identity"
	"wangge/internal/postgres"
)

func claim(what string) idempotency.Claim {
	return idempotency.Claim{Account: 1, Key: "k", Attempt: uuid.New(), Fingerprint: idempotency.Fingerprint("POST", "/x", []byte(what))}
}

func TestOneRequestIsCarriedOutOnce(t *testing.T) {
	o := newOffice(t)
	kept, ctx := postgres.Idempotency{DB: o.db}, t.Context()
	first := claim("a")
	if answer, err := kept.Begin(ctx, first); err != nil || answer != nil {
		t.Fatalf("the first attempt: %v, %v", answer, err)
	}
	_, err := kept.Begin(ctx, claim("a"))
	wantFault(t, err, fault.Conflict, "idempotency.busy")
	_, err = kept.Begin(ctx, claim("b"))
	wantFault(t, err, fault.Conflict, "idempotency.reused")

	if err := kept.Finish(ctx, first, idempotency.Answer{Status: 201, Location: "/x/1", Body: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	answer, err := kept.Begin(ctx, claim("a"))
	if err != nil || answer == nil || answer.Status != 201 || answer.Location != "/x/1" || string(answer.Body) != "{}" {
		t.Errorf("repeated: %+v, %v", answer, err)
	}
	other := claim("a")
	other.Account = 2
	if answer, err := kept.Begin(ctx, other); err != nil || answer != nil {
		t.Errorf("another account's key is its own: %v, %v", answer, err)
	}
	if err := kept.DropBefore(ctx, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if answer, err := kept.Begin(ctx, claim("b")); err != nil || answer != nil {
		t.Errorf("after it was forgotten: %v, %v", answer, err)
	}
}

func TestARefusedRequestGivesItsKeyBack(t *testing.T) {
	o := newOffice(t)
	kept, ctx := postgres.Idempotency{DB: o.db}, t.Context()
	first := claim("a")
	if _, err := kept.Begin(ctx, first); err != nil {
		t.Fatal(err)
	}
	if err := kept.Abandon(ctx, first); err != nil {
		t.Fatal(err)
	}
	if answer, err := kept.Begin(ctx, claim("a")); err != nil || answer != nil {
		t.Errorf("sent again: %v, %v", answer, err)
	}
}

// TestADeadAttempt: when the process died before its change, the request may be carried out by another attempt, and the dead one, should it
// come back, can no longer change anything. When it died after its change, it is never carried out again.
func TestADeadAttempt(t *testing.T) {
	o := newOffice(t)
	kept, ctx := postgres.Idempotency{DB: o.db}, t.Context()
	dead := claim("a")
	if _, err := kept.Begin(ctx, dead); err != nil {
		t.Fatal(err)
	}
	grow := func() {
		t.Helper()
		if _, err := o.db.Pool.Exec(ctx, "UPDATE idempotency SET created = created - interval '3 minutes'"); err != nil {
			t.Fatal(err)
		}
	}
	grow()
	second := claim("a")
	if answer, err := kept.Begin(ctx, second); err != nil || answer != nil {
		t.Fatalf("taking over: %v, %v", answer, err)
	}
	note := identity.AuditEntry{Action: "test.done"}
	err := o.Audit(idempotency.WithClaim(ctx, dead), note)
	wantFault(t, err, fault.Conflict, "idempotency.busy")
	if err := o.Audit(idempotency.WithClaim(ctx, second), note); err != nil {
		t.Fatal(err)
	}
	grow()
	_, err = kept.Begin(ctx, claim("a"))
	wantFault(t, err, fault.Conflict, "idempotency.answer_lost")
	if err := kept.Abandon(ctx, second); err != nil { // too late: it is done
		t.Fatal(err)
	}
	_, err = kept.Begin(ctx, claim("a"))
	wantFault(t, err, fault.Conflict, "idempotency.answer_lost")

	done, err := o.AuditTrail(ctx, identity.Principal{Scope: "371402"}, identity.AuditFilter{Action: "test.done", Limit: 10})
	if err != nil || len(done) != 1 {
		t.Errorf("carried out %d times, %v", len(done), err)
	}
}

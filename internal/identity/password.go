package identity

import (
	"context"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/sync/semaphore"

	"wangge/internal/fault"
)

// Bounds of a password: 10 characters at least, 256 bytes at most.
const (
	PasswordMin = 10
	PasswordMax = 256
)

// params follow OWASP's recommendation for argon2id (19 MiB, 2 passes, 1 lane).
var params = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// common are passwords that satisfy the other rules and are still among the first to be tried.
var common = []string{"password", "qwertyuiop", "1qaz2wsx3edc", "asdfghjkl", "iloveyou", "administrator", "woaini", "abcdefghij"}

// checkPassword refuses what is easily guessed.
func checkPassword(name, password string) error {
	lower := strings.ToLower(password)
	refuse := func(rule, text string) error {
		return fault.New(fault.Invalid, "account.password", "the password is too easily guessed").WithField("password", rule, text)
	}
	switch {
	case utf8.RuneCountInString(password) < PasswordMin:
		return refuse("password_short", "at least 10 characters")
	case len(password) > PasswordMax:
		return refuse("password_long", "at most 256 bytes")
	case strings.Contains(lower, name):
		return refuse("password_name", "must not contain the account's name")
	case !strings.ContainsFunc(password, func(r rune) bool { return !unicode.IsDigit(r) }):
		return refuse("password_digits", "must not be digits only: dates and phone numbers are easily guessed")
	case distinct(password) < 5:
		return refuse("password_plain", "at least 5 different characters")
	}
	for _, c := range common {
		if strings.HasPrefix(lower, c) && len(lower) < len(c)+4 {
			return refuse("password_common", "is among those that are tried first")
		}
	}
	return nil
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// hasher bounds how many hashes are computed at once, since each takes 19 MiB and a core, and how many wait for their turn.
type hasher struct {
	running *semaphore.Weighted
	waiting *semaphore.Weighted
	nobody  string // hash compared against when there is no such account, so that the answer takes as long
}

const maxWaiting = 64

func newHasher() (*hasher, error) {
	nobody, err := argon2id.CreateHash("nobody has this password", params)
	if err != nil {
		return nil, err
	}
	cores := int64(max(1, runtime.GOMAXPROCS(0)/2))
	return &hasher{running: semaphore.NewWeighted(cores), waiting: semaphore.NewWeighted(cores + maxWaiting), nobody: nobody}, nil
}

// turn waits until it is this caller's turn to compute.
func (h *hasher) turn(ctx context.Context) (done func(), err error) {
	if !h.waiting.TryAcquire(1) {
		return nil, fault.New(fault.TooMany, "session.busy", "too many sign-ins at this moment").WithRetry(signInBusyRetry)
	}
	if err := h.running.Acquire(ctx, 1); err != nil {
		h.waiting.Release(1)
		return nil, err
	}
	return func() { h.running.Release(1); h.waiting.Release(1) }, nil
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return argon2id.CreateHash(password, params)
}

// matches takes as long for an empty hash (no such account) as for a real one, and is then false.
func (h *hasher) matches(ctx context.Context, password, hash string) (bool, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	known := hash != ""
	if !known {
		hash = h.nobody
	}
	same, err := argon2id.ComparePasswordAndHash(password, hash)
	return same && known, err
}

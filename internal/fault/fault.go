// Package fault names the few kinds of error that the whole program speaks of.
//
// A rule that refuses returns a fault; everything else that goes wrong is an ordinary error and counts as internal. One table in
// httpapi maps kinds to HTTP statuses, and one catalogue there turns codes into sentences in the reader's language, so that a
// message never has to be written where a rule is.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of refusal an error is, and so what the caller can do about it.
type Kind string

// The kinds. An error that is no fault is internal: its text is for the log, never for a client.
const (
	Invalid         Kind = "invalid"         // the input breaks a rule; Fields names where
	Unauthenticated Kind = "unauthenticated" // nobody is signed in, or the session or credential is not (any longer) valid
	Forbidden       Kind = "forbidden"       // signed in, but without the right
	NotFound        Kind = "not_found"       // does not exist, or lies outside of what the caller may see
	Conflict        Kind = "conflict"        // the state has moved on, or the same key was used for something else
	TooLarge        Kind = "too_large"       // a body, frame or file over its limit
	TooMany         Kind = "too_many"        // a rate or connection limit; RetryAfter says when to come back
	Unavailable     Kind = "unavailable"     // something this needs is away; nothing was changed; RetryAfter says when to come back
	Unsupported     Kind = "unsupported"     // a media type, format or protocol version that is not spoken here
)

// Field is one offending input: Name is its path as the caller wrote it ("fixes[3].lat"), Code the rule it broke, Text an English
// sentence about it.
type Field struct {
	Name string `json:"name"`
	Code string `json:"code"`
	Text string `json:"text"`
}

// Error is a refusal. Code is stable and dotted ("incident.transition"); Text is an English sentence for logs and for clients without
// a language; Params fill the placeholders of the catalogue's sentence for Code and are shown to the caller.
type Error struct {
	Kind       Kind
	Code       string
	Text       string
	Fields     []Field
	Params     map[string]any
	RetryAfter time.Duration
	Err        error
}

// New makes a fault with an English sentence; params are key, value, key, value ….
func New(kind Kind, code, text string, params ...any) *Error {
	e := &Error{Kind: kind, Code: code, Text: text}
	if len(params) > 0 {
		e.Params = make(map[string]any, len(params)/2)
	}
	for i := 0; i+1 < len(params); i += 2 {
		e.Params[fmt.Sprint(params[i])] = params[i+1]
	}
	return e
}

// WithField returns e with one more offending input.
func (e *Error) WithField(name, code, text string) *Error {
	e.Fields = append(e.Fields, Field{Name: name, Code: code, Text: text})
	return e
}

// WithRetry returns e with the time after which it is sensible to try again.
func (e *Error) WithRetry(after time.Duration) *Error {
	e.RetryAfter = after
	return e
}

// Because returns e with the error that caused it, for the log.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// Error is the code and the English sentence.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Text, e.Err)
	}
	return e.Code + ": " + e.Text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// As finds the fault in err's chain; nil when err is none (an internal error).
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Is tells whether err is a fault of that kind.
func Is(err error, kind Kind) bool {
	e := As(err)
	return e != nil && e.Kind == kind
}

// Wrap puts the operation's name and arguments in front of *err, if there is one. Use it deferred, once per operation.
func Wrap(err *error, format string, args ...any) {
	if *err != nil {
		*err = fmt.Errorf(format+": %w", append(args, *err)...)
	}
}

package client

import (
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Error is a server's refusal. It changed nothing.
type Error struct {
	Problem
	HTTPStatus int
	RetryAfter time.Duration // 0 when the server didn't say
}

// Error is the server's sentence with its code and the offending inputs.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Code == "" {
		fmt.Fprintf(&b, "status %d %s", e.HTTPStatus, http.StatusText(e.HTTPStatus))
	} else {
		fmt.Fprintf(&b, "%s (%s)", e.Detail, e.Code)
	}
	for i, field := range e.Errors {
		if i == 3 {
			fmt.Fprintf(&b, "; and %d more", len(e.Errors)-i)
			break
		}
		fmt.Fprintf(&b, "; %s: %s", field.Name, field.Detail)
	}
	return b.String()
}

// Temporary tells whether the same request may well succeed later: the server is away, busy, or limits how often one may ask.
func (e *Error) Temporary() bool {
	return e.HTTPStatus == http.StatusTooManyRequests || e.HTTPStatus == http.StatusBadGateway ||
		e.HTTPStatus == http.StatusServiceUnavailable || e.HTTPStatus == http.StatusGatewayTimeout
}

// Answer is what every generated answer can tell.
type Answer interface {
	StatusCode() int
	GetBody() []byte
	GetApplicationproblemJSONDefault() *Problem
}

// Check gives the error of a generated call: err itself when the request didn't get through, an *Error when the server refused it, nil
// when it answered 2xx or 304.
//
//	answer, err := session.ListClassesWithResponse(ctx)
//	if err := client.Check(answer, err); err != nil { … }
func Check(answer Answer, err error) error {
	if err != nil {
		return err
	}
	status := answer.StatusCode()
	if status >= 200 && status < 300 || status == http.StatusNotModified {
		return nil
	}
	refusal := &Error{HTTPStatus: status, RetryAfter: retryAfter(answer)}
	if problem := answer.GetApplicationproblemJSONDefault(); problem != nil {
		refusal.Problem = *problem
	}
	return refusal
}

// retryAfter finds the Retry-After header. Every generated answer has its *http.Response in a field of this name, but no method for it.
func retryAfter(answer Answer) time.Duration {
	field := reflect.Indirect(reflect.ValueOf(answer)).FieldByName("HTTPResponse")
	if !field.IsValid() {
		return 0
	}
	response, _ := field.Interface().(*http.Response)
	if response == nil {
		return 0
	}
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

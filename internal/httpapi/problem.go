package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"wangge/internal/fault"
	"wangge/internal/httpapi/api"
)

// statuses is the one table from kinds of fault to HTTP.
var statuses = map[fault.Kind]int{
	fault.Invalid:         http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.TooMany:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.Unsupported:     http.StatusUnsupportedMediaType,
}

// kindInternal is for what went wrong here: its text is for the log only.
const kindInternal fault.Kind = "internal"

const problemType = "application/problem+json"

// asFault finds out what an error means to the caller. Errors of the framework become faults; what is none is internal.
func asFault(err error) *fault.Error {
	if f := fault.As(err); f != nil {
		return f
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fault.New(fault.TooLarge, "request.too_large", "the request is too large", "limit", tooLarge.Limit)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.Unavailable, "request.timeout", "the request took too long and was given up").Because(err)
	}
	var framework *echo.HTTPError
	if errors.As(err, &framework) {
		switch framework.Code {
		case http.StatusNotFound:
			return noSuchRoute()
		case http.StatusMethodNotAllowed:
			return fault.New(fault.NotFound, "request.method", "this address doesn't know the method")
		case http.StatusBadRequest:
			return fault.New(fault.Invalid, "request.invalid", "the request breaks a rule").Because(err)
		}
	}
	return fault.New(kindInternal, "internal", "something went wrong here").Because(err)
}

func noSuchRoute() *fault.Error {
	return fault.New(fault.NotFound, "request.unknown", "there is nothing at this address")
}

// refuse answers an error: the one place where errors become answers, and are logged.
func (h *handlers) refuse(c echo.Context, err error) {
	if c.Response().Committed { // the answer has begun: all that is left is to log what broke it off
		h.logRefusal(c.Request(), requestID(c), asFault(err), err)
		return
	}
	h.fail(c.Response(), c.Request(), err)
}

func (h *handlers) fail(w http.ResponseWriter, r *http.Request, err error) {
	f, header := asFault(err), w.Header()
	h.logRefusal(r, header.Get(requestIDHeader), f, err)
	if f.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	problem := h.texts.problem(r.Header.Get("Accept-Language"), f, statusOf(f))
	problem.RequestID = header.Get(requestIDHeader)
	header.Set("Content-Type", problemType)
	header.Set("Content-Language", problem.language)
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(problem.Status)
	if err := json.NewEncoder(w).Encode(problem.Problem); err != nil {
		h.Log.Debug("the caller went away", "error", err)
	}
}

func statusOf(f *fault.Error) int {
	if status, known := statuses[f.Kind]; known {
		return status
	}
	return http.StatusInternalServerError
}

// logRefusal logs once, as loudly as it concerns whoever runs this.
func (h *handlers) logRefusal(r *http.Request, id string, f *fault.Error, err error) {
	level := slog.LevelDebug
	switch {
	case errors.Is(r.Context().Err(), context.Canceled): // the caller has gone
	case f.Kind == kindInternal:
		level = slog.LevelError
	case f.Kind == fault.Unavailable:
		level = slog.LevelWarn
	}
	h.Log.Log(r.Context(), level, "request refused",
		"request_id", id, "method", r.Method, "path", r.URL.Path, "status", statusOf(f), "code", f.Code, "error", err)
}

// spoken is a problem in a language.
type spoken struct {
	api.Problem
	language string
}

// problem puts a fault into the reader's words.
func (t *texts) problem(accept string, f *fault.Error, status int) spoken {
	l := t.choose(accept)
	p := api.Problem{
		Type: "urn:wangge:problem:" + f.Code, Title: l.Titles[string(f.Kind)], Status: status, Detail: l.problem(f),
		Code: f.Code, Params: f.Params,
	}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, api.FieldProblem{Name: field.Name, Code: field.Code, Detail: l.field(field)})
	}
	return spoken{p, l.tag}
}

// decode reads a JSON body that has been checked against the document, and refuses what the document doesn't know.
func decode(c echo.Context, into any) error {
	d := json.NewDecoder(c.Request().Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return fault.New(fault.Invalid, "request.body", "the body cannot be read").WithField("body", "json", fmt.Sprint(err))
	}
	if d.More() {
		return fault.New(fault.Invalid, "request.body", "the body cannot be read").WithField("body", "json", "something follows the JSON value")
	}
	return nil
}

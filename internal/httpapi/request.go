package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"wangge/internal/identity"
)

const requestIDHeader = echo.HeaderXRequestID

// requestID is what the request is called in logs, problems and the audit.
func requestID(c echo.Context) string { return c.Response().Header().Get(requestIDHeader) }

// observe names the request, puts where it came from into its context, catches a panic, and logs and counts it when it is done.
func (h *handlers) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		started := time.Now()
		id := newRequestID()
		c.Response().Header().Set(requestIDHeader, id)
		origin := identity.Request{Address: c.RealIP(), ID: id}
		c.SetRequest(c.Request().WithContext(identity.WithRequest(c.Request().Context(), origin)))
		if err := h.caught(c, next); err != nil {
			c.Error(err)
		}
		took := time.Since(started)
		h.figures.count(c, took)
		h.logAccess(c, took)
		return nil
	}
}

// unslashed takes off the slash that some devices' programs put behind the address they are given.
func unslashed(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if path := &c.Request().URL.Path; strings.HasPrefix(*path, "/ingest/") {
			*path = strings.TrimSuffix(*path, "/")
		}
		return next(c)
	}
}

func newRequestID() string {
	var b [8]byte
	rand.Read(b[:]) //nolint:errcheck // never fails: the program ends when the system has no randomness
	return hex.EncodeToString(b[:])
}

// caught runs the handler; a panic becomes an error with its stack, for the log.
func (h *handlers) caught(c echo.Context, next echo.HandlerFunc) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if r == http.ErrAbortHandler { // that is how a handler asks for the connection to be cut
				panic(r)
			}
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return next(c)
}

// logAccess writes one line without query, body or credentials. Devices and probes come too often to be worth one each.
func (h *handlers) logAccess(c echo.Context, took time.Duration) {
	const level = slog.LevelDebug // a district's requests are too many to be news: refusals have a line of their own, changes the audit
	ctx := context.WithoutCancel(c.Request().Context())
	if !h.Log.Enabled(ctx, level) {
		return
	}
	by, _ := identity.PrincipalFrom(ctx)
	h.Log.LogAttrs(ctx, level, "request",
		slog.String("request_id", requestID(c)), slog.String("method", c.Request().Method), slog.String("path", c.Request().URL.Path),
		slog.Int("status", c.Response().Status), slog.Int64("bytes", c.Response().Size), slog.Duration("took", took),
		slog.String("address", c.RealIP()), slog.String("account", by.Name))
}

// within bounds how long a request may work and how large its body may be.
func within(limit time.Duration, bytes int64) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			whole := c.Request()
			ctx, cancel := context.WithTimeout(whole.Context(), limit)
			defer cancel()
			defer c.SetRequest(whole) // what looks at the request afterwards must not take it for cancelled
			r := whole.WithContext(ctx)
			r.Body = http.MaxBytesReader(c.Response(), r.Body, bytes)
			c.SetRequest(r)
			return next(c)
		}
	}
}

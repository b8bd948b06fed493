package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"wangge/internal/idempotency"
	"wangge/internal/incident"
	"wangge/internal/message"
)

const (
	keyHeader      = "Idempotency-Key"
	replayedHeader = "Idempotency-Replayed"
	keptInstead    = "idempotency.kept" // in Echo's context: the body to keep when it differs from the one that is sent
	keepPatience   = 5 * time.Second
)

// once carries a request that has a key out once, and answers its repetitions alike. Only what was carried out is kept: a refused request
// has changed nothing and is judged anew.
func (h *handlers) once(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		key := c.Request().Header.Get(keyHeader)
		if key == "" {
			return next(c)
		}
		claim, err := claimOf(c, key)
		if err != nil {
			return err
		}
		ctx := c.Request().Context()
		answer, err := h.Answers.Begin(ctx, claim)
		if err != nil {
			return err
		}
		if answer != nil {
			return replay(c, *answer)
		}
		c.SetRequest(c.Request().WithContext(idempotency.WithClaim(ctx, claim)))
		return h.carryOut(c, next, claim)
	}
}

// claimOf reads the body to know what is asked for, and puts it back.
func claimOf(c echo.Context, key string) (idempotency.Claim, error) {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return idempotency.Claim{}, err
	}
	c.Request().Body = io.NopCloser(bytes.NewReader(body))
	return idempotency.Claim{
		Account: principal(c).AccountID, Key: key, Attempt: uuid.New(),
		Fingerprint: idempotency.Fingerprint(c.Request().Method, c.Request().URL.RequestURI(), body), Render: rendered,
	}, nil
}

// rendered is the answer that the handlers give for what a change leads to, for those that must never be lost.
func rendered(result any) (a idempotency.Answer, ok bool) {
	if m, ok := result.(message.Message); ok {
		body, err := json.Marshal(m.View())
		return idempotency.Answer{Status: http.StatusCreated, Body: body}, err == nil
	}
	i, ok := result.(incident.Incident)
	if !ok {
		return a, false
	}
	body, err := json.Marshal(i.View())
	a = idempotency.Answer{Status: http.StatusOK, Body: body}
	if i.Version == 1 {
		a.Status, a.Location = http.StatusCreated, incidentPath(i)
	}
	return a, err == nil
}

func replay(c echo.Context, a idempotency.Answer) error {
	c.Response().Header().Set(replayedHeader, "true")
	if a.Location != "" {
		c.Response().Header().Set(echo.HeaderLocation, a.Location)
	}
	if len(a.Body) == 0 {
		return c.NoContent(a.Status)
	}
	return c.JSONBlob(a.Status, a.Body)
}

// carryOut runs the handler and keeps its answer, or gives the key back. That must happen even when the caller has gone.
func (h *handlers) carryOut(c echo.Context, next echo.HandlerFunc, claim idempotency.Claim) (err error) {
	copied := &copying{ResponseWriter: c.Response().Writer}
	c.Response().Writer = copied
	kept := false
	defer func() {
		if kept {
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), keepPatience)
		defer cancel()
		if failed := h.Answers.Abandon(ctx, claim); failed != nil {
			h.Log.Warn("an idempotency key cannot be given back", "request_id", requestID(c), "error", failed)
		}
	}()
	err = next(c)
	c.Response().Writer = copied.ResponseWriter
	status := c.Response().Status
	if err != nil || status >= http.StatusMultipleChoices {
		return err
	}
	kept = true
	answer := idempotency.Answer{Status: status, Location: c.Response().Header().Get(echo.HeaderLocation), Body: copied.body.Bytes()}
	if instead, ok := c.Get(keptInstead).([]byte); ok {
		answer.Body = instead
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), keepPatience)
	defer cancel()
	if failed := h.Answers.Finish(ctx, claim, answer); failed != nil {
		h.Log.Warn("the answer to a request with an idempotency key cannot be kept", "request_id", requestID(c), "error", failed)
	}
	return nil
}

// copying passes an answer on and remembers its body.
type copying struct {
	http.ResponseWriter
	body bytes.Buffer
}

func (w *copying) Write(b []byte) (int, error) {
	w.body.Write(b)
	return w.ResponseWriter.Write(b)
}

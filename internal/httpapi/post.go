package httpapi

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"wangge/internal/fault"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
	"wangge/internal/post"
)

// ListWorkers handles GET /api/v1/workers.
func (h *handlers) ListWorkers(c echo.Context, params api.ListWorkersParams) error {
	after, err := afterID(params.After)
	if err != nil {
		return err
	}
	limit := limitOf(params.Limit)
	found := h.Posts.Workers(principal(c), post.WorkerFilter{
		Area: params.Area, Text: params.Q, Duty: params.Duty, OnShift: params.OnShift, Left: params.Left, Order: params.Sort,
		After: int32(min(after, math.MaxInt32)), Limit: limit + 1,
	})
	found, next := page(found, limit, func(w post.Worker) string { return strconv.Itoa(int(w.ID)) })
	return c.JSON(http.StatusOK, api.WorkerPage{Items: views(found, h.workerView), Next: next})
}

// GetWorker handles GET /api/v1/workers/{id}.
func (h *handlers) GetWorker(c echo.Context, id api.WorkerID) error {
	w, ok := h.People.Worker(id)
	if !ok || !principal(c).Sees(w.Area) {
		return fault.New(fault.NotFound, "worker.unknown", "there is no such worker", "id", id)
	}
	return c.JSON(http.StatusOK, h.workerView(w))
}

// SaveWorkers handles POST /api/v1/workers.
func (h *handlers) SaveWorkers(c echo.Context, _ api.SaveWorkersParams) error {
	var body api.SaveWorkers
	if err := decode(c, &body); err != nil {
		return err
	}
	workers := make([]post.Worker, len(body.Workers))
	for i, w := range body.Workers {
		workers[i] = post.Worker{Code: w.Code, Name: w.Name, Phone: w.Phone, Duty: w.Duty, Area: w.Area, Demo: w.Demo, Left: w.Left}
	}
	saved, err := h.Posts.SaveWorkers(c.Request().Context(), principal(c), workers)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"items": views(saved, h.workerView)})
}

// workerView masks the phone: nobody gets it in full here.
func (h *handlers) workerView(w post.Worker) api.Worker {
	view := api.Worker{
		ID: w.ID, Code: w.Code, Name: w.Name, Phone: post.MaskPhone(w.Phone), Duty: w.Duty, Area: w.Area, Demo: w.Demo, Left: w.Left, Version: w.Version,
	}
	if shift, ok := h.People.ShiftAt(w.ID, time.Now()); ok {
		view.OnShift, view.Shift = true, shiftView(shift)
	}
	return view
}

// RevealPhone handles POST /api/v1/workers/{id}/phone. Who asks for whose number is written down before it is shown; the answer that is
// kept for repetitions has it masked.
func (h *handlers) RevealPhone(c echo.Context, id api.WorkerID, _ api.RevealPhoneParams) error {
	w, ok := h.People.Worker(id)
	if !ok || !principal(c).Sees(w.Area) {
		return fault.New(fault.NotFound, "worker.unknown", "there is no such worker", "id", id)
	}
	if w.Phone == "" {
		return fault.New(fault.NotFound, "worker.no_phone", "no phone number is known", "id", id)
	}
	look := identity.AuditEntry{Action: "worker.phone", Entity: "worker", EntityID: strconv.Itoa(int(id)), Area: w.Area}
	if err := h.Identity.Audit(c.Request().Context(), look); err != nil {
		return err
	}
	kept, err := json.Marshal(map[string]string{"phone": post.MaskPhone(w.Phone)})
	if err != nil {
		return err
	}
	c.Set(keptInstead, kept)
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, map[string]string{"phone": w.Phone})
}

// ListShifts handles GET /api/v1/shifts.
func (h *handlers) ListShifts(c echo.Context, params api.ListShiftsParams) error {
	from, to := params.From, params.To
	if from.IsZero() {
		from = time.Now()
	}
	if to.IsZero() {
		to = from.Add(time.Microsecond) // the instant itself
	}
	if !to.After(from) {
		return fault.New(fault.Invalid, "time.range", "the start must lie before the end").WithField("from", "range", "not before the end")
	}
	after, err := shiftPlace(params.After)
	if err != nil {
		return err
	}
	limit := params.Limit
	if limit == 0 {
		limit = math.MaxInt32 - 1 // all of them
	}
	served, err := h.Posts.Roll(c.Request().Context(), principal(c), post.ShiftFilter{
		From: from, To: to, Area: params.Area, Worker: params.Worker, Text: params.Q, After: after, Limit: limit + 1,
	})
	if err != nil {
		return err
	}
	served, next := page(served, limit, func(s post.Served) string {
		return s.Shift.From.Format(time.RFC3339Nano) + " " + strconv.FormatInt(s.Shift.ID, 10)
	})
	answer := map[string]any{"items": views(served, servedView)}
	if next != "" {
		answer["next"] = next
	}
	return c.JSON(http.StatusOK, answer)
}

// shiftPlace reads the place in a list of shifts: the start and the number of the last one.
func shiftPlace(after string) (s post.Shift, err error) {
	if after == "" {
		return s, nil
	}
	at, id, _ := strings.Cut(after, " ")
	if s.From, err = time.Parse(time.RFC3339Nano, at); err == nil {
		s.ID, err = strconv.ParseInt(id, 10, 64)
	}
	if err != nil || s.ID <= 0 {
		return post.Shift{}, noPlace()
	}
	return s, nil
}

func servedView(s post.Served) api.Shift {
	view := shiftView(s.Shift)
	view.WorkerName, view.WorkerCode, view.Area = s.Worker.Name, s.Worker.Code, s.Worker.Area
	return view
}

// CorrectShift handles PATCH /api/v1/shifts/{id}.
func (h *handlers) CorrectShift(c echo.Context, id int64, _ api.CorrectShiftParams) error {
	var body api.CorrectShift
	if err := decode(c, &body); err != nil {
		return err
	}
	var to time.Time
	if body.To != nil {
		to = *body.To
	}
	return answerShift(c)(h.Posts.Correct(c.Request().Context(), principal(c), id, body.Version, body.From, to))
}

// AddShifts handles POST /api/v1/shifts.
func (h *handlers) AddShifts(c echo.Context, _ api.AddShiftsParams) error {
	var body api.AddShifts
	if err := decode(c, &body); err != nil {
		return err
	}
	rows := make([]post.Row, len(body.Shifts))
	for i, s := range body.Shifts {
		rows[i] = post.Row{WorkerID: s.WorkerID, From: s.From}
		if s.To != nil {
			rows[i].To = *s.To
		}
	}
	shifts, err := h.Posts.Roster(c.Request().Context(), principal(c), rows)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, map[string]any{"items": views(shifts, shiftView)})
}

// EndShift handles POST /api/v1/shifts/{id}/end.
func (h *handlers) EndShift(c echo.Context, id int64, _ api.EndShiftParams) error {
	return answerShift(c)(h.Posts.End(c.Request().Context(), principal(c), id))
}

// BeginMyShift handles POST /api/v1/me/shift.
func (h *handlers) BeginMyShift(c echo.Context, _ api.BeginMyShiftParams) error {
	return answerShift(c)(h.Posts.StartOwn(c.Request().Context(), principal(c)))
}

// EndMyShift handles DELETE /api/v1/me/shift.
func (h *handlers) EndMyShift(c echo.Context, _ api.EndMyShiftParams) error {
	return answerShift(c)(h.Posts.EndOwn(c.Request().Context(), principal(c)))
}

func answerShift(c echo.Context) func(post.Shift, error) error {
	return func(s post.Shift, err error) error {
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, shiftView(s))
	}
}

func shiftView(s post.Shift) api.Shift {
	view := api.Shift{ID: s.ID, WorkerID: s.WorkerID, From: s.From, Version: s.Version}
	if !s.To.IsZero() {
		view.To = &s.To
	}
	return view
}

package httpapi

import (
	"encoding/json"
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
	limit, by, q := limitOf(params.Limit), principal(c), strings.ToLower(params.Q)
	var found []post.Worker
	for _, w := range h.People.Workers() {
		if int64(w.ID) > after && by.Sees(w.Area) && strings.HasPrefix(w.Area, params.Area) && matches(q, w.Name, w.Code) {
			found = append(found, w)
		}
		if len(found) > limit {
			break
		}
	}
	found, next := page(found, limit, func(w post.Worker) string { return strconv.Itoa(int(w.ID)) })
	return c.JSON(http.StatusOK, api.WorkerPage{Items: views(found, h.workerView), Next: next})
}

// matches tells whether one of the texts has the lower-case part in it.
func matches(part string, texts ...string) bool {
	for _, text := range texts {
		if strings.Contains(strings.ToLower(text), part) {
			return true
		}
	}
	return false
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
		workers[i] = post.Worker{Code: w.Code, Name: w.Name, Phone: w.Phone, Duty: w.Duty, Area: w.Area, Demo: w.Demo}
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
		ID: w.ID, Code: w.Code, Name: w.Name, Phone: post.MaskPhone(w.Phone), Duty: w.Duty, Area: w.Area, Demo: w.Demo, Version: w.Version,
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
	shifts, err := h.Posts.Shifts(c.Request().Context(), principal(c), from, to, params.Area, params.Worker)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"items": views(shifts, shiftView)})
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

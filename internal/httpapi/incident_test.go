package httpapi

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"wangge/internal/area/areatest"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
	"wangge/internal/incident"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// rubbish is a report at the label of a grid.
func (w *town) rubbish(grid string) api.ReportIncident {
	at := w.index.ByCode(grid).Label
	return api.ReportIncident{Class: "06010", Text: "岔河桥东侧暴露垃圾", Lon: at[0], Lat: at[1]}
}

func TestAnIncidentFromReportToClosure(t *testing.T) {
	w := startTown(t)
	worker, dispatcher := w.as(identity.GridWorker), w.as(identity.Dispatcher)
	var i incident.View
	got := worker.send("POST", "/api/v1/incidents", w.rubbish(areatest.Grid)).ok(http.StatusCreated)
	got.into(&i)
	path := "/api/v1/incidents/" + itoa(i.ID)
	if got.header.Get("Location") != path || i.State != incident.Reported || i.Source != incident.FromWorker || i.Area != areatest.Grid || i.OutsideGrids {
		t.Errorf("reported as %+v at %s", i, got.header.Get("Location"))
	}
	for _, step := range []struct {
		by *client
		to incident.State
	}{{dispatcher, incident.Dispatched}, {worker, incident.Handling}, {dispatcher, incident.Closed}} {
		step.by.send("POST", path+"/moves", api.MoveIncident{To: step.to, Note: "好", Version: i.Version}).ok(http.StatusOK).into(&i)
	}
	var detail api.IncidentDetail
	dispatcher.get(path).ok(http.StatusOK).into(&detail)
	if detail.Incident.State != incident.Closed || detail.Incident.ClosedAt == nil || len(detail.Timeline) != 4 || len(detail.Moves) != 0 {
		t.Errorf("in the end it is %+v", detail)
	}
	p := dispatcher.send("POST", path+"/moves", api.MoveIncident{To: incident.Reported, Version: i.Version}).problem(http.StatusConflict, "incident.transition")
	if !strings.Contains(p["detail"].(string), "closed") || strings.Contains(p["detail"].(string), "{") {
		t.Errorf("the problem says %q", p["detail"])
	}
}

func TestMovesNameWhatIsCurrent(t *testing.T) {
	w := startTown(t)
	d := w.as(identity.Dispatcher)
	var i incident.View
	d.send("POST", "/api/v1/incidents", w.rubbish(areatest.Grid)).ok(http.StatusCreated).into(&i)
	path := "/api/v1/incidents/" + itoa(i.ID) + "/moves"
	d.send("POST", path, api.MoveIncident{To: incident.Dispatched, Version: 1}).ok(http.StatusOK)
	p := d.with("Accept-Language", "zh-CN").send("POST", path, api.MoveIncident{To: incident.Dispatched, Version: 1}).problem(http.StatusConflict, "incident.version")
	if params := p["params"].(map[string]any); params["current"] != float64(2) || params["state"] != "dispatched" || !strings.Contains(p["detail"].(string), "已派遣") {
		t.Errorf("the conflict is %v", p)
	}
	q := d.send("POST", path, api.MoveIncident{To: incident.Closed, Version: 2}).problem(http.StatusConflict, "incident.transition")
	if allowed := q["params"].(map[string]any)["allowed"].([]any); len(allowed) != 1 || allowed[0] != "handling" {
		t.Errorf("allowed are %v", allowed)
	}
}

// TestIdempotencyKeys: the same request sent again and again, also at the same moment, is carried out once and answered alike.
func TestIdempotencyKeys(t *testing.T) {
	w := startTown(t)
	d := w.as(identity.Dispatcher)
	keyed := d.with(keyHeader, "report-1")
	var wg sync.WaitGroup
	answers := make([]answer, 6)
	for n := range answers {
		wg.Go(func() { answers[n] = keyed.send("POST", "/api/v1/incidents", w.rubbish(areatest.Grid)) })
	}
	wg.Wait()
	body, fresh := "", 0
	for _, a := range answers {
		switch {
		case a.status == http.StatusConflict:
			a.problem(http.StatusConflict, "idempotency.busy")
			continue
		case a.header.Get(replayedHeader) == "":
			fresh++
		}
		a.ok(http.StatusCreated)
		if body != "" && body != strings.TrimSpace(string(a.body)) {
			t.Errorf("answered %s and %s", body, a.body)
		}
		body = strings.TrimSpace(string(a.body))
	}
	again := keyed.send("POST", "/api/v1/incidents", w.rubbish(areatest.Grid)).ok(http.StatusCreated)
	if fresh != 1 || again.header.Get(replayedHeader) != "true" || again.header.Get("Location") == "" || strings.TrimSpace(string(again.body)) != body {
		t.Errorf("%d were carried out; again: %v %s", fresh, again.header, again.body)
	}
	if n := len(list[api.IncidentPage](d, "/api/v1/incidents").Items); n != 1 {
		t.Errorf("there are %d incidents", n)
	}
	other := w.rubbish(areatest.Grid)
	other.Text = "另一件"
	keyed.send("POST", "/api/v1/incidents", other).problem(http.StatusConflict, "idempotency.reused")
	// A refused request leaves its key free.
	bad := w.rubbish(areatest.Grid)
	bad.Class = "99999"
	second := d.with(keyHeader, "report-2")
	second.send("POST", "/api/v1/incidents", bad).problem(http.StatusBadRequest, "incident.invalid")
	second.send("POST", "/api/v1/incidents", other).ok(http.StatusCreated)
	// A key belongs to its account.
	w.as(identity.Operator).with(keyHeader, "report-1").send("POST", "/api/v1/incidents", other).ok(http.StatusCreated)
}

func TestIncidentsOfOtherCommunitiesAreNotThere(t *testing.T) {
	w := startTown(t)
	w.account("north", identity.Community, areatest.Subdistrict+"002", 0)
	here, north := w.as(identity.Dispatcher), w.signIn("north")
	var i incident.View
	here.send("POST", "/api/v1/incidents", w.rubbish(areatest.Grid)).ok(http.StatusCreated).into(&i)
	path := "/api/v1/incidents/" + itoa(i.ID)
	north.get(path).problem(http.StatusNotFound, "incident.missing")
	north.send("POST", path+"/moves", api.MoveIncident{To: incident.Dispatched, Version: 1}).problem(http.StatusNotFound, "incident.missing")
	north.send("POST", "/api/v1/incidents", w.rubbish(areatest.Grid)).problem(http.StatusForbidden, "incident.scope")
	if n := len(list[api.IncidentPage](north, "/api/v1/incidents?area="+areatest.Community).Items); n != 0 {
		t.Errorf("it lists %d", n)
	}
	// Not there and not to be seen are the same.
	if a, b := north.get(path).problem(404, "incident.missing"), north.get("/api/v1/incidents/999999").problem(404, "incident.missing"); a["detail"] != b["detail"] {
		t.Errorf("%q and %q differ", a["detail"], b["detail"])
	}
}

func TestListingIncidentsByPages(t *testing.T) {
	w := startTown(t)
	d := w.as(identity.Dispatcher)
	for range 5 {
		d.send("POST", "/api/v1/incidents", w.rubbish(areatest.Grid)).ok(http.StatusCreated)
	}
	var codes []string
	for after, pages := "", 0; pages < 10; pages++ {
		page := list[api.IncidentPage](d, "/api/v1/incidents"+query("limit", "2", "after", after, "state", "reported", "state", "closed", "open", "true"))
		for _, i := range page.Items {
			codes = append(codes, i.Code[len(i.Code)-4:])
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if got := strings.Join(codes, " "); got != "0005 0004 0003 0002 0001" {
		t.Errorf("paged through %s", got)
	}
	d.get("/api/v1/incidents?after=nonsense").problem(http.StatusBadRequest, "page.after")
	d.get("/api/v1/incidents?state=lost").problem(http.StatusBadRequest, "request.invalid")
	d.get("/api/v1/incidents?limit=501").problem(http.StatusBadRequest, "request.invalid")
}

package httpapi

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"wangge/internal/area/areatest"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
	"wangge/internal/incident"
)

// around is a box as a polygon.
func around(b orb.Bound) map[string]any {
	var ring [][]float64
	for _, p := range b.ToRing() {
		ring = append(ring, []float64{p[0], p[1]})
	}
	return map[string]any{"polygon": ring}
}

// onMap puts a worker on shift onto the map.
func (w *town) onMap(worker int32, uid string, at orb.Point) {
	w.t.Helper()
	now := time.Now().UTC()
	shift := map[string]any{"shifts": []map[string]any{{"worker_id": worker, "from": now.Add(-time.Minute)}}}
	w.as(identity.Dispatcher).send("POST", "/api/v1/shifts", shift).ok(http.StatusCreated)
	device := map[string]any{"devices": []map[string]any{{"uid": uid, "worker_id": worker}}}
	w.as(identity.Administrator).send("POST", "/api/v1/devices", device).ok(http.StatusOK)
	w.anonymous().get("/ingest/osmand" + query("id", uid, "lon", fmt.Sprint(at[0]), "lat", fmt.Sprint(at[1]))).ok(http.StatusOK)
}

// TestSurveyCountsWhatLiesWithin: one grid's box is asked for; what is counted is compared with what was put there.
func TestSurveyCountsWhatLiesWithin(t *testing.T) {
	w := startTown(t)
	operator := w.as(identity.Operator)
	here := w.index.ByCode(areatest.Grid)
	people := w.workers(areatest.Grid, areatest.Grid)
	w.onMap(people[0].ID, "860000000000001", here.Label)
	w.onMap(people[1].ID, "860000000000002", w.index.ByCode(otherGrid).Label)
	var inside incident.View
	operator.send("POST", "/api/v1/incidents", w.rubbish(areatest.Grid)).ok(http.StatusCreated).into(&inside)
	operator.send("POST", "/api/v1/incidents", w.rubbish(otherGrid)).ok(http.StatusCreated)

	box, buildings, households := here.Boundary.Bound(), 0, 0
	for _, grid := range w.index.AtLevel("grid") {
		for _, b := range w.deps.Areas.Buildings(grid.Code) {
			if centre, _ := planar.CentroidArea(b.Footprint); box.Contains(centre) {
				buildings++
				households += b.Households
			}
		}
	}
	var got api.Survey
	operator.send("POST", "/api/v1/survey", around(box)).ok(http.StatusOK).into(&got)
	if got.Buildings != buildings || got.Households != households || buildings < areatest.Small.Buildings {
		t.Errorf("%d buildings with %d households, want %d with %d", got.Buildings, got.Households, buildings, households)
	}
	if got.Workers.Total != 1 || got.Workers.Items[0].ID != people[0].ID || got.Workers.Items[0].State != 0 {
		t.Errorf("workers: %+v", got.Workers)
	}
	if got.Incidents.Total != 1 || got.Incidents.Items[0].ID != inside.ID || len(got.Incidents.BySeverity) != 4 {
		t.Errorf("incidents: %+v", got.Incidents)
	}
	operator.send("POST", "/api/v1/survey", around(w.index.Bound())).ok(http.StatusOK).into(&got)
	if got.Workers.Total != 2 || got.Incidents.Total != 2 {
		t.Errorf("in the whole district: %d workers, %d incidents", got.Workers.Total, got.Incidents.Total)
	}
}

// TestSurveyKeepsToScopeAndRights: what lies in another's area isn't counted, and who may not see people is told nothing of them.
func TestSurveyKeepsToScopeAndRights(t *testing.T) {
	w := startTown(t)
	people := w.workers(areatest.Grid)
	w.onMap(people[0].ID, "860000000000001", w.index.ByCode(areatest.Grid).Label)
	w.as(identity.Operator).send("POST", "/api/v1/incidents", w.rubbish(areatest.Grid)).ok(http.StatusCreated)
	w.account("elsewhere", identity.Community, areatest.Code+"002", 0)
	var got api.Survey
	w.signIn("elsewhere").send("POST", "/api/v1/survey", around(w.index.ByCode(areatest.Grid).Boundary.Bound())).ok(http.StatusOK).into(&got)
	if got.Buildings != 0 || len(got.Facilities) != 0 || got.Workers.Total != 0 || got.Incidents.Total != 0 {
		t.Errorf("of another's area: %+v", got)
	}
	everything := around(w.index.Bound())
	var without map[string]any
	w.as(identity.GridWorker).send("POST", "/api/v1/survey", everything).ok(http.StatusOK).into(&without)
	if _, told := without["workers"]; told || without["incidents"] == nil {
		t.Errorf("a grid worker is told %v", without)
	}
	w.as(identity.Operator).send("POST", "/api/v1/survey", map[string]any{"polygon": [][]float64{{37, 116}, {37, 117}, {38, 117}}}).
		problem(http.StatusBadRequest, "survey.shape")
	w.as(identity.Operator).send("POST", "/api/v1/survey", map[string]any{"polygon": [][]float64{{116, 37}}}).
		problem(http.StatusBadRequest, "request.invalid")
}

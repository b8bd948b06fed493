package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"wangge/internal/area/areatest"
	"wangge/internal/geo"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
	"wangge/internal/tracking"
)

type results struct {
	Items []api.SearchResult `json:"items"`
}

func (c *client) find(q string) []api.SearchResult {
	c.w.t.Helper()
	var found results
	c.get("/api/v1/search" + query("q", q)).ok(http.StatusOK).into(&found)
	return found.Items
}

func kindsOf(items []api.SearchResult) map[string]int {
	kinds := map[string]int{}
	for _, i := range items {
		kinds[i.Kind]++
	}
	return kinds
}

func TestEverythingIsFoundInOnePlace(t *testing.T) {
	w := startTown(t)
	staff := w.workers(areatest.Grid, otherCommunity+"1001")
	operator := w.as(identity.Operator)
	grid := w.index.ByCode(areatest.Grid)
	reported := operator.send("POST", "/api/v1/incidents", map[string]any{"class": "09012", "text": "张家胡同被堵", "lon": grid.Label.X(), "lat": grid.Label.Y()})
	var incident api.Incident
	reported.ok(http.StatusCreated).into(&incident)

	if got := operator.find("张1"); len(got) != 1 || got[0].Kind != "worker" || got[0].ID != int64(staff[0].ID) || got[0].Reason != "name" {
		t.Errorf("张1 finds %+v", got)
	}
	if got := kindsOf(operator.find("zhang")); got["worker"] != 2 {
		t.Errorf("zhang finds %v", got)
	}
	if got := operator.find(incident.Code); len(got) == 0 || got[0].Kind != "incident" || got[0].ID != incident.ID || got[0].Reason != "code" {
		t.Errorf("%s finds %+v", incident.Code, got)
	}
	if got := operator.find("xftd"); len(got) != 1 || got[0].Kind != "incident" || got[0].Reason != "initials" {
		t.Errorf("the initials of 消防通道, its class, find %+v", got)
	}
	if got := operator.find("胡同"); len(got) != 1 || got[0].Reason != "text" || got[0].Lon == nil {
		t.Errorf("胡同 finds %+v", got)
	}
	if got := operator.find(areatest.Community); len(got) == 0 || got[0].Kind != "area" || got[0].Code != areatest.Community || got[0].Type != "community" {
		t.Errorf("a community's code finds %+v", got)
	}
	if got := kindsOf(operator.find("便民服务站")); got["facility"] == 0 {
		t.Errorf("service stations: %v", got)
	}
	if got := operator.find("没有这样的东西"); got == nil || len(got) != 0 {
		t.Errorf("nothing is %+v", got)
	}

	renamed := staff[0]
	renamed.Name = "欧阳娜"
	w.as(identity.Administrator).send("POST", "/api/v1/workers", map[string]any{"workers": []map[string]any{
		{"code": renamed.Code, "name": renamed.Name, "duty": renamed.Duty, "area": renamed.Area}}}).ok(http.StatusOK)
	if got := operator.find("oyn"); len(got) != 1 || got[0].ID != int64(renamed.ID) {
		t.Errorf("the new name is not found: %+v", got)
	}
	if got := operator.find("张1"); len(got) != 0 {
		t.Errorf("the old name is found: %+v", got)
	}
}

func TestSearchingShowsWhatOneMaySee(t *testing.T) {
	w := startTown(t)
	w.workers(areatest.Grid, otherCommunity+"1001")
	w.account("east", identity.Operator, otherCommunity, 0)
	east := w.signIn("east")
	for _, item := range append(east.find("网格"), append(east.find("zhang"), east.find("便民服务站")...)...) {
		if !(identity.Principal{Scope: otherCommunity}).Sees(item.Area) {
			t.Errorf("sees %+v", item)
		}
	}
	if got := kindsOf(east.find("zhang")); got["worker"] != 1 {
		t.Errorf("workers of the scope: %v", got)
	}
	if got := kindsOf(w.as(identity.Department).find("zhang")); got["worker"] != 0 {
		t.Errorf("a department finds workers: %v", got)
	}
}

// stand puts workers on shift at places, as if their phones had sent them just now.
func (w *town) stand(worker int32, lon, lat float64, ago time.Duration) {
	at := time.Now().Add(-ago).UnixMilli()
	w.deps.Tracking.Table.Apply([]tracking.Motion{{Worker: worker, Lon: geo.E7(lon), Lat: geo.E7(lat), At: at, Seen: at}})
}

func TestTheNearestWorkers(t *testing.T) {
	w := startTown(t)
	grid := w.index.ByCode(areatest.Grid)
	lon, lat := grid.Label.X(), grid.Label.Y()
	staff := w.workers(areatest.Grid, areatest.Grid, areatest.Grid, areatest.Grid, otherCommunity+"1001")
	var shifts []map[string]any
	for _, s := range slices.Concat(staff[:3], staff[4:]) { // the fourth is off shift
		shifts = append(shifts, map[string]any{"worker_id": s.ID, "from": time.Now().Add(-time.Hour).UTC()})
	}
	w.as(identity.Dispatcher).send("POST", "/api/v1/shifts", map[string]any{"shifts": shifts}).ok(http.StatusCreated)
	w.stand(staff[0].ID, lon+0.002, lat, 0)
	w.stand(staff[1].ID, lon+0.001, lat, 2*time.Minute)
	w.stand(staff[2].ID, lon, lat, 6*time.Minute) // lost
	w.stand(staff[3].ID, lon, lat, 0)
	w.stand(staff[4].ID, lon+0.003, lat, 0)

	near := func(c *client, limit string) (ids []int32, items []api.NearWorker) {
		var found struct {
			Items []api.NearWorker `json:"items"`
		}
		c.get("/api/v1/workers/nearest" + query("lon", fmt.Sprint(lon), "lat", fmt.Sprint(lat), "limit", limit)).ok(http.StatusOK).into(&found)
		for _, n := range found.Items {
			ids = append(ids, n.ID)
		}
		return ids, found.Items
	}
	ids, items := near(w.as(identity.Operator), "5")
	if !slices.Equal(ids, []int32{staff[1].ID, staff[0].ID, staff[4].ID}) {
		t.Fatalf("the nearest are %v of %v", ids, staff)
	}
	// A thousandth of a degree of longitude at 37.4° north, on a sphere of 6371 km: 88.3 m.
	if items[0].Metres < 87 || items[0].Metres > 89 || items[0].State != "stale" || items[1].State != "live" {
		t.Errorf("%+v", items)
	}
	if ids, _ := near(w.as(identity.Operator), "1"); len(ids) != 1 {
		t.Errorf("one of them is %v", ids)
	}
	w.account("east", identity.Operator, otherCommunity, 0)
	if ids, _ := near(w.signIn("east"), "5"); !slices.Equal(ids, []int32{staff[4].ID}) {
		t.Errorf("in the scope of the other community: %v", ids)
	}
	w.as(identity.Operator).get("/api/v1/workers/nearest?lon=37.4&lat=116.3").problem(http.StatusBadRequest, "request.invalid")
}

func TestTheBriefOfAnArea(t *testing.T) {
	w := startTown(t)
	staff := w.workers(areatest.Grid, areatest.Community+"1002")
	w.as(identity.Dispatcher).send("POST", "/api/v1/shifts", map[string]any{"shifts": []map[string]any{
		{"worker_id": staff[0].ID, "from": time.Now().Add(-time.Hour).UTC()}}}).ok(http.StatusCreated)
	grid := w.index.ByCode(areatest.Grid)
	w.stand(staff[0].ID, grid.Label.X(), grid.Label.Y(), time.Second)
	operator := w.as(identity.Operator)
	operator.send("POST", "/api/v1/incidents", map[string]any{"class": "09012", "text": "堵", "lon": grid.Label.X(), "lat": grid.Label.Y()}).ok(http.StatusCreated)

	var b api.AreaBrief
	operator.get("/api/v1/areas/" + areatest.Community + "/brief").ok(http.StatusOK).into(&b)
	if b.People.OnShiftCount != 1 || b.People.Posted != 2 || b.People.OnShift[0].State != "live" || b.People.OnShift[0].Phone != "138****5678" {
		t.Errorf("people: %+v", b.People)
	}
	if *b.Incidents != (api.AreaFigures{Open: 1, Pressing: 1, Waiting: 1, ReportedToday: 1}) {
		t.Errorf("figures: %+v", b.Incidents)
	}
	if b.Grids != 6 || b.Buildings != 18 || len(b.Ancestors) != 2 {
		t.Errorf("%+v", b)
	}
	operator.get("/api/v1/areas/" + areatest.Grid + "/brief").ok(http.StatusOK).into(&b)
	if len(b.People.Leaders) != 1 || b.People.Leaders[0].Name != grid.LeaderName || b.People.Leaders[0].OnShift {
		t.Errorf("a grid without a posted leader names the map's: %+v", b.People.Leaders)
	}
	b = api.AreaBrief{}
	w.as(identity.Department).get("/api/v1/areas/" + areatest.Grid + "/brief").ok(http.StatusOK).into(&b)
	if b.People != nil || b.Incidents == nil {
		t.Errorf("a department sees %+v", b)
	}
	w.account("east", identity.Operator, otherCommunity, 0)
	east := w.signIn("east")
	east.get("/api/v1/areas/"+areatest.Grid+"/brief").problem(http.StatusNotFound, "area.unknown")

	house, place := w.deps.Areas.Buildings(areatest.Grid)[0], w.deps.Areas.Facilities(areatest.Grid)[0]
	var building api.BuildingDetail
	operator.get(fmt.Sprintf("/api/v1/buildings/%d", house.ID)).ok(http.StatusOK).into(&building)
	if building.Building.Code != house.Code || len(building.Ancestors) != 4 || building.Ancestors[3].Code != areatest.Grid || !house.Footprint.Bound().Contains(building.At) {
		t.Errorf("%+v", building)
	}
	var facility api.FacilityDetail
	operator.get(fmt.Sprintf("/api/v1/facilities/%d", place.ID)).ok(http.StatusOK).into(&facility)
	if facility.Facility.Code != place.Code || facility.Facility.Windows != 3 {
		t.Errorf("%+v", facility)
	}
	east.get(fmt.Sprintf("/api/v1/buildings/%d", house.ID)).problem(http.StatusNotFound, "building.unknown")
	east.get(fmt.Sprintf("/api/v1/facilities/%d", place.ID)).problem(http.StatusNotFound, "facility.unknown")
}

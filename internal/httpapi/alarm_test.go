package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"wangge/internal/alarm"
	"wangge/internal/area/areatest"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
)

// called raises an SOS of a worker posted to a grid, and gives the worker's browser and the alarm.
func (w *town) called(grid string) (*client, alarm.View) {
	w.t.Helper()
	worker := w.workers(grid)[0]
	w.account("wang.fang", identity.GridWorker, grid, worker.ID)
	browser := w.signIn("wang.fang")
	var a alarm.View
	browser.send("POST", "/api/v1/me/sos", api.CallForHelp{Text: "请速来"}).ok(http.StatusCreated).into(&a)
	return browser, a
}

func TestACallForHelp(t *testing.T) {
	w := startTown(t)
	worker, a := w.called(areatest.Grid)
	if a.Kind != alarm.SOS || a.Severity != "critical" || a.Area != areatest.Grid || a.Subject.Text != "请速来" || a.Subject.WorkerName != "张1" {
		t.Errorf("raised as %+v", a)
	}
	var again alarm.View
	worker.send("POST", "/api/v1/me/sos", api.CallForHelp{}).ok(http.StatusOK).into(&again)
	if again.ID != a.ID {
		t.Errorf("calling again raised %d beside %d", again.ID, a.ID)
	}
	worker.get("/api/v1/alarms").problem(http.StatusForbidden, "session.right")
	w.as(identity.GridWorker).send("POST", "/api/v1/me/sos", api.CallForHelp{}).problem(http.StatusForbidden, "alarm.no_worker")
	if items := list[api.AlarmPage](w.as(identity.Operator), "/api/v1/alarms"+query("open", "true", "acknowledged", "false", "kind", "sos", "area", areatest.Community)).Items; len(items) != 1 {
		t.Errorf("listed are %+v", items)
	}
	if items := list[api.AlarmPage](w.as(identity.Operator), "/api/v1/alarms"+query("kind", "unstaffed")).Items; len(items) != 0 {
		t.Errorf("of another kind there are %+v", items)
	}
}

// TestWhoAcknowledgesFirst: the same request again is answered alike; somebody else is told who was first.
func TestWhoAcknowledgesFirst(t *testing.T) {
	w := startTown(t)
	_, a := w.called(areatest.Grid)
	path := "/api/v1/alarms/" + itoa(a.ID) + "/acknowledge"
	body := api.AcknowledgeAlarm{Version: a.Version, Note: "已电话联系"}
	operator := w.as(identity.Operator).with(keyHeader, "ack-1")
	var done alarm.View
	operator.send("POST", path, body).ok(http.StatusOK).into(&done)
	if done.AcknowledgedBy != "某operator" || done.Note != "已电话联系" || done.AcknowledgedAt == nil || done.Version != a.Version+1 {
		t.Errorf("acknowledged as %+v", done)
	}
	if got := operator.send("POST", path, body).ok(http.StatusOK); got.header.Get(replayedHeader) != "true" {
		t.Errorf("again: %s", got.body)
	}
	p := w.as(identity.Dispatcher).with("Accept-Language", "zh-CN").send("POST", path, body).problem(http.StatusConflict, "alarm.acknowledged")
	if !strings.Contains(p["detail"].(string), "某operator") {
		t.Errorf("the second is told %v", p["detail"])
	}
}

func TestAlarmsOfOtherCommunitiesAreNotThere(t *testing.T) {
	w := startTown(t)
	_, a := w.called(areatest.Grid)
	w.account("north", identity.Community, areatest.Subdistrict+"002", 0)
	north := w.signIn("north")
	path := func(id int64) string { return "/api/v1/alarms/" + itoa(id) + "/acknowledge" }
	body := api.AcknowledgeAlarm{Version: 1}
	here := north.send("POST", path(a.ID), body).problem(http.StatusNotFound, "alarm.missing")
	nowhere := north.send("POST", path(999999), body).problem(http.StatusNotFound, "alarm.missing")
	if here["detail"] != nowhere["detail"] {
		t.Errorf("%q and %q differ", here["detail"], nowhere["detail"])
	}
	if items := list[api.AlarmPage](north, "/api/v1/alarms").Items; len(items) != 0 {
		t.Errorf("it lists %+v", items)
	}
	w.account("south", identity.Community, areatest.Community, 0)
	w.signIn("south").send("POST", path(a.ID), body).ok(http.StatusOK)
}

func TestFiguresOfToday(t *testing.T) {
	w := startTown(t)
	d := w.as(identity.Dispatcher)
	for range 3 {
		d.send("POST", "/api/v1/incidents", w.rubbish(areatest.Grid)).ok(http.StatusCreated)
	}
	var f api.TodayFigures
	d.get("/api/v1/figures/today").ok(http.StatusOK).into(&f)
	var reported, closed, open int
	w.must(w.db.Pool.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE (reported_at AT TIME ZONE 'Asia/Shanghai')::date = $1::date),
		count(closed_at), count(*) FILTER (WHERE closed_at IS NULL) FROM incident`, f.Day).Scan(&reported, &closed, &open))
	if f.Reported != reported || f.Closed != closed || f.Open != open || open != 3 {
		t.Errorf("the figures are %+v, SQL counts %d, %d, %d", f, reported, closed, open)
	}
}

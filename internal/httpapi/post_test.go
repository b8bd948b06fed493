package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"wangge/internal/area/areatest"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
)

const (
	otherCommunity = areatest.Subdistrict + "002"
	otherGrid      = otherCommunity + "1001"
)

func TestWorkersOfOnesOwnScopeWithMaskedPhones(t *testing.T) {
	w := startTown(t)
	people := w.workers(areatest.Grid, otherGrid, areatest.Grid)
	w.account("north", identity.Community, otherCommunity, 0)
	north, admin := w.signIn("north"), w.as(identity.Administrator)
	got := admin.get("/api/v1/workers").ok(http.StatusOK)
	if body := string(got.body); strings.Contains(body, "13812345678") || !strings.Contains(body, "138****5678") {
		t.Errorf("phones are not masked: %s", body)
	}
	if page := list[api.WorkerPage](north, "/api/v1/workers"); len(page.Items) != 1 || page.Items[0].ID != people[1].ID {
		t.Errorf("the north sees %+v", page.Items)
	}
	mine, theirs := fmt.Sprintf("/api/v1/workers/%d", people[1].ID), fmt.Sprintf("/api/v1/workers/%d", people[0].ID)
	north.get(mine).ok(http.StatusOK)
	north.get(theirs).problem(http.StatusNotFound, "worker.unknown")
	north.get("/api/v1/workers/999").problem(http.StatusNotFound, "worker.unknown")
	for path, want := range map[string]int{"?q=张2": 1, "?q=w00": 3, "?q=nobody": 0, "?area=" + areatest.Community: 2, "?area=" + areatest.Community + "&q=w001": 1} {
		if page := list[api.WorkerPage](admin, "/api/v1/workers"+path); len(page.Items) != want {
			t.Errorf("workers%s: %d, want %d", path, len(page.Items), want)
		}
	}
	first := list[api.WorkerPage](admin, "/api/v1/workers?limit=2")
	rest := list[api.WorkerPage](admin, "/api/v1/workers?limit=2&after="+first.Next)
	if len(first.Items) != 2 || len(rest.Items) != 1 || rest.Next != "" || rest.Items[0].ID != people[2].ID {
		t.Errorf("pages of %d and %d", len(first.Items), len(rest.Items))
	}
}

func TestSavingWorkersNamesWhatIsWrong(t *testing.T) {
	w := startTown(t)
	admin := w.as(identity.Administrator)
	rows := []map[string]any{
		{"code": "A1", "name": "甲", "duty": "grid_worker", "area": areatest.Grid},
		{"code": "A2", "name": "乙", "duty": "grid_worker", "area": "3714029999999999"},
	}
	p := admin.send("POST", "/api/v1/workers", map[string]any{"workers": rows}).problem(http.StatusBadRequest, "worker.invalid")
	if field := p["errors"].([]any)[0].(map[string]any); field["name"] != "workers[1].area" || field["detail"] == "" {
		t.Errorf("it names %v", field)
	}
	rows[1]["area"] = "12"
	q := admin.send("POST", "/api/v1/workers", map[string]any{"workers": rows}).problem(http.StatusBadRequest, "request.invalid")
	if field := q["errors"].([]any)[0].(map[string]any); field["name"] != "workers[1].area" || field["code"] != "pattern" {
		t.Errorf("it names %v", field)
	}
	if n := len(list[api.WorkerPage](admin, "/api/v1/workers").Items); n != 0 {
		t.Errorf("%d workers were saved", n)
	}
	rows[1]["area"] = otherGrid
	admin.send("POST", "/api/v1/workers", map[string]any{"workers": rows}).ok(http.StatusOK)
	if n := len(list[api.WorkerPage](admin, "/api/v1/workers").Items); n != 2 {
		t.Errorf("%d workers were saved", n)
	}
	if audit := list[api.AuditPage](admin, "/api/v1/audit?action=worker.changed"); len(audit.Items) != 2 || audit.Items[0].Actor != "administrator" {
		t.Errorf("the audit says %+v", audit.Items)
	}
}

func TestShiftsOverHTTP(t *testing.T) {
	w := startTown(t)
	people := w.workers(areatest.Grid, otherGrid)
	w.account("zhang", identity.GridWorker, areatest.Community, people[0].ID)
	w.account("north", identity.Community, otherCommunity, 0)
	worker, north, dispatcher := w.signIn("zhang"), w.signIn("north"), w.as(identity.Dispatcher)

	worker.send("DELETE", "/api/v1/me/shift", nil).problem(http.StatusConflict, "shift.none")
	var mine, again, ended api.Shift
	worker.send("POST", "/api/v1/me/shift", nil).ok(http.StatusOK).into(&mine)
	worker.send("POST", "/api/v1/me/shift", nil).ok(http.StatusOK).into(&again)
	if mine.WorkerID != people[0].ID || again.ID != mine.ID {
		t.Errorf("on shift as %+v, again %+v", mine, again)
	}
	var shown api.Worker
	dispatcher.get(fmt.Sprintf("/api/v1/workers/%d", people[0].ID)).ok(http.StatusOK).into(&shown)
	if !shown.OnShift || shown.Shift.ID != mine.ID {
		t.Errorf("the dispatcher sees %+v", shown)
	}
	var now struct{ Items []api.Shift }
	north.get("/api/v1/shifts").ok(http.StatusOK).into(&now)
	if len(now.Items) != 0 {
		t.Errorf("the north sees %+v", now.Items)
	}
	north.send("POST", "/api/v1/shifts/"+itoa(mine.ID)+"/end", nil).problem(http.StatusNotFound, "shift.unknown")
	worker.send("DELETE", "/api/v1/me/shift", nil).ok(http.StatusOK).into(&ended)
	if ended.ID != mine.ID || ended.To == nil {
		t.Errorf("ended as %+v", ended)
	}
	w.as(identity.GridWorker).send("POST", "/api/v1/me/shift", nil).problem(http.StatusForbidden, "shift.no_worker")

	from := time.Now().Add(time.Hour).UTC()
	rows := map[string]any{"shifts": []map[string]any{
		{"worker_id": people[0].ID, "from": from, "to": from.Add(8 * time.Hour)},
		{"worker_id": people[0].ID, "from": from.Add(time.Hour)},
	}}
	p := dispatcher.send("POST", "/api/v1/shifts", rows).problem(http.StatusConflict, "shift.overlap")
	if len(p["errors"].([]any)) == 0 {
		t.Error("no row is named")
	}
	rows["shifts"] = rows["shifts"].([]map[string]any)[:1]
	north.send("POST", "/api/v1/shifts", rows).problem(http.StatusBadRequest, "shift.roster")
	dispatcher.send("POST", "/api/v1/shifts", rows).ok(http.StatusCreated)
	dispatcher.get("/api/v1/shifts" + query("from", from.Format(time.RFC3339), "to", from.Add(time.Minute).Format(time.RFC3339))).ok(http.StatusOK).into(&now)
	if len(now.Items) != 1 {
		t.Errorf("%d planned shifts", len(now.Items))
	}
	dispatcher.get("/api/v1/shifts"+query("from", from.Format(time.RFC3339), "to", from.Add(-time.Hour).Format(time.RFC3339))).problem(http.StatusBadRequest, "time.range")
	dispatcher.get("/api/v1/shifts?from=yesterday").problem(http.StatusBadRequest, "request.invalid")
}

// TestLookingAtATrackIsRecorded: who looked at whose track, from where and why.
func TestLookingAtATrackIsRecorded(t *testing.T) {
	w := startTown(t)
	people := w.workers(areatest.Grid, otherGrid)
	w.account("north", identity.Dispatcher, otherCommunity, 0)
	dispatcher, admin := w.as(identity.Dispatcher), w.as(identity.Administrator)
	span := query("from", "2026-11-23T00:00:00Z", "to", "2026-11-23T08:00:00Z", "reason", "核实到场")
	path := fmt.Sprintf("/api/v1/workers/%d/track", people[0].ID)
	var track api.Track
	dispatcher.get(path + span).ok(http.StatusOK).into(&track)
	if track.WorkerID != people[0].ID || len(track.Fixes) != 0 {
		t.Errorf("the track is %+v", track)
	}
	w.signIn("north").get(path+span).problem(http.StatusNotFound, "worker.unknown")
	dispatcher.get(path+query("from", "2026-11-23T00:00:00Z", "to", "2026-11-25T00:00:00Z")).problem(http.StatusBadRequest, "track.span")
	dispatcher.get(path).problem(http.StatusBadRequest, "request.invalid")

	audit := list[api.AuditPage](admin, "/api/v1/audit?action=track.read")
	if len(audit.Items) != 1 {
		t.Fatalf("%d looks are recorded, one was given an answer", len(audit.Items))
	}
	var detail struct{ Reason string }
	look := audit.Items[0]
	if err := json.Unmarshal(look.Detail, &detail); err != nil {
		t.Fatal(err)
	}
	if look.Actor != "dispatcher" || look.EntityID != fmt.Sprint(people[0].ID) || look.Area != areatest.Grid || detail.Reason != "核实到场" || look.RequestID == "" {
		t.Errorf("recorded is %+v with %+v", look, detail)
	}
}

func TestDevicesAndTheirSecrets(t *testing.T) {
	w := startTown(t)
	people := w.workers(areatest.Grid, otherGrid)
	w.account("local", identity.Administrator, otherCommunity, 0)
	admin, local := w.as(identity.Administrator), w.signIn("local")
	var saved, again struct{ Items []api.Device }
	order := map[string]any{"devices": []map[string]any{{"uid": "860000000000001", "name": "演示手机", "worker_id": people[0].ID, "new_secret": true}}}
	keyed := admin.with(keyHeader, "devices-1")
	keyed.send("POST", "/api/v1/devices", order).ok(http.StatusOK).into(&saved)
	if d := saved.Items[0]; d.Secret == "" || !d.HasSecret || d.WorkerID != people[0].ID {
		t.Errorf("saved as %+v", d)
	}
	replayed := keyed.send("POST", "/api/v1/devices", order).ok(http.StatusOK)
	replayed.into(&again)
	if replayed.header.Get(replayedHeader) != "true" || again.Items[0].Secret != "" || again.Items[0].ID != saved.Items[0].ID {
		t.Errorf("repeated: %+v", again.Items)
	}
	if got := admin.get("/api/v1/devices?q=演示").ok(http.StatusOK); strings.Contains(string(got.body), saved.Items[0].Secret) {
		t.Error("the secret is shown again")
	}
	if page := list[api.DevicePage](local, "/api/v1/devices"); len(page.Items) != 0 {
		t.Errorf("another community's administrator sees %+v", page.Items)
	}
	claimed := map[string]any{"uid": "demo/phone", "worker_id": people[1].ID}
	local.send("POST", "/api/v1/devices/claim", claimed).ok(http.StatusOK)
	local.send("POST", "/api/v1/devices/claim", claimed).problem(http.StatusConflict, "device.claimed")
	claimed["uid"], claimed["worker_id"] = "demo/other", people[0].ID
	local.send("POST", "/api/v1/devices/claim", claimed).problem(http.StatusBadRequest, "device.invalid")
	var kept string
	if err := w.db.Pool.QueryRow(t.Context(), "SELECT coalesce(string_agg(convert_from(body, 'UTF8'), ''), '') FROM idempotency").Scan(&kept); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(kept, saved.Items[0].Secret) {
		t.Error("the secret lies in the database")
	}
	if audit := list[api.AuditPage](admin, "/api/v1/audit?entity=device"); len(audit.Items) != 2 {
		t.Errorf("%d changes of devices are recorded", len(audit.Items))
	}
}

package httpapi

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"wangge/internal/area/areatest"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
	"wangge/internal/incident"
	"wangge/internal/sheet"
)

// upload sends a table as it is.
func (c *client) upload(path string, content []byte) answer {
	c.w.t.Helper()
	r, err := http.NewRequestWithContext(c.w.t.Context(), "POST", c.w.url+path, bytes.NewReader(content))
	c.w.must(err)
	r.Header = c.header.Clone()
	r.Header.Set("Content-Type", "application/octet-stream")
	response, err := c.http.Do(r)
	c.w.must(err)
	defer response.Body.Close()
	a := answer{t: c.w.t, status: response.StatusCode, header: response.Header}
	a.body, err = io.ReadAll(response.Body)
	c.w.must(err)
	c.w.conforms(r, a)
	return a
}

func table(lines ...string) []byte {
	var cells [][]string
	for _, line := range lines {
		cells = append(cells, strings.Split(line, ","))
	}
	return sheet.WriteCSV(cells)
}

func TestWorkersFromATable(t *testing.T) {
	w := startTown(t)
	w.workers(areatest.Grid) // W001
	admin := w.as(identity.Administrator)
	good := table("Staff number,Name,Duty,Posted area,Phone,Has left",
		"W001,张1,网格员,"+areatest.Grid+",,", "N1,李娜,grid leader,"+areatest.Community+",13900000000,no")
	bad := table("工号,姓名,岗位,所属区域", "N1,李娜,网格长,"+areatest.Grid, "N2,,经理,3.7E+15", "N1,王,网格员,"+areatest.Grid)

	var report api.ImportReport
	admin.upload("/api/v1/workers/import?file=a.csv&dry_run=true", bad).ok(http.StatusOK).into(&report)
	if report.Applied || report.Created != 1 || report.Wrong != 2 {
		t.Errorf("the report is %+v", report)
	}
	problems := map[string]bool{}
	for _, p := range report.Rows[1].Problems {
		problems[p.Column+" "+p.Code] = p.Detail != ""
	}
	for _, want := range []string{"Name worker.name", "Duty enum", "Posted area import.rounded"} {
		if !problems[want] {
			t.Errorf("row 3 lacks %q: %v", want, problems)
		}
	}
	if last := report.Rows[2]; last.Row != 4 || last.Outcome != "wrong" || last.Problems[0].Code != "worker.code_twice" {
		t.Errorf("the last row is %+v", last)
	}
	p := admin.upload("/api/v1/workers/import?file=a.csv", bad).problem(http.StatusBadRequest, "import.rows")
	if first := p["errors"].([]any)[0].(map[string]any); !strings.HasPrefix(first["name"].(string), "rows[3].") {
		t.Errorf("it names %v", first)
	}
	if n := len(list[api.WorkerPage](admin, "/api/v1/workers").Items); n != 1 {
		t.Fatalf("there are %d workers after two refusals", n)
	}

	report = api.ImportReport{}
	admin.upload("/api/v1/workers/import?file=a.csv&dry_run=true", good).ok(http.StatusOK).into(&report)
	if report.Created != 1 || report.Unchanged != 1 {
		t.Errorf("the report is %+v", report)
	}
	keyed := admin.with(keyHeader, "import-1")
	first := keyed.upload("/api/v1/workers/import?file=a.csv", good).ok(http.StatusOK)
	again := keyed.upload("/api/v1/workers/import?file=a.csv", good).ok(http.StatusOK)
	if again.header.Get(replayedHeader) != "true" || !bytes.Equal(bytes.TrimSpace(first.body), bytes.TrimSpace(again.body)) {
		t.Errorf("repeated: %s", again.body)
	}
	if phone := list[api.WorkerPage](admin, "/api/v1/workers?q=W001").Items[0].Phone; phone != "138****5678" {
		t.Errorf("an empty cell changed the number to %q", phone)
	}
	keyed.upload("/api/v1/workers/import?file=a.csv&dry_run=true", good).problem(http.StatusConflict, "idempotency.reused")
}

func TestTablesThatCannotBeReadAreRefusedByName(t *testing.T) {
	w := startTown(t)
	admin := w.as(identity.Administrator)
	admin.upload("/api/v1/workers/import?file=a.xlsx", table("code,name")).problem(http.StatusBadRequest, "sheet.content")
	admin.upload("/api/v1/workers/import?file=a.ods", table("code,name")).problem(http.StatusUnsupportedMediaType, "sheet.format")
	admin.upload("/api/v1/workers/import?file=a.csv", make([]byte, bulkBody+1)).problem(http.StatusRequestEntityTooLarge, "request.too_large")
	admin.upload("/api/v1/workers/import", table("code,name")).problem(http.StatusBadRequest, "request.invalid")
}

func TestTablesStayWithinOnesScope(t *testing.T) {
	w := startTown(t)
	people := w.workers(areatest.Grid, otherGrid)
	w.account("north", identity.Community, otherCommunity, 0)
	north := w.signIn("north")
	tomorrow := time.Now().In(incident.DistrictTime).Add(24 * time.Hour).Format(time.DateOnly)
	var report api.ImportReport
	north.upload("/api/v1/shifts/import?file=a.csv&dry_run=true", table("Staff number,From,To",
		people[0].Code+",2126-01-01 08:00,2126-01-01 16:00", people[1].Code+",yesterday,", people[1].Code+","+tomorrow+" 08:00,"+tomorrow+" 16:00",
		people[1].Code+","+tomorrow+" 15:00,"+tomorrow+" 17:00")).ok(http.StatusOK).into(&report)
	if report.Wrong != 3 || report.Created != 1 || report.Rows[3].Problems[0].Code != "shift.overlap" || report.Rows[0].Problems[0].Code != "worker.unknown" || report.Rows[1].Problems[0].Code != "import.time" {
		t.Errorf("the report is %+v", report)
	}
}

func TestAccountsFromATableGetPasswordsOnce(t *testing.T) {
	w := startTown(t)
	admin := w.as(identity.Administrator).with(keyHeader, "accounts-1")
	content := table("账号,姓名,角色,辖区,工号", "New.One,新,operator,"+areatest.Code+",")
	var report, again api.ImportReport
	admin.upload("/api/v1/accounts/import?file=a.csv", content).ok(http.StatusOK).into(&report)
	admin.upload("/api/v1/accounts/import?file=a.csv", content).ok(http.StatusOK).into(&again)
	if len(report.Passwords) != 1 || len(again.Passwords) != 0 || !again.Applied {
		t.Fatalf("the passwords are %+v, then %+v", report.Passwords, again.Passwords)
	}
	browser := w.anonymous()
	browser.send("POST", "/api/v1/session", map[string]string{"name": "new.one", "password": report.Passwords[0].Password}).ok(http.StatusOK)
	browser.get("/api/v1/incidents").problem(http.StatusForbidden, "session.password")
	browser.get("/api/v1/live").problem(http.StatusForbidden, "session.password")
	var session api.Session
	browser.send("POST", "/api/v1/me/password", api.ChangeMyPassword{Old: report.Passwords[0].Password, New: "my-own Kettle 7"}).ok(http.StatusOK).into(&session)
	if session.Account.MustChange || len(session.Rights) < 5 {
		t.Errorf("the session is %+v", session)
	}
	browser.get("/api/v1/incidents").ok(http.StatusOK)
}

func TestDevicesFromATableAreListedByKind(t *testing.T) {
	w := startTown(t)
	people := w.workers(areatest.Grid)
	admin := w.as(identity.Administrator)
	content := table("Device id,Name,Staff number,Switched off", "860001,one,"+people[0].Code+",", "860002,two,,yes")
	var report api.ImportReport
	admin.upload("/api/v1/devices/import?file=a.csv", content).ok(http.StatusOK).into(&report)
	if report.Created != 2 {
		t.Errorf("the report is %+v", report)
	}
	for filter, want := range map[string]int{"?kind=tracker": 2, "?kind=app": 0, "?worker=" + itoa(int64(people[0].ID)): 1, "?disabled=true": 1, "?q=张1": 1, "?sort=uid&limit=1": 1} {
		if page := list[api.DevicePage](admin, "/api/v1/devices"+filter); len(page.Items) != want {
			t.Errorf("%s: %d, want %d", filter, len(page.Items), want)
		}
	}
	report = api.ImportReport{}
	admin.upload("/api/v1/devices/import?file=a.csv&dry_run=true", content).ok(http.StatusOK).into(&report)
	if report.Unchanged != 2 {
		t.Errorf("a second time: %+v", report)
	}
}

func TestTemplatesSpeakTheReadersLanguage(t *testing.T) {
	w := startTown(t)
	admin := w.as(identity.Administrator)
	for _, kind := range []string{"accounts", "workers", "devices", "shifts"} {
		if english := admin.get("/api/v1/" + kind + "/import?format=csv").ok(http.StatusOK); strings.ContainsAny(strings.SplitN(string(english.body), "\r\n", 2)[0], "工账设") {
			t.Errorf("%s: the header is %.60s", kind, english.body)
		}
		if workbook := admin.get("/api/v1/" + kind + "/import").ok(http.StatusOK); !bytes.HasPrefix(workbook.body, []byte("PK")) {
			t.Errorf("%s: no workbook", kind)
		}
	}
}

func TestTheAuditIsExportedAndThatIsRecorded(t *testing.T) {
	w := startTown(t)
	w.account("north", identity.Administrator, otherCommunity, 0)
	admin := w.as(identity.Administrator)
	got := admin.get("/api/v1/audit.csv?action=session").ok(http.StatusOK)
	if lines := strings.Split(strings.TrimSpace(string(got.body)), "\r\n"); len(lines) != 2 || !strings.HasPrefix(lines[0], "\ufeffTime,Who,Action") || !strings.Contains(lines[1], ",administrator,session.start,account,") {
		t.Errorf("the table is %q", lines)
	}
	if page := list[api.AuditPage](admin, "/api/v1/audit?action=audit.export"); len(page.Items) != 1 || !strings.Contains(string(page.Items[0].Detail), "action=session") {
		t.Errorf("the audit says %+v", page.Items)
	}
	if page := list[api.AuditPage](w.signIn("north"), "/api/v1/audit?action=session"); len(page.Items) != 1 || page.Items[0].Actor != "north" {
		t.Errorf("the north sees %+v", page.Items)
	}
	if page := list[api.AuditPage](admin, "/api/v1/audit?area="+otherCommunity); len(page.Items) != 1 {
		t.Errorf("of the north there is %+v", page.Items)
	}
}

func TestShiftsAreCorrectedAndListedInPages(t *testing.T) {
	w := startTown(t)
	people := w.workers(areatest.Grid, otherGrid)
	dispatcher := w.as(identity.Dispatcher)
	var made struct{ Items []api.Shift }
	day := time.Now().UTC().Add(24 * time.Hour).Truncate(time.Minute)
	var rows []map[string]any
	for _, p := range people {
		rows = append(rows, map[string]any{"worker_id": p.ID, "from": day, "to": day.Add(8 * time.Hour)})
	}
	dispatcher.send("POST", "/api/v1/shifts", map[string]any{"shifts": rows}).ok(http.StatusCreated).into(&made)
	path := "/api/v1/shifts/" + itoa(made.Items[0].ID)
	var moved api.Shift
	dispatcher.send("PATCH", path, map[string]any{"version": 1, "from": day.Add(time.Hour), "to": day.Add(2 * time.Hour)}).ok(http.StatusOK).into(&moved)
	dispatcher.send("PATCH", path, map[string]any{"version": 1, "from": day, "to": day.Add(time.Hour)}).problem(http.StatusConflict, "shift.version")
	w.account("north", identity.Community, otherCommunity, 0)
	w.signIn("north").send("PATCH", path, map[string]any{"version": 2, "from": day, "to": day.Add(time.Hour)}).problem(http.StatusNotFound, "shift.unknown")

	span := []string{"from", day.Format(time.RFC3339), "to", day.Add(8 * time.Hour).Format(time.RFC3339), "limit", "1"}
	first := list[shiftPage](dispatcher, "/api/v1/shifts"+query(span...))
	second := list[shiftPage](dispatcher, "/api/v1/shifts"+query(append(span, "after", first.Next)...))
	if len(first.Items) != 1 || first.Items[0].WorkerName != "张2" || len(second.Items) != 1 || second.Items[0].ID != moved.ID || second.Next != "" {
		t.Errorf("the pages are %+v and %+v", first, second)
	}
	dispatcher.get("/api/v1/shifts?limit=1&after=nowhere").problem(http.StatusBadRequest, "page.after")
}

// shiftPage is a page of shifts.
type shiftPage struct {
	Items []api.Shift `json:"items"`
	Next  string      `json:"next"`
}

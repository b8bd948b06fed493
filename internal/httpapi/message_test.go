package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"wangge/internal/area/areatest"
	"wangge/internal/event"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
)

func TestAMessageFromTheCommandCentreToItsWorkerAndBack(t *testing.T) {
	w := startTown(t)
	staff := w.workers(areatest.Grid, otherCommunity+"1001")
	w.account("wang", identity.GridWorker, areatest.Grid, staff[0].ID)
	w.account("li", identity.GridWorker, otherCommunity+"1001", staff[1].ID)
	head, err := w.db.EventHead(t.Context())
	w.must(err)
	operator, wang, li := w.as(identity.Operator), w.signIn("wang"), w.signIn("li")

	to := fmt.Sprintf("/api/v1/workers/%d/messages", staff[0].ID)
	keyed := operator.with("Idempotency-Key", "one")
	var sent, again api.Message
	keyed.send("POST", to, map[string]string{"text": "  请到东门 "}).ok(http.StatusCreated).into(&sent)
	keyed.send("POST", to, map[string]string{"text": "  请到东门 "}).ok(http.StatusCreated).into(&again)
	if sent.ID != again.ID || sent.Text != "请到东门" || sent.Worker != staff[0].ID || sent.DeliveredAt != nil || sent.Version != 1 {
		t.Fatalf("sent %+v, and again %+v", sent, again)
	}
	var mine api.MessageList
	wang.get("/api/v1/me/messages").ok(http.StatusOK).into(&mine)
	if len(mine.Items) != 1 || mine.Items[0].ID != sent.ID {
		t.Fatalf("the worker has %+v", mine)
	}
	receipt := fmt.Sprintf("/api/v1/me/messages/%d/receipt", sent.ID)
	li.send("POST", receipt, map[string]string{"state": "read"}).problem(http.StatusNotFound, "message.missing")
	wang.send("POST", receipt, map[string]string{"state": "lost"}).problem(http.StatusBadRequest, "request.invalid")
	wang.send("POST", receipt, map[string]string{"state": "delivered"}).ok(http.StatusOK)
	wang.send("POST", receipt, map[string]string{"state": "read"}).ok(http.StatusOK)
	wang.send("POST", receipt, map[string]string{"state": "read"}).ok(http.StatusOK)
	var seen api.MessageList
	operator.get(to).ok(http.StatusOK).into(&seen)
	if len(seen.Items) != 1 || seen.Items[0].ReadAt == nil || seen.Items[0].DeliveredAt == nil || seen.Items[0].Version != 3 {
		t.Fatalf("the operator sees %+v", seen)
	}

	events, err := w.db.EventsAfter(t.Context(), head, 100)
	w.must(err)
	var kinds []string
	for _, e := range events {
		if e.Entity == "message" {
			kinds = append(kinds, e.Kind)
			if e.Area != areatest.Grid {
				t.Errorf("%s happened in %s", e.Kind, e.Area)
			}
		}
	}
	if got := strings.Join(kinds, " "); got != event.MessageSent+" "+event.MessageConfirmed+" "+event.MessageConfirmed {
		t.Errorf("events: %s", got)
	}
	var trail api.AuditPage
	w.as(identity.Administrator).get("/api/v1/audit?entity=message").ok(http.StatusOK).into(&trail)
	if len(trail.Items) != 3 || trail.Items[2].Actor != "operator" || trail.Items[0].Actor != "wang" {
		t.Errorf("audit: %+v", trail.Items)
	}
}

func TestMessagesStayInTheScope(t *testing.T) {
	w := startTown(t)
	staff := w.workers(areatest.Grid, otherCommunity+"1001")
	w.account("east", identity.Operator, otherCommunity, 0)
	east := w.signIn("east")
	for _, path := range []string{"/api/v1/workers/%d/messages", "/api/v1/workers/%d/phone"} {
		path = fmt.Sprintf(path, staff[0].ID)
		east.send("POST", path, map[string]string{"text": "x"}).problem(http.StatusNotFound, "worker.unknown")
	}
	east.get(fmt.Sprintf("/api/v1/workers/%d/messages", staff[0].ID)).problem(http.StatusNotFound, "worker.unknown")
	mine := fmt.Sprintf("/api/v1/workers/%d/messages", staff[1].ID)
	for _, text := range []string{"", " \n ", strings.Repeat("长", 501)} {
		got := east.send("POST", mine, map[string]string{"text": text})
		if got.status != http.StatusBadRequest {
			t.Errorf("%.10q answers %d", text, got.status)
		}
	}
	east.send("POST", mine, map[string]string{"text": strings.Repeat("长", 500)}).ok(http.StatusCreated)
	w.as(identity.GridWorker).get("/api/v1/me/messages").problem(http.StatusForbidden, "message.no_worker")
}

func TestWhoAsksForAPhoneNumberIsWrittenDown(t *testing.T) {
	w := startTown(t)
	staff := w.workers(areatest.Grid)
	path := fmt.Sprintf("/api/v1/workers/%d/phone", staff[0].ID)
	operator := w.as(identity.Operator).with("Idempotency-Key", "look")
	var first, replayed map[string]string
	operator.send("POST", path, nil).ok(http.StatusOK).into(&first)
	operator.send("POST", path, nil).ok(http.StatusOK).into(&replayed)
	if first["phone"] != "13812345678" || replayed["phone"] != "138****5678" {
		t.Errorf("answered %v, then %v", first, replayed)
	}
	var trail api.AuditPage
	w.as(identity.Administrator).get("/api/v1/audit?action=worker.phone").ok(http.StatusOK).into(&trail)
	if len(trail.Items) != 1 || trail.Items[0].Actor != "operator" || trail.Items[0].EntityID != fmt.Sprint(staff[0].ID) || trail.Items[0].Area != areatest.Grid {
		t.Errorf("audit: %+v", trail.Items)
	}
	detail, err := json.Marshal(trail)
	w.must(err)
	if strings.Contains(string(detail), "13812345678") {
		t.Error("the audit has the number itself")
	}
}

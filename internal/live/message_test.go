package live

import (
	"testing"

	"wangge/internal/event"
	"wangge/internal/identity"
)

func TestAMessageIsForThoseWhoSendAndForItsWorker(t *testing.T) {
	sent := event.Event{Kind: event.MessageSent, Entity: "message", Area: westGrid, Data: []byte(`{"id":1,"worker":17,"text":"请到东门"}`)}
	for name, c := range map[string]struct {
		who  identity.Principal
		sees bool
	}{
		"the operator of the district":        {identity.Principal{Role: identity.Operator, Scope: testDistrict}, true},
		"an operator of another subdistrict":  {identity.Principal{Role: identity.Operator, Scope: testDistrict + "002"}, false},
		"a leader, who sends nothing":         {identity.Principal{Role: identity.Leader, Scope: testDistrict}, false},
		"the worker":                          {identity.Principal{Role: identity.GridWorker, Scope: westGrid, WorkerID: 17}, true},
		"the worker, whose scope is another":  {identity.Principal{Role: identity.GridWorker, Scope: eastGrid, WorkerID: 17}, true},
		"a colleague in the same grid":        {identity.Principal{Role: identity.GridWorker, Scope: westGrid, WorkerID: 18}, false},
		"an account that belongs to nobody":   {identity.Principal{Role: identity.GridWorker, Scope: westGrid}, false},
		"a department with a worker's number": {identity.Principal{Role: identity.Department, Scope: westGrid, WorkerID: 17}, false},
	} {
		if a := audienceOf(c.who); a.sees(&sent) != c.sees {
			t.Errorf("%s: sees it %t, want %t", name, !c.sees, c.sees)
		}
	}
}

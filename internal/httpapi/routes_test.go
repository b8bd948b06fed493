package httpapi

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"wangge/internal/identity"
)

// who may use each route, written by hand: a mistaken grant or a forgotten right shows here. One letter for each role: (o)perator,
// (d)ispatcher, (l)eader, (g)rid worker, (c)ommunity, de(p)artment, (a)dministrator; "*" is everybody, signed in or not.
var mayUse = map[string]string{
	"GET /api/v1/session":                "odlgcpa",
	"POST /api/v1/session":               "*",
	"DELETE /api/v1/session":             "odlgcpa",
	"GET /api/v1/areas":                  "odlgcpa",
	"GET /api/v1/areas/371402001":        "odlgcpa",
	"GET /api/v1/areas.geojson":          "odlgcpa",
	"GET /api/v1/locate":                 "odlgcpa",
	"POST /api/v1/survey":                "odlgcpa",
	"GET /api/v1/buildings":              "odlgcpa",
	"GET /api/v1/facilities":             "odlgcpa",
	"GET /api/v1/areas/371402001/brief":  "odlgcpa",
	"GET /api/v1/buildings/1":            "odlgcpa",
	"GET /api/v1/facilities/1":           "odlgcpa",
	"GET /api/v1/search":                 "odlgcpa",
	"GET /api/v1/tiles/10/842/396":       "odlgcpa",
	"GET /api/v1/basemaps":               "odlgcpa",
	"GET /api/v1/basemaps/city.pmtiles":  "odlgcpa",
	"GET /api/v1/workers":                "odlca",
	"POST /api/v1/workers":               "a",
	"GET /api/v1/workers/nearest":        "odlc",
	"POST /api/v1/workers/1/phone":       "odc",
	"GET /api/v1/workers/1/messages":     "odc",
	"POST /api/v1/workers/1/messages":    "odc",
	"GET /api/v1/me/messages":            "g",
	"POST /api/v1/me/messages/1/receipt": "g",
	"GET /api/v1/workers/import":         "a",
	"POST /api/v1/workers/import":        "a",
	"GET /api/v1/workers/1":              "odlca",
	"GET /api/v1/workers/1/track":        "od",
	"GET /api/v1/shifts":                 "odlca",
	"POST /api/v1/shifts":                "dca",
	"PATCH /api/v1/shifts/1":             "dca",
	"GET /api/v1/shifts/import":          "dca",
	"POST /api/v1/shifts/import":         "dca",
	"POST /api/v1/shifts/1/end":          "dca",
	"POST /api/v1/me/shift":              "g",
	"DELETE /api/v1/me/shift":            "g",
	"GET /api/v1/devices":                "a",
	"POST /api/v1/devices":               "a",
	"GET /api/v1/devices/import":         "a",
	"POST /api/v1/devices/import":        "a",
	"GET /api/v1/devices/unclaimed":      "a",
	"POST /api/v1/devices/claim":         "a",
	"GET /api/v1/classes":                "odlgcpa",
	"GET /api/v1/incidents":              "odlgcpa",
	"POST /api/v1/incidents":             "odgc",
	"GET /api/v1/incidents/1":            "odlgcpa",
	"POST /api/v1/incidents/1/moves":     "odgcp",
	"GET /api/v1/live":                   "odlgcpa",
	"POST /api/v1/positions":             "*",
	"GET /api/v1/device":                 "*",
	"GET /ingest/osmand":                 "*",
	"POST /ingest/osmand":                "*",
	"POST /ingest/owntracks":             "*",
	"POST /ingest/owntracks/pub":         "*",
	"POST /ingest/traccar":               "*",
	"GET /api/v1/accounts":               "a",
	"POST /api/v1/accounts":              "a",
	"PATCH /api/v1/accounts/1":           "a",
	"GET /api/v1/accounts/import":        "a",
	"POST /api/v1/accounts/import":       "a",
	"POST /api/v1/accounts/1/password":   "a",
	"GET /api/v1/accounts/1/sessions":    "a",
	"DELETE /api/v1/accounts/1/sessions": "a",
	"POST /api/v1/me/password":           "odlgcpa",
	"GET /api/v1/audit":                  "a",
	"GET /api/v1/audit.csv":              "a",
	"GET /healthz":                       "*",
	"GET /readyz":                        "*",
	"GET /metrics":                       "*",
	"GET /api/v1/openapi.yaml":           "*",
	"GET /api/v1/docs":                   "*",
	"GET /api/v1/no-such-thing":          "",
	"POST /api/v1/areas":                 "",
	"DELETE /api/v1/incidents/1":         "",
	"GET /api/v1/accounts/1":             "",
	"GET /api/v1/workers/1/track/points": "",
}

var letters = map[identity.Role]string{
	identity.Operator: "o", identity.Dispatcher: "d", identity.Leader: "l", identity.GridWorker: "g", identity.Community: "c",
	identity.Department: "p", identity.Administrator: "a",
}

func TestEveryRouteForEveryRole(t *testing.T) {
	w := startTown(t)
	for _, r := range w.handlers.routes() {
		if !slices.ContainsFunc(keysOf(mayUse), func(row string) bool {
			method, path, _ := strings.Cut(row, " ")
			_, fits := match(r.path, path)
			return method == r.method && fits
		}) {
			t.Errorf("the table says nothing about %s %s", r.method, r.path)
		}
	}
	rows := keysOf(mayUse)
	slices.Sort(rows)
	rows = append(slices.DeleteFunc(rows, func(r string) bool { return r == "DELETE /api/v1/session" }), "DELETE /api/v1/session") // it ends what is needed before
	for _, role := range identity.Roles {
		browser := w.as(role)
		for _, row := range rows {
			method, path, _ := strings.Cut(row, " ")
			got, may := browser.send(method, path, emptyBody(method)), mayUse[row]
			switch {
			case may == "":
				got.problem(http.StatusNotFound, notThere(method, path))
			case may != "*" && !strings.Contains(may, letters[role]):
				got.problem(http.StatusForbidden, "session.right")
			case got.status == http.StatusUnauthorized && path != "/api/v1/session" || strings.Contains(string(got.body), "session.right"):
				t.Errorf("%s: %s answers %d: %s", role, row, got.status, got.body)
			}
		}
	}
	stranger := w.anonymous()
	for _, row := range rows {
		method, path, _ := strings.Cut(row, " ")
		got := stranger.send(method, path, emptyBody(method))
		switch may := mayUse[row]; {
		case may == "":
			got.problem(http.StatusNotFound, notThere(method, path))
		case may != "*":
			got.problem(http.StatusUnauthorized, "session.none")
		case strings.Contains(string(got.body), "session.none"):
			t.Errorf("signed out: %s answers %d: %s", row, got.status, got.body)
		}
	}
}

// notThere is why an address that is not listed doesn't exist: others have it with another method, or nothing does.
func notThere(method, path string) string {
	if method == http.MethodGet {
		return "request.unknown" // the pages' own catch-all takes it
	}
	return "request.method"
}

func emptyBody(method string) any {
	if method == http.MethodGet || method == http.MethodDelete {
		return nil
	}
	return "{}"
}

func keysOf(m map[string]string) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	return keys
}

// TestDocumentAndRoutesAgree: nothing is described that isn't there. New itself refuses a route that isn't described.
func TestDocumentAndRoutesAgree(t *testing.T) {
	document, err := loadDocument()
	if err != nil {
		t.Fatal(err)
	}
	routes := (&handlers{}).routes()
	listed := map[string]bool{}
	for _, r := range routes {
		if listed[r.method+documentPath(r.path)] {
			t.Errorf("%s %s is listed twice", r.method, r.path)
		}
		listed[r.method+documentPath(r.path)] = true
		if operation(document, r.method, r.path) == nil {
			t.Errorf("%s %s is not described", r.method, r.path)
		}
	}
	for path, item := range document.Paths.Map() {
		for method := range item.Operations() {
			if !listed[method+path] {
				t.Errorf("%s %s is described but isn't there", method, path)
			}
		}
	}
}

// TestChangingRoutesTakeKeys: whatever changes something for a signed-in account can be repeated safely, and says so.
func TestChangingRoutesTakeKeys(t *testing.T) {
	document, err := loadDocument()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range (&handlers{}).routes() {
		if r.door != changes && r.door != bulk && r.door != sheets || r.path == "/api/v1/session" {
			continue
		}
		if operation(document, r.method, r.path).Operation.Parameters.GetByInAndName("header", keyHeader) == nil {
			t.Errorf("%s %s doesn't describe its %s", r.method, r.path, keyHeader)
		}
	}
}

// Package internal_test holds the one test that looks at the rooms as a whole: who may import whom (docs/design.md, "Rooms").
package internal_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rank orders the features: each may import those before it. News travels upwards as events only.
var rank = []string{"identity", "area", "catalog", "post", "message", "tracking", "incident", "survey", "brief", "search"}

// leaves are what every room may import; they import no room themselves, but for those named here.
var leaves = map[string][]string{
	"fault":    {},
	"event":    {"fault"},
	"geo":      {"fault"},
	"basemap":  {},
	"pgserver": {},
	// idempotency travels from the edge through every feature to storage.
	"idempotency": {},
}

// edges are the rooms at the border of the program, with the rooms they may use beside leaves. "features" stands for all of rank.
var edges = map[string][]string{
	"area/importer": {"area"},
	"area/tile":     {"area"},
	"postgres":      {"features"},
	"live":          {"identity", "area", "post", "tracking"},
	"ingest":        {"identity", "tracking"},
	"httpapi":       {"features", "live", "ingest", "httpapi", "sheet"},
	"sheet":         {},
	"client":        {},
	"demo":          {"features", "client", "demo"},
	"bench":         {"features", "client", "demo", "live", "bench"},
}

// drivers are outside libraries that belong to one room: a rule that needs one is in the wrong place.
var drivers = map[string][]string{
	"github.com/jackc/pgx/v5":      {"postgres", "bench", "testenv"},
	"github.com/pressly/goose/v3":  {"postgres"},
	"github.com/labstack/echo/v4":  {"httpapi"},
	"github.com/gorilla/websocket": {"live", "ingest", "demo", "bench", "httpapi"},
	"github.com/redis/go-redis/v9": {"live", "testenv"},
	"github.com/xuri/excelize/v2":  {"sheet"},
}

func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		room := filepath.ToSlash(filepath.Dir(path))
		if strings.HasSuffix(room, "test") { // areatest and the like: tools of tests, in no program
			return nil
		}
		files++
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if reason := forbidden(room, imported); reason != "" {
				t.Errorf("%s imports %s: %s", path, imported, reason)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Fatalf("only %d files were looked at: the test runs in the wrong folder", files)
	}
}

// forbidden says why a room may not import a package; empty when it may.
func forbidden(room, imported string) string {
	for driver, owners := range drivers {
		if imported == driver || strings.HasPrefix(imported, driver+"/") {
			if !slices.Contains(owners, first(room)) {
				return "that library belongs to " + strings.Join(owners, ", ")
			}
		}
	}
	target, internal := strings.CutPrefix(imported, "wangge/internal/")
	if !internal || target == room {
		return ""
	}
	if _, leaf := leaves[target]; leaf && leaves[room] == nil {
		return ""
	}
	if allowed, ok := leaves[room]; ok {
		return unless(slices.Contains(allowed, target), "a leaf imports no room")
	}
	if mine := slices.Index(rank, room); mine >= 0 {
		theirs := slices.Index(rank, target)
		return unless(theirs >= 0 && theirs < mine, "a feature imports only features of lower rank")
	}
	allowed, ok := edges[room]
	if !ok {
		allowed, ok = edges[first(room)]
	}
	if !ok {
		return "the room is not on the plan: add it to docs/design.md and to this test"
	}
	fine := slices.Contains(allowed, target) || slices.Contains(allowed, first(target)) ||
		slices.Contains(allowed, "features") && slices.Contains(rank, target)
	return unless(fine, "not among what this room may use")
}

func first(room string) string {
	name, _, _ := strings.Cut(room, "/")
	return name
}

func unless(fine bool, reason string) string {
	if fine {
		return ""
	}
	return reason
}

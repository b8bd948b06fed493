package httpapi

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wangge/internal/fault"
)

// spokenCodes are the codes that the program's own source refuses with: of problems and of fields.
type spokenCodes struct{ problems, fields map[string]token.Position }

// scanCodes reads every Go file of the repository for calls of fault.New and WithField. A code is a literal or a constant of the same
// package; one that is worked out at run time cannot be seen here.
func scanCodes(t *testing.T) spokenCodes {
	t.Helper()
	found := spokenCodes{map[string]token.Position{}, map[string]token.Position{}}
	files := token.NewFileSet()
	packages := map[string][]*ast.File{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err == nil {
			packages[filepath.Dir(path)] = append(packages[filepath.Dir(path)], file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, parsed := range packages {
		constants := stringConstants(parsed)
		for _, file := range parsed {
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					found.note(files, call, constants)
				}
				return true
			})
		}
	}
	return found
}

func (s spokenCodes) note(files *token.FileSet, call *ast.CallExpr, constants map[string]string) {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) < 3 {
		return
	}
	code := constant(call.Args[1], constants)
	if code == "" {
		return
	}
	switch of, isName := selector.X.(*ast.Ident); {
	case isName && of.Name == "fault" && selector.Sel.Name == "New":
		s.problems[code] = files.Position(call.Pos())
	case selector.Sel.Name == "WithField":
		s.fields[code] = files.Position(call.Pos())
	}
}

func stringConstants(parsed []*ast.File) map[string]string {
	constants := map[string]string{}
	for _, file := range parsed {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				for i, name := range spec.Names {
					if i < len(spec.Values) {
						constants[name.Name] = constant(spec.Values[i], nil)
					}
				}
			}
			return true
		})
	}
	return constants
}

func constant(e ast.Expr, constants map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err == nil && e.Kind == token.STRING {
			return text
		}
	case *ast.Ident:
		return constants[e.Name]
	}
	return ""
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// TestEveryCodeIsSpoken keeps the catalogue complete: each code of the source has a sentence in each language, and sentences of one code
// speak of the same parameters.
func TestEveryCodeIsSpoken(t *testing.T) {
	texts, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	codes := scanCodes(t)
	if _, ok := codes.problems["incident.transition"]; !ok || len(codes.fields) == 0 {
		t.Fatal("the scan found nothing: it doesn't look at the right place")
	}
	for _, l := range texts.languages {
		for code, at := range codes.problems {
			if l.Problems[code] == "" {
				t.Errorf("%s: no sentence in %s for the problem %q", at, l.tag, code)
			}
		}
		for code, at := range codes.fields {
			if l.Fields[code] == "" {
				t.Errorf("%s: no sentence in %s for the field rule %q", at, l.tag, code)
			}
		}
		for kind := range statuses {
			if l.Titles[string(kind)] == "" {
				t.Errorf("no title in %s for the kind %q", l.tag, kind)
			}
		}
	}
	first, second := texts.languages[0], texts.languages[1]
	sameKeys(t, "problems", first.Problems, second.Problems)
	sameKeys(t, "fields", first.Fields, second.Fields)
	sameKeys(t, "words", first.Words, second.Words)
	sameKeys(t, "titles", first.Titles, second.Titles)
	sameKeys(t, "columns", first.Columns, second.Columns)
	sameKeys(t, "notes", first.Notes, second.Notes)
}

func sameKeys(t *testing.T, part string, a, b map[string]string) {
	t.Helper()
	for key := range a {
		if _, ok := b[key]; !ok {
			t.Errorf("%s: %q is in one language only", part, key)
		} else if p, q := placeholders(a[key]), placeholders(b[key]); !slices.Equal(p, q) {
			t.Errorf("%s: the sentences for %q speak of %v and of %v", part, key, p, q)
		}
	}
	for key := range b {
		if _, ok := a[key]; !ok {
			t.Errorf("%s: %q is in one language only", part, key)
		}
	}
}

func placeholders(text string) []string {
	var names []string
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// TestEveryDocumentedRuleIsSpoken: the rules of openapi.yaml that a request can break have sentences too.
func TestEveryDocumentedRuleIsSpoken(t *testing.T) {
	texts, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range texts.languages {
		for _, rule := range []string{"required", "type", "enum", "pattern", "format", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"} {
			if l.Fields[rule] == "" {
				t.Errorf("no sentence in %s for the rule %q", l.tag, rule)
			}
		}
	}
}

func TestSentencesInBothLanguages(t *testing.T) {
	texts, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	f := fault.New(fault.Conflict, "incident.transition", "", "from", "reported", "to", "closed", "allowed", []string{"dispatched"})
	for accept, want := range map[string][]string{
		"":                       {"zh-CN", "已上报", "已结案", "已派遣"},
		"zh":                     {"zh-CN", "已上报"},
		"zh-Hans-CN,zh;q=0.9":    {"zh-CN", "已上报"},
		"de, zh-CN;q=0.1":        {"zh-CN", "已上报"},
		"en-GB":                  {"en", "reported", "closed", "dispatched"},
		"en-US,en;q=0.9,zh;q=.8": {"en", "reported"},
		"nonsense;;":             {"zh-CN", "已上报"},
	} {
		p := texts.problem(accept, f, 409)
		if p.language != want[0] {
			t.Errorf("Accept-Language %q is answered in %s, want %s", accept, p.language, want[0])
		}
		for _, word := range want[1:] {
			if !strings.Contains(p.Detail, word) {
				t.Errorf("Accept-Language %q: %q doesn't speak of %q", accept, p.Detail, word)
			}
		}
		if strings.ContainsAny(p.Detail, "{}") {
			t.Errorf("a placeholder is left: %q", p.Detail)
		}
	}
}

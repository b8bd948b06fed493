package httpapi

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"wangge/internal/fault"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
	"wangge/internal/incident"
	"wangge/internal/sheet"
)

// importing is one kind of table: its columns, and what becomes of its rows.
type importing struct {
	kind    string // as in the address: "workers"
	label   string // the column that a row is told apart by
	columns []tableColumn
	// run reads the rows, and saves them unless they are only to be judged. A refusal that names rows is a fault whose fields are
	// called "kind[index].column".
	run func(rows []sheet.Row, dry bool) (outcomes []string, passwords map[string]string, err error)
}

// tableColumn is a column whose words are those of messages.*.yaml.
type tableColumn struct {
	key      string
	required bool
	example  string
}

// template answers an empty table of the kind, in the reader's language.
func (h *handlers) template(c echo.Context, t importing, format string) error {
	words := h.texts.choose(c.Request().Header.Get("Accept-Language"))
	columns, name := h.columns(t, words), t.kind+".xlsx"
	var content []byte
	var err error
	if format == "csv" {
		name, content = t.kind+".csv", sheet.TemplateCSV(columns)
	} else {
		content, err = sheet.Template(columns, sheet.Labels{
			Data: words.Columns[t.kind], Help: words.Columns["help"], Column: words.Columns["help.column"], Required: words.Columns["help.required"],
			Note: words.Columns["help.note"], Yes: words.Words["yes"], No: words.Words["no"],
		})
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	return c.Blob(http.StatusOK, echo.MIMEOctetStream, content)
}

// columns are those of the kind, titled in the reader's language; a header in another language is understood too.
func (h *handlers) columns(t importing, words *sentences) []sheet.Column {
	var columns []sheet.Column
	for _, c := range t.columns {
		name := t.kind + "." + c.key
		column := sheet.Column{Key: c.key, Titles: []string{words.Columns[name]}, Required: c.required, Note: words.Notes[name], Example: c.example}
		for _, other := range h.texts.languages {
			column.Titles = append(column.Titles, other.Columns[name])
		}
		columns = append(columns, column)
	}
	return columns
}

// table reads the table in the request and carries it out, or only tells what would become of it.
func (h *handlers) table(c echo.Context, t importing, file string, dry bool) error {
	content, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	words := h.texts.choose(c.Request().Header.Get("Accept-Language"))
	rows, err := sheet.Read(file, content, h.columns(t, words))
	if err != nil {
		return err
	}
	outcomes, passwords, err := t.run(rows, dry)
	refusal := fault.As(err)
	switch {
	case err != nil && (refusal == nil || !namesRows(refusal, t.kind)):
		return err
	case err != nil && !dry:
		return rowsRefused(refusal, rows, t.kind)
	}
	report := h.report(t, words, rows, outcomes, refusal)
	report.Applied = !dry
	return answerReport(c, report, passwords)
}

// answerReport shows one-time passwords once: the answer that is kept for repetitions has none.
func answerReport(c echo.Context, report api.ImportReport, passwords map[string]string) error {
	kept, err := json.Marshal(report)
	if err != nil {
		return err
	}
	c.Set(keptInstead, kept)
	c.Response().Header().Set("Cache-Control", "no-store")
	for _, row := range report.Rows {
		if password, made := passwords[strings.ToLower(row.Label)]; made {
			report.Passwords = append(report.Passwords, struct {
				Name     string `json:"name"`
				Password string `json:"password"`
			}{row.Label, password})
		}
	}
	return c.JSON(http.StatusOK, report)
}

var rowName = regexp.MustCompile(`^(\w+)\[(\d+)\](?:\.(\w+))?$`)

// fieldOf reads "workers[3].area".
func fieldOf(f fault.Field, kind string) (index int, column string, ok bool) {
	m := rowName.FindStringSubmatch(f.Name)
	if m == nil || m[1] != kind {
		return 0, "", false
	}
	index, err := strconv.Atoi(m[2])
	return index, m[3], err == nil
}

func namesRows(f *fault.Error, kind string) bool {
	for _, field := range f.Fields {
		if _, _, ok := fieldOf(field, kind); ok {
			return true
		}
	}
	return false
}

// rowsRefused says with the numbers of the table what the rule said with those of its own list.
func rowsRefused(f *fault.Error, rows []sheet.Row, kind string) error {
	refusal := fault.New(fault.Invalid, "import.rows", "some rows cannot be imported; nothing was changed").Because(f)
	wrong := map[int]bool{}
	for _, field := range f.Fields {
		if i, column, ok := fieldOf(field, kind); ok && i < len(rows) {
			wrong[i] = true
			refusal.Fields = append(refusal.Fields, fault.Field{Name: fmt.Sprintf("rows[%d].%s", rows[i].Number, column), Code: field.Code, Text: field.Text})
		}
	}
	refusal.Params = map[string]any{"rows": len(wrong)}
	return refusal
}

func (h *handlers) report(t importing, words *sentences, rows []sheet.Row, outcomes []string, refusal *fault.Error) api.ImportReport {
	problems := map[int][]api.ImportProblem{}
	if refusal != nil {
		for _, field := range refusal.Fields {
			if i, column, ok := fieldOf(field, t.kind); ok {
				problems[i] = append(problems[i], api.ImportProblem{Column: words.Columns[t.kind+"."+column], Code: field.Code, Detail: words.field(field)})
			}
		}
	}
	report := api.ImportReport{Rows: make([]api.ImportRow, len(rows))}
	for i, row := range rows {
		line := api.ImportRow{Row: row.Number, Label: row.Cells[t.label], Problems: problems[i]}
		if len(line.Problems) > 0 {
			line.Outcome = "wrong"
		} else if i < len(outcomes) {
			line.Outcome = outcomes[i]
		}
		switch line.Outcome {
		case "created":
			report.Created++
		case "changed":
			report.Changed++
		case "unchanged":
			report.Unchanged++
		case "wrong":
			report.Wrong++
		}
		report.Rows[i] = line
	}
	return report
}

// cells reads what stands in the cells of one table, and remembers what doesn't make sense.
type cells struct {
	h       *handlers
	by      identity.Principal
	kind    string
	refusal *fault.Error
	places  map[string]string // codes of areas by name; empty for a name that several have
}

func (h *handlers) cellsOf(kind string, by identity.Principal) *cells {
	return &cells{h: h, by: by, kind: kind, refusal: fault.New(fault.Invalid, "import.rows", "some cells cannot be read")}
}

func (r *cells) wrong(i int, column, code, text string) {
	r.refusal.WithField(fmt.Sprintf("%s[%d].%s", r.kind, i, column), code, text)
}

// with adds what the rules found to what the cells did; nil when all is well.
func (r *cells) with(err error) error {
	f := fault.As(err)
	if err != nil && (f == nil || !namesRows(f, r.kind)) {
		return err
	}
	if f != nil {
		named := map[string]bool{}
		for _, field := range r.refusal.Fields {
			named[field.Name] = true
		}
		for _, field := range f.Fields {
			if !named[field.Name] { // a cell that could not be read breaks the rule about empty ones, too: once is enough
				r.refusal.Fields = append(r.refusal.Fields, field)
			}
		}
	}
	if len(r.refusal.Fields) == 0 {
		return nil
	}
	return r.refusal
}

// chosen reads one of a few values: as the interface calls it, or by its word in any language.
func (r *cells) chosen(i int, row sheet.Row, column string, values []string) string {
	text := row.Cells[column]
	for _, value := range values {
		if strings.EqualFold(text, value) {
			return value
		}
		for _, l := range r.h.texts.languages {
			if strings.EqualFold(text, l.Words[value]) {
				return value
			}
		}
	}
	if text == "" {
		r.wrong(i, column, "required", "is missing")
	} else {
		r.wrong(i, column, "enum", "none of the values")
	}
	return ""
}

// flag reads yes or no; empty is no.
func (r *cells) flag(i int, row sheet.Row, column string) bool {
	text := strings.ToLower(row.Cells[column])
	switch text {
	case "", "no", "false", "0", "否":
		return false
	case "yes", "true", "1", "是":
		return true
	}
	r.wrong(i, column, "import.flag", "yes or no")
	return false
}

// area reads an area by its code, or by a name that only one has ("岔河社区").
func (r *cells) area(i int, row sheet.Row, column string) string {
	text := row.Cells[column]
	switch {
	case text == "":
		r.wrong(i, column, "required", "is missing")
	case strings.Contains(strings.ToUpper(text), "E+"):
		r.wrong(i, column, "import.rounded", "Excel has rounded the code")
	case strings.Trim(text, "0123456789") == "":
		return text
	default:
		if code := r.named(text); code != "" {
			return code
		}
		r.wrong(i, column, "area.unknown", "no such area")
	}
	return ""
}

// named finds the one area of that name.
func (r *cells) named(name string) string {
	if r.places == nil {
		r.places = map[string]string{}
		for _, a := range chosen(r.h.Areas.Index(), "", "") {
			if _, twice := r.places[a.Name]; twice {
				r.places[a.Name] = ""
			} else {
				r.places[a.Name] = a.Code
			}
		}
	}
	return r.places[name]
}

// worker reads a worker by staff number; 0 for an empty cell.
func (r *cells) worker(i int, row sheet.Row, column string) int32 {
	code := row.Cells[column]
	if code == "" {
		return 0
	}
	w, ok := r.h.People.ByCode(code)
	if !ok || !r.by.Sees(w.Area) {
		r.wrong(i, column, "worker.unknown", "no such worker")
		return 0
	}
	return w.ID
}

// when reads a time of the district: "2026-11-23 08:00".
func (r *cells) when(i int, row sheet.Row, column string) time.Time {
	text := row.Cells[column]
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006/1/2 15:04:05", "2006/1/2 15:04"} {
		if at, err := time.ParseInLocation(layout, text, incident.DistrictTime); err == nil {
			return at
		}
	}
	if text != "" {
		r.wrong(i, column, "import.time", "a time such as 2026-11-23 08:00")
	}
	return time.Time{}
}

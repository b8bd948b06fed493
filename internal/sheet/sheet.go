// Package sheet reads and writes tables of text: Excel workbooks (.xlsx) and CSV. It knows files, columns and cells; what a table means is
// for others to say.
//
// What is read was made by people in many programs, so whatever a cell could mean that is not plainly there is refused by its place:
// formulas (their results are somebody else's computation), merged cells (which row do they belong to?), numbers that Excel has rounded.
package sheet

import (
	"fmt"
	"path/filepath"
	"strings"

	"wangge/internal/fault"
)

// Limits of a file.
const (
	MaxRows     = 5000     // of data, without the header
	maxCell     = 4000     // bytes of one cell
	maxUnpacked = 64 << 20 // bytes of a workbook's parts, unpacked
	maxFaults   = 50       // places named in one refusal
)

// Column is one column of a table as a program knows it.
type Column struct {
	Key      string   // what the program calls it
	Titles   []string // what a header may call it, in any language; the first is written into templates
	Required bool     // must be in the header
	Note     string   // what belongs into it, for the template's explanation
	Example  string   // for the template's example row
}

// Row is one line of data.
type Row struct {
	Number int               // as spreadsheets count: the header is 1
	Cells  map[string]string // by column key; trimmed; nothing for an empty cell
}

// Read reads a table whose header names these columns, in any order. The name's ending says which format it is, and the content must
// agree. Faults are Invalid, TooLarge or Unsupported; what is wrong with single cells is in Fields, named "C7". Rows without any
// content are left out.
func Read(name string, content []byte, columns []Column) (rows []Row, err error) {
	defer fault.Wrap(&err, "sheet.Read(%q, %d bytes)", name, len(content))
	var g grid
	switch ending := strings.ToLower(filepath.Ext(name)); {
	case ending == ".xlsx" && looksPacked(content):
		g, err = readWorkbook(content)
	case ending == ".csv" && !looksPacked(content) && !looksBinary(content):
		g, err = readCSV(content)
	case ending == ".xlsx" || ending == ".csv":
		err = fault.New(fault.Invalid, "sheet.content", "the file is not what its name says", "name", name)
	default:
		err = fault.New(fault.Unsupported, "sheet.format", "only .xlsx and .csv are read", "name", name)
	}
	if err != nil {
		return nil, err
	}
	return g.table(columns)
}

// grid is what a file holds: lines of cells, by their numbers as spreadsheets count.
type grid struct {
	lines []line
}

type line struct {
	number int
	cells  []string
}

func (l line) empty() bool {
	for _, cell := range l.cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// add keeps a line unless it is empty, and refuses one too many. One line more than data is the header.
func (g *grid) add(l line) error {
	if l.empty() {
		return nil
	}
	if len(g.lines) > MaxRows {
		return fault.New(fault.TooLarge, "sheet.rows", fmt.Sprintf("at most %d rows", MaxRows), "limit", MaxRows)
	}
	g.lines = append(g.lines, l)
	return nil
}

// table puts the cells under the names that the header gives them.
func (g *grid) table(columns []Column) ([]Row, error) {
	if len(g.lines) == 0 || g.lines[0].number != 1 {
		return nil, fault.New(fault.Invalid, "sheet.header", "the first row must be the header").WithField("A1", "sheet.header_missing", "no header")
	}
	keys, err := header(g.lines[0], columns)
	if err != nil {
		return nil, err
	}
	if len(g.lines) == 1 {
		return nil, fault.New(fault.Invalid, "sheet.empty", "there is nothing below the header")
	}
	refusal := fault.New(fault.Invalid, "sheet.cells", "some cells cannot be read")
	rows := make([]Row, 0, len(g.lines)-1)
	for _, l := range g.lines[1:] {
		row := Row{Number: l.number, Cells: map[string]string{}}
		for i, cell := range l.cells {
			cell = strings.TrimSpace(cell)
			if code, text := wrongCell(cell, i < len(keys)); code != "" && len(refusal.Fields) < maxFaults {
				refusal.WithField(place(i, l.number), code, text)
			} else if cell != "" && i < len(keys) {
				row.Cells[keys[i]] = cell
			}
		}
		rows = append(rows, row)
	}
	if len(refusal.Fields) > 0 {
		return nil, refusal
	}
	return rows, nil
}

func wrongCell(cell string, titled bool) (code, text string) {
	switch {
	case cell != "" && !titled:
		return "sheet.beside", "lies beside the table: its column has no title"
	case len(cell) > maxCell:
		return "length", "too long"
	case strings.HasPrefix(cell, "="):
		return "sheet.formula", "is a formula"
	}
	return "", ""
}

// header finds out which column stands where.
func header(l line, columns []Column) (keys []string, err error) {
	refusal := fault.New(fault.Invalid, "sheet.header", "the header is not the template's")
	seen := map[string]bool{}
	for i, cell := range l.cells {
		key := keyOf(columns, cell)
		switch {
		case strings.TrimSpace(cell) == "" && restEmpty(l.cells[i:]):
			return keys, missing(refusal, columns, seen)
		case key == "" && len(refusal.Fields) < maxFaults:
			refusal.WithField(place(i, l.number), "sheet.header_unknown", "no such column")
		case seen[key]:
			refusal.WithField(place(i, l.number), "sheet.header_twice", "the column is there twice")
		}
		seen[key] = true
		keys = append(keys, key)
	}
	return keys, missing(refusal, columns, seen)
}

func restEmpty(cells []string) bool { return line{cells: cells}.empty() }

func missing(refusal *fault.Error, columns []Column, seen map[string]bool) error {
	for _, c := range columns {
		if c.Required && !seen[c.Key] {
			refusal.WithField(c.Titles[0], "sheet.header_missing", "the column is missing")
		}
	}
	if len(refusal.Fields) > 0 {
		return refusal
	}
	return nil
}

// keyOf finds a column by what the header calls it; a star behind it, which marks required columns in templates, doesn't matter.
func keyOf(columns []Column, title string) string {
	title = strings.TrimSpace(strings.TrimRight(strings.TrimSpace(title), "*"))
	for _, c := range columns {
		if strings.EqualFold(title, c.Key) {
			return c.Key
		}
		for _, t := range c.Titles {
			if strings.EqualFold(title, t) {
				return c.Key
			}
		}
	}
	return ""
}

// place names a cell as spreadsheets do: column 2 of line 7 is "C7".
func place(column, number int) string {
	name := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return fmt.Sprintf("%s%d", name, number)
}

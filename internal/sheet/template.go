package sheet

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"wangge/internal/fault"
)

// Labels are the words of a template beside those of its columns.
type Labels struct {
	Data, Help             string // names of the two sheets
	Column, Required, Note string // titles of the explanation
	Yes, No                string
}

// Template writes an empty table: the header, an example row, and a second sheet that explains the columns. All cells are text, so that
// Excel keeps long codes and leading zeros as they are typed.
func Template(columns []Column, l Labels) (content []byte, err error) {
	defer fault.Wrap(&err, "sheet.Template")
	book := excelize.NewFile()
	defer book.Close() //nolint:errcheck // it is in memory
	if err := book.SetSheetName("Sheet1", l.Data); err != nil {
		return nil, err
	}
	if _, err := book.NewSheet(l.Help); err != nil {
		return nil, err
	}
	head, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: 49, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"D9E2EC"}}})
	if err != nil {
		return nil, err
	}
	text, err := book.NewStyle(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return nil, err
	}
	t := template{book: book, head: head, text: text}
	t.data(columns, l)
	t.help(columns, l)
	if t.err != nil {
		return nil, t.err
	}
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// template remembers the first error, so that the writing reads as what is written.
type template struct {
	book       *excelize.File
	head, text int
	err        error
}

func (t *template) do(err error) {
	if t.err == nil {
		t.err = err
	}
}

func (t *template) data(columns []Column, l Labels) {
	last := strings.TrimRight(place(len(columns)-1, 1), "1")
	t.do(t.book.SetColStyle(l.Data, "A:"+last, t.text))
	t.do(t.book.SetColWidth(l.Data, "A", last, 22))
	for i, c := range columns {
		title := c.Titles[0]
		if c.Required {
			title += "*"
		}
		t.do(t.book.SetCellStr(l.Data, place(i, 1), title))
		t.do(t.book.SetCellStr(l.Data, place(i, 2), c.Example))
	}
	t.do(t.book.SetCellStyle(l.Data, "A1", last+"1", t.head))
	t.do(t.book.SetPanes(l.Data, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
}

func (t *template) help(columns []Column, l Labels) {
	t.do(t.book.SetColWidth(l.Help, "A", "B", 18))
	t.do(t.book.SetColWidth(l.Help, "C", "C", 80))
	for i, title := range []string{l.Column, l.Required, l.Note} {
		t.do(t.book.SetCellStr(l.Help, place(i, 1), title))
	}
	t.do(t.book.SetCellStyle(l.Help, "A1", "C1", t.head))
	for i, c := range columns {
		required := l.No
		if c.Required {
			required = l.Yes
		}
		for j, cell := range []string{c.Titles[0], required, c.Note} {
			t.do(t.book.SetCellStr(l.Help, place(j, i+2), cell))
		}
	}
	t.do(t.book.SetCellStyle(l.Help, "A2", fmt.Sprintf("C%d", len(columns)+1), t.text))
}

// TemplateCSV writes the header and the example row, with the mark by which Excel knows UTF-8.
func TemplateCSV(columns []Column) []byte {
	var titles, examples []string
	for _, c := range columns {
		titles, examples = append(titles, c.Titles[0]), append(examples, c.Example)
	}
	return WriteCSV([][]string{titles, examples})
}

// WriteCSV writes lines as CSV with the mark by which Excel knows UTF-8. A cell that a spreadsheet would take for a formula is written as
// text: what people typed somewhere must not be carried out elsewhere.
func WriteCSV(lines [][]string) []byte {
	var out bytes.Buffer
	out.Write(byteOrderMark)
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	for _, cells := range lines {
		plain := make([]string, len(cells))
		for i, cell := range cells {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				cell = "'" + cell
			}
			plain[i] = cell
		}
		_ = w.Write(plain) // a buffer takes everything
	}
	w.Flush()
	return out.Bytes()
}

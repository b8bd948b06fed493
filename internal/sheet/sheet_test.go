package sheet

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"wangge/internal/fault"
)

var columns = []Column{
	{Key: "code", Titles: []string{"工号", "Staff number"}, Required: true, Example: "W0001", Note: "unique"},
	{Key: "name", Titles: []string{"姓名", "Name"}, Required: true, Example: "张伟"},
	{Key: "from", Titles: []string{"开始", "From"}},
}

// book makes a workbook; fill works on its first sheet.
func book(t testing.TB, fill func(f *excelize.File, sheet string)) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, title := range []string{"工号*", "姓名*", "开始"} {
		if err := f.SetCellStr("Sheet1", place(i, 1), title); err != nil {
			t.Fatal(err)
		}
	}
	fill(f, "Sheet1")
	var out bytes.Buffer
	if err := errors.Join(f.Write(&out), f.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestCellsAreReadAsPeopleSeeThem(t *testing.T) {
	content := book(t, func(f *excelize.File, s string) {
		must(t, f.SetCellStr(s, "A2", " W1 "))
		must(t, f.SetCellStr(s, "B2", "张伟"))
		must(t, f.SetCellValue(s, "C2", time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC)))
		must(t, f.SetCellInt(s, "A4", 13800000001)) // a line above is empty
		must(t, f.SetCellStr(s, "B4", "李娜"))
		must(t, f.SetCellFloat(s, "A5", 3714020010011001, 0, 64))
	})
	rows, err := Read("a.XLSX", content, columns)
	must(t, err)
	want := []Row{
		{2, map[string]string{"code": "W1", "name": "张伟", "from": "2026-11-23 08:30:00"}},
		{4, map[string]string{"code": "13800000001", "name": "李娜"}},
		{5, map[string]string{"code": "3.714020010011001E+15"}},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}

func TestCSVAsProgramsWriteIt(t *testing.T) {
	chinese, err := simplifiedchinese.GB18030.NewEncoder().String("姓名,工号\r\n张伟,W1\r\n")
	must(t, err)
	for what, text := range map[string]string{
		"UTF-8 with its mark, semicolons": "\xef\xbb\xbf工号;姓名\n\nW1;张伟\n",
		"tabs":                            "Name\tstaff number\n张伟\tW1\n",
		"GB 18030":                        chinese,
		"quotes":                          "code,name\n\"W1\",\"张伟\"\n",
	} {
		rows, err := Read("a.csv", []byte(text), columns)
		if err != nil || len(rows) != 1 || rows[0].Cells["code"] != "W1" || rows[0].Cells["name"] != "张伟" {
			t.Errorf("%s: %v, %v", what, rows, err)
		}
	}
	rows, err := Read("a.csv", []byte("code,name\n\n\nW1,\"a\nb\"\nW2,c\n"), columns)
	if err != nil || rows[0].Number != 4 || rows[1].Number != 6 {
		t.Errorf("lines are counted as %v, %v", rows, err)
	}
}

func TestWhatCannotBeReadIsNamedByItsPlace(t *testing.T) {
	plain := func(*excelize.File, string) {}
	workbook := func(fill func(*excelize.File, string)) string { return string(book(t, fill)) }
	filled := func(f *excelize.File, s string) {
		must(t, f.SetSheetRow(s, "A2", &[]string{"W1", "张伟"}))
	}
	for what, c := range map[string]struct{ name, content, code, fields string }{
		"no table":          {"a.pdf", "x", "sheet.format", ""},
		"old workbook":      {"a.xls", "\xd0\xcf\x11\xe0", "sheet.format", ""},
		"CSV called xlsx":   {"a.xlsx", "code,name\nW1,x\n", "sheet.content", ""},
		"workbook as CSV":   {"a.csv", workbook(filled), "sheet.content", ""},
		"UTF-16":            {"a.csv", "c\x00o\x00", "sheet.content", ""},
		"broken archive":    {"a.xlsx", "PK\x03\x04 and nothing", "sheet.broken", ""},
		"no known encoding": {"a.csv", "code,name\n\xff\xff,x\n", "sheet.text", ""},
		"open quote":        {"a.csv", "code,name\n\"W1,x\n", "sheet.csv", ""},
		"nothing":           {"a.csv", "", "sheet.header", "A1 sheet.header_missing"},
		"header only":       {"a.xlsx", workbook(plain), "sheet.empty", ""},
		"another header":    {"a.csv", "code,wage,code\nW1,x,y\n", "sheet.header", "B1 sheet.header_unknown, C1 sheet.header_twice, 姓名 sheet.header_missing"},
		"beside the table":  {"a.csv", "code,name\nW1,x,,y\n", "sheet.cells", "D2 sheet.beside"},
		"formula in CSV":    {"a.csv", "code,name\nW1,=1+1\n", "sheet.cells", "B2 sheet.formula"},
		"formula": {"a.xlsx", workbook(func(f *excelize.File, s string) {
			filled(f, s)
			must(t, f.SetCellFormula(s, "C2", "NOW()"))
		}), "sheet.cells", "C2 sheet.formula"},
		"merged": {"a.xlsx", workbook(func(f *excelize.File, s string) {
			filled(f, s)
			must(t, f.MergeCell(s, "B2", "B3"))
		}), "sheet.cells", "B2:B3 sheet.merged"},
		"too long":      {"a.csv", "code,name\nW1," + strings.Repeat("x", maxCell+1) + "\n", "sheet.cells", "B2 length"},
		"too many rows": {"a.csv", "code,name\n" + strings.Repeat("W1,x\n", MaxRows+1), "sheet.rows", ""},
	} {
		_, err := Read(c.name, []byte(c.content), columns)
		f := fault.As(err)
		if f == nil || f.Code != c.code {
			t.Errorf("%s: %v, want %s", what, err, c.code)
			continue
		}
		var fields []string
		for _, field := range f.Fields {
			fields = append(fields, field.Name+" "+field.Code)
		}
		if got := strings.Join(fields, ", "); got != c.fields {
			t.Errorf("%s: names %q, want %q", what, got, c.fields)
		}
	}
}

// A file that claims a million rows must not make the reader build them.
func TestARowFarBelowCostsNothing(t *testing.T) {
	content := book(t, func(f *excelize.File, s string) {
		must(t, f.SetSheetRow(s, "A2", &[]string{"W1", "张伟"}))
		must(t, f.SetCellStr(s, "A1048576", "W2"))
	})
	rows, err := Read("a.xlsx", content, columns)
	if err != nil || len(rows) != 2 || rows[1].Number != 1048576 {
		t.Errorf("read %v, %v", rows, err)
	}
}

func TestTemplatesAreReadBack(t *testing.T) {
	content, err := Template(columns, Labels{Data: "人员", Help: "填写说明", Column: "列", Required: "必填", Note: "说明", Yes: "是", No: "否"})
	must(t, err)
	want := []Row{{2, map[string]string{"code": "W0001", "name": "张伟"}}}
	for name, b := range map[string][]byte{"t.xlsx": content, "t.csv": TemplateCSV(columns)} {
		rows, err := Read(name, b, columns)
		if diff := cmp.Diff(want, rows); diff != "" || err != nil {
			t.Errorf("%s: %s, %v", name, diff, err)
		}
	}
	f, err := excelize.OpenReader(bytes.NewReader(content))
	must(t, err)
	defer f.Close() //nolint:errcheck // in memory
	if note, _ := f.GetCellValue("填写说明", "C2"); note != "unique" {
		t.Errorf("the explanation of the first column is %q", note)
	}
	if style, _ := f.GetCellStyle("人员", "A9"); style == 0 {
		t.Error("what is typed below the example is not kept as text")
	}
}

func TestWrittenCSVCarriesNothingOut(t *testing.T) {
	got := string(WriteCSV([][]string{{"=1+1", "+86", "-2", "@x", "plain", ""}}))
	if want := "\xef\xbb\xbf'=1+1,'+86,'-2,'@x,plain,\r\n"; got != want {
		t.Errorf("written %q", got)
	}
}

// FuzzRead: whatever the file is, the answer is rows under known columns or a fault.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "seeds", "*"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		must(f, err)
		f.Add(strings.HasSuffix(file, ".xlsx"), content)
	}
	f.Fuzz(func(t *testing.T, excel bool, content []byte) {
		name := "a.csv"
		if excel {
			name = "a.xlsx"
		}
		rows, err := Read(name, content, columns)
		if err != nil {
			if fault.As(err) == nil {
				t.Fatalf("not a fault: %v", err)
			}
			return
		}
		last := 1
		for _, row := range rows {
			if row.Number <= last {
				t.Fatalf("row %d follows row %d", row.Number, last)
			}
			last = row.Number
			for key, cell := range row.Cells {
				if keyOf(columns, key) != key || cell == "" || strings.HasPrefix(cell, "=") {
					t.Fatalf("row %d has %q under %q", row.Number, cell, key)
				}
			}
		}
	})
}

package sheet

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/xuri/excelize/v2"

	"wangge/internal/fault"
)

// findings are what a sheet's own XML tells beside its values.
type findings struct {
	sheet    string         // its name
	formulas []string       // places: "C7"
	merged   []string       // ranges: "A2:B3"
	numbers  map[string]int // style of each numeric cell, by place
}

// errNoSheet tells that a workbook holds none, or none that can be found.
var errNoSheet = errors.New("the workbook has no sheet")

// refusal names the first of what cannot be read; nil when all is plain.
func (f findings) refusal() error {
	if len(f.formulas)+len(f.merged) == 0 {
		return nil
	}
	refusal := fault.New(fault.Invalid, "sheet.cells", "some cells cannot be read")
	for _, at := range f.merged[:min(len(f.merged), maxFaults)] {
		refusal.WithField(at, "sheet.merged", "is merged")
	}
	for _, at := range f.formulas[:min(len(f.formulas), maxFaults)] {
		refusal.WithField(at, "sheet.formula", "is a formula")
	}
	return refusal
}

// inspect looks through the first sheet of the workbook.
func inspect(book *excelize.File) (findings, error) {
	name, content, err := firstSheet(book)
	if err != nil {
		return findings{}, err
	}
	f := findings{sheet: name, numbers: map[string]int{}}
	decoder := xml.NewDecoder(bytes.NewReader(content))
	decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	cell := ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return f, err
		}
		if start, ok := token.(xml.StartElement); ok {
			cell = f.note(start, cell)
		}
	}
}

// note takes up one element; it gives the cell that the next elements lie in.
func (f *findings) note(e xml.StartElement, cell string) string {
	switch e.Name.Local {
	case "c":
		cell = attribute(e, "r")
		if kind := attribute(e, "t"); kind == "" || kind == "n" {
			f.numbers[cell] = number(attribute(e, "s"))
		}
	case "f":
		f.formulas = append(f.formulas, cell)
	case "mergeCell":
		f.merged = append(f.merged, attribute(e, "ref"))
	}
	return cell
}

// firstSheet finds the part of the first sheet: the workbook names its relation, the relations name the part.
func firstSheet(book *excelize.File) (name string, content []byte, err error) {
	var list struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var relations struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := errors.Join(parse(book, "xl/workbook.xml", &list), parse(book, "xl/_rels/workbook.xml.rels", &relations)); err != nil {
		return "", nil, err
	}
	if len(list.Sheets) == 0 {
		return "", nil, errNoSheet
	}
	for _, r := range relations.All {
		if r.ID == list.Sheets[0].ID {
			target := strings.TrimPrefix(r.Target, "/")
			if target == r.Target { // relative to the workbook
				target = path.Join("xl", target)
			}
			content, ok := part(book, target)
			if !ok {
				return "", nil, errNoSheet
			}
			return list.Sheets[0].Name, content, nil
		}
	}
	return "", nil, errNoSheet
}

func parse(book *excelize.File, name string, into any) error {
	content, ok := part(book, name)
	if !ok {
		return errNoSheet
	}
	return xml.Unmarshal(content, into)
}

func part(book *excelize.File, name string) ([]byte, bool) {
	value, _ := book.Pkg.Load(name)
	content, ok := value.([]byte)
	return content, ok
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func number(text string) (n int) {
	for _, sign := range text {
		if sign < '0' || sign > '9' || n > 1<<20 {
			return 0
		}
		n = n*10 + int(sign-'0')
	}
	return n
}

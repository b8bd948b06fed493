package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"wangge/internal/fault"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// looksPacked tells whether the content begins as a workbook does: it is a ZIP archive.
func looksPacked(content []byte) bool { return bytes.HasPrefix(content, []byte("PK\x03\x04")) }

// looksBinary tells whether the content has what no text has, such as an old workbook (.xls) or UTF-16.
func looksBinary(content []byte) bool { return bytes.IndexByte(content, 0) >= 0 }

// readCSV reads UTF-8, or GB 18030 as Excel writes it in Chinese. The sign between cells is found from the first line.
func readCSV(content []byte) (g grid, err error) {
	content = bytes.TrimPrefix(content, byteOrderMark)
	if !utf8.Valid(content) {
		if content, err = simplifiedchinese.GB18030.NewDecoder().Bytes(content); err != nil || bytes.ContainsRune(content, utf8.RuneError) {
			return g, fault.New(fault.Invalid, "sheet.text", "the text is neither UTF-8 nor GB 18030")
		}
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = separator(content), -1, false
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return g, nil
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			return g, fault.New(fault.Invalid, "sheet.csv", "the CSV is broken", "line", broken.Line)
		}
		if err != nil {
			return g, err
		}
		number, _ := r.FieldPos(0)
		if err := g.add(line{number, cells}); err != nil {
			return g, err
		}
	}
}

// separator is the most frequent of the usual ones in the first line.
func separator(content []byte) rune {
	first, _, _ := bytes.Cut(content, []byte("\n"))
	best, most := ',', 0
	for _, sign := range ",;\t" {
		if n := strings.Count(string(first), string(sign)); n > most {
			best, most = sign, n
		}
	}
	return best
}

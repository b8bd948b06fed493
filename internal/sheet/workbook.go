package sheet

import (
	"bytes"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"wangge/internal/fault"
)

// readWorkbook reads the first sheet. The library streams the values; formulas, merged cells and dates are found in the sheet's own XML,
// since asking the library for them would make it build every row up to the last one that the file claims to have.
func readWorkbook(content []byte) (g grid, err error) {
	defer func() {
		if r := recover(); r != nil { // the library panics on some broken files
			g, err = grid{}, unreadable(fmt.Errorf("panic: %v", r))
		}
	}()
	book, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, RawCellValue: true})
	if err != nil {
		return g, unreadable(err)
	}
	defer book.Close() //nolint:errcheck // it is in memory
	found, err := inspect(book)
	if err != nil {
		return g, unreadable(err)
	}
	if refusal := found.refusal(); refusal != nil {
		return g, refusal
	}
	return readRows(book, found)
}

func unreadable(err error) error {
	if fault.As(err) != nil {
		return err
	}
	return fault.New(fault.Invalid, "sheet.broken", "the workbook cannot be read").Because(err)
}

func readRows(book *excelize.File, found findings) (g grid, err error) {
	rows, err := book.Rows(found.sheet)
	if err != nil {
		return g, unreadable(err)
	}
	defer rows.Close() //nolint:errcheck // it is in memory
	dates := dateStyles{book: book, known: map[int]bool{}}
	for number := 1; rows.Next(); number++ {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return g, unreadable(err)
		}
		for i := range cells {
			if style, numeric := found.numbers[place(i, number)]; numeric {
				cells[i] = dates.text(cells[i], style)
			}
		}
		if err := g.add(line{number, cells}); err != nil {
			return g, err
		}
	}
	return g, unreadableOrNil(rows.Error())
}

func unreadableOrNil(err error) error {
	if err == nil {
		return nil
	}
	return unreadable(err)
}

// dateStyles writes numbers as people see them: as a date and time where the style says so.
type dateStyles struct {
	book  *excelize.File
	known map[int]bool
}

// text writes the number of a cell: a date as "2026-11-23 08:00:00", a whole number without an exponent. Excel keeps 15 digits; a longer
// number stays in the exponent's form, which no rule takes for a code.
func (d *dateStyles) text(raw string, style int) string {
	number, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return raw
	}
	if d.isDate(style) {
		if at, err := excelize.ExcelDateToTime(number, false); err == nil {
			return at.Round(time.Second).Format(time.DateTime)
		}
	}
	if exact, ok := new(big.Rat).SetString(raw); ok && exact.IsInt() && len(exact.Num().String()) <= 15 {
		return exact.Num().String()
	}
	if strings.Trim(raw, "0123456789") == "" && len(raw) > 15 {
		return strconv.FormatFloat(number, 'E', -1, 64)
	}
	return raw
}

func (d *dateStyles) isDate(style int) bool {
	if known, ok := d.known[style]; ok {
		return known
	}
	s, err := d.book.GetStyle(style)
	known := err == nil && (isDateFormat(s.NumFmt) || s.CustomNumFmt != nil && isDatePattern(*s.CustomNumFmt))
	d.known[style] = known
	return known
}

// isDateFormat tells whether a built-in format (ECMA-376, 18.8.30) shows dates; 27–36 and 50–58 are those of Chinese Excel.
func isDateFormat(id int) bool {
	return id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58
}

// isDatePattern tells whether a format of one's own shows dates: it speaks of years or hours outside of quotes and brackets.
func isDatePattern(pattern string) bool {
	quoted := false
	for _, sign := range strings.ToLower(pattern) {
		switch {
		case sign == '"':
			quoted = !quoted
		case !quoted && (sign == 'y' || sign == 'h'):
			return true
		}
	}
	return false
}

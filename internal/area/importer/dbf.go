package importer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// dbf is the table of a Shapefile's properties (dBase III).
type dbf struct {
	fields  []dbfField
	body    []byte
	width   int
	rows    int
	decoder encoding.Encoding
}

type dbfField struct {
	name     string
	kind     byte // C text, N and F numbers, L logical, D date …; all but numbers and logicals are kept as text
	from, to int  // in a row
}

// openDBF reads the head: 32 bytes, then 32 bytes for each field until a carriage return.
func openDBF(data, cpg []byte, wanted string) (*dbf, error) {
	if len(data) < 33 {
		return nil, errors.New("it is too short")
	}
	head, width := int(binary.LittleEndian.Uint16(data[8:])), int(binary.LittleEndian.Uint16(data[10:]))
	if head > len(data) || head < 33 || width < 1 {
		return nil, errors.New("its head is broken")
	}
	t := &dbf{body: data[head:], width: width}
	t.rows = min(int(binary.LittleEndian.Uint32(data[4:])), len(t.body)/width)
	t.decoder = chooseEncoding(data, cpg, wanted)
	at := 1 // a row begins with the mark of deletion
	for f := data[32:head]; len(f) >= 32 && f[0] != '\r'; f = f[32:] {
		field := dbfField{kind: f[11], from: at, to: at + int(f[16])}
		if field.to > width {
			return nil, errors.New("its fields are wider than its rows")
		}
		name, _, _ := bytes.Cut(f[:11], []byte{0})
		field.name = t.text(name)
		t.fields = append(t.fields, field)
		at = field.to
	}
	return t, nil
}

// chooseEncoding follows, in this order: what the caller wants, the .cpg file, the language driver in the head, and what fits.
func chooseEncoding(data, cpg []byte, wanted string) encoding.Encoding {
	const gbkDriver = 0x4d // code page 936
	said := strings.ToLower(strings.TrimSpace(wanted + " " + string(bytes.TrimPrefix(cpg, []byte("\xef\xbb\xbf")))))
	for _, name := range strings.Fields(said) {
		switch {
		case strings.HasPrefix(name, "utf") || name == "65001":
			return unicode.UTF8
		case strings.HasPrefix(name, "gb") || name == "936" || name == "cp936":
			return simplifiedchinese.GB18030 // of which GBK and GB2312 are parts
		}
	}
	if data[29] == gbkDriver || !utf8.Valid(data[32:]) && !looksLikeUTF8(data[32:]) {
		return simplifiedchinese.GB18030
	}
	return unicode.UTF8
}

// looksLikeUTF8 tells whether most of what is not ASCII is UTF-8: a field of fixed width may cut its last character.
func looksLikeUTF8(data []byte) bool {
	good, bad := 0, 0
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && n <= 1:
			bad++
		case n > 1:
			good++
		}
		data = data[n:]
	}
	return good > 4*bad
}

// row gives the properties of a row; ok is false behind the last one.
func (t *dbf) row(n int) (properties map[string]any, deleted, ok bool) {
	if n >= t.rows {
		return nil, false, false
	}
	raw := t.body[n*t.width : (n+1)*t.width]
	properties = make(map[string]any, len(t.fields))
	for _, f := range t.fields {
		value := t.text(raw[f.from:f.to])
		switch {
		case f.kind == 'L' && strings.ContainsAny(value, "YyTt"):
			properties[f.name] = "true"
		case f.kind == 'L':
			properties[f.name] = "false"
		case strings.Trim(value, "*") != "": // a number that does not fit is written as stars
			properties[f.name] = value
		default:
			properties[f.name] = nil
		}
	}
	return properties, raw[0] == '*', true
}

func (t *dbf) text(raw []byte) string {
	decoded, err := t.decoder.NewDecoder().Bytes(bytes.Trim(raw, "\x00 "))
	if err != nil {
		decoded = raw
	}
	return strings.TrimSpace(strings.ToValidUTF8(strings.TrimRight(string(decoded), "\ufffd"), "�"))
}

package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"wangge/internal/fault"
	"wangge/internal/tracking"
)

// Units that clients send (ingest-formats.md).
const (
	knot             = 1852.0 / 3600 // m/s
	kilometrePerHour = 1 / 3.6       // m/s
	percent          = 0.01
)

// blank is a fix of which nothing is known.
func blank(device, protocol string) tracking.Fix {
	nan := math.NaN()
	return tracking.Fix{
		Device: device, Protocol: protocol, Lon: nan, Lat: nan, Speed: nan, Course: nan, Altitude: nan, Accuracy: nan, Battery: nan, Charging: -1,
	}
}

// parseNumber reads a decimal number; what only a programming language calls one (NaN, Inf, 0x1p4, 1_000) is none.
func parseNumber(text string) (float64, bool) {
	if strings.ContainsAny(text, "xXnN_") {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil && !math.IsInf(v, 0)
}

// layouts of times that are not numbers; without a zone they are UTC. Fractions of a second are understood in all of them.
var layouts = [...]string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04:05", "2006-01-02 15:04:05"}

// parseTime reads epoch seconds or milliseconds, ISO 8601, or "yyyy-MM-dd HH:mm:ss".
func parseTime(text string) (time.Time, bool) {
	if v, ok := parseNumber(text); ok {
		return epoch(v), true
	}
	if i := strings.LastIndexByte(text, ' '); i > 0 && strings.ContainsRune(text, 'T') {
		text = text[:i] + "+" + text[i+1:] // the sign of a zone, as an unescaped query has it
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// epoch takes numbers below 1e11 (the year 5138) for seconds and others for milliseconds since 1970. What lies out of every range becomes a time
// that tracking refuses.
func epoch(v float64) time.Time {
	if math.Abs(v) < 1e11 {
		v *= 1000
	}
	if math.Abs(v) > 1e15 {
		v = math.Copysign(1e15, v) // the year 33,658
	}
	return time.UnixMicro(int64(math.Round(v * 1000))).UTC()
}

// parseFlag reads a truth value; ok is false for anything else.
func parseFlag(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "1", "yes", "on":
		return true, true
	case "false", "0", "no", "off":
		return false, true
	}
	return false, false
}

// charging in tracking.Fix's terms.
func charging(on bool) int8 {
	if on {
		return 1
	}
	return 0
}

// number is a JSON number that may be missing or null.
type number struct {
	value float64
	known bool
}

// or is the number, or NaN when it is missing.
func (n number) or() float64 {
	if !n.known {
		return math.NaN()
	}
	return n.value
}

// in is the number in m/s and the like, given the unit; negative ones stand for "unknown".
func (n number) in(unit float64) float64 {
	if !n.known || n.value < 0 {
		return math.NaN()
	}
	return n.value * unit
}

// UnmarshalJSON takes a number or null.
func (n *number) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	v, ok := parseNumber(string(b))
	if !ok {
		return &json.UnmarshalTypeError{Value: kindOf(b), Type: reflect.TypeFor[float64]()}
	}
	*n = number{v, true}
	return nil
}

// moment is a JSON time that may be missing or null: text or epoch number.
type moment struct{ time.Time }

// UnmarshalJSON takes a text that parseTime reads, a number, or null.
func (m *moment) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	text := string(b)
	if b[0] == '"' {
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
	}
	t, ok := parseTime(text)
	if !ok {
		return &json.UnmarshalTypeError{Value: kindOf(b), Type: reflect.TypeFor[time.Time]()}
	}
	m.Time = t
	return nil
}

func kindOf(b []byte) string {
	switch b[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "bool"
	}
	return "number"
}

// decodeJSON reads a message; a refusal names the field that is of the wrong type, or the place where it is no JSON.
func decodeJSON(body []byte, into any) error {
	err := json.Unmarshal(body, into)
	if err == nil {
		return nil
	}
	refusal := fault.New(fault.Invalid, "request.body", "the body cannot be read as JSON of the documented form").Because(err)
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) && wrongType.Field != "" {
		refusal.WithField(wrongType.Field, "type", "is a "+wrongType.Value)
	}
	return refusal
}

// attributes makes a JSON object fit to be stored: nil when it is empty, no object, or over MaxAttributes. What PostgreSQL's jsonb doesn't take is
// replaced, so that it never costs the position: NUL, half surrogates, broken UTF-8, and numbers beyond those of IEEE 754, which become text.
func attributes(raw []byte) []byte {
	raw = bytes.TrimSpace(raw)
	if len(raw) <= 2 || len(raw) > MaxAttributes || raw[0] != '{' {
		return nil
	}
	if utf8.Valid(raw) && !bytes.Contains(raw, []byte(`\u`)) && onlyShortNumbers(raw) {
		return bytes.Clone(raw)
	}
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if decoder.Decode(&object) != nil {
		return nil
	}
	return encodeAttributes(storable(object).(map[string]any))
}

func encodeAttributes(object map[string]any) []byte {
	if len(object) == 0 {
		return nil
	}
	b, err := json.Marshal(object)
	if err != nil || len(b) > MaxAttributes {
		return nil // an error: nothing that was read from JSON or a query
	}
	return b
}

func storable(v any) any {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(v, "\x00", "")
	case json.Number:
		if !isDouble(string(v)) {
			return string(v)
		}
	case []any:
		for i := range v {
			v[i] = storable(v[i])
		}
	case map[string]any:
		clean := make(map[string]any, len(v))
		for key, value := range v {
			clean[strings.ReplaceAll(key, "\x00", "")] = storable(value)
		}
		return clean
	}
	return v
}

// longNumber is how many digits a number may have that is not looked at closely: any such number without an exponent is a double.
const longNumber = 300

// onlyShortNumbers tells whether JSON has no number that could be beyond a double: none with an exponent, none of many digits. What looks like
// one inside of a text counts too; that costs only a closer look.
func onlyShortNumbers(raw []byte) bool {
	digits := 0
	for i, c := range raw {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case (c == 'e' || c == 'E') && digits > 0 && i+1 < len(raw) && strings.IndexByte("+-0123456789", raw[i+1]) >= 0:
			return false
		default:
			digits = 0
		}
		if digits > longNumber {
			return false
		}
	}
	return true
}

// isDouble tells whether a JSON number lies in the range of IEEE 754 doubles, which PostgreSQL's numeric has room for. One that is nought only because
// it is too small isn't, nor is nought with an exponent, which can be as large as it likes.
func isDouble(number string) bool {
	v, err := strconv.ParseFloat(number, 64)
	return err == nil && (v != 0 || !strings.ContainsAny(number, "123456789eE"))
}

// pick puts the parts of a message that are worth keeping into one JSON object; missing and empty ones are left out. Pairs of name and raw
// JSON.
func pick(pairs ...any) []byte {
	b := []byte{'{'}
	for i := 0; i+1 < len(pairs); i += 2 {
		raw := pairs[i+1].(json.RawMessage)
		switch string(raw) {
		case "", "null", `""`, "{}", "[]":
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(strconv.AppendQuote(b, pairs[i].(string)), ':')
		b = append(b, raw...)
	}
	return attributes(append(b, '}'))
}

package importer

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"wangge/internal/fault"
)

type orbGeometry = orb.Geometry

func asFault(err error) bool { return fault.As(err) != nil }

// source gives the file's name for a property of ours.
func (o Options) source(property string) string {
	if name, mapped := o.Map[property]; mapped {
		return name
	}
	return property
}

// value finds a property, into nested objects where its name has dots. Names match in any case when none matches exactly.
func (r record) value(name string) any {
	if v, ok := lookUp(r.properties, name); ok {
		return v
	}
	var at any = r.properties
	for key := range strings.SplitSeq(name, ".") {
		inner, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		if at, ok = lookUp(inner, key); !ok {
			return nil
		}
	}
	return at
}

func lookUp(properties map[string]any, name string) (any, bool) {
	if v, ok := properties[name]; ok {
		return v, true
	}
	for key, v := range properties {
		if strings.EqualFold(key, name) {
			return v, true
		}
	}
	return nil, false
}

// asText writes a property as text; whole numbers, such as codes in a numeric column, without point or exponent.
func asText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(v)
	case []byte:
		return strings.TrimSpace(strings.ToValidUTF8(string(v), "�"))
	case json.Number:
		if f, err := v.Float64(); err == nil && strings.ContainsAny(v.String(), ".eE") {
			return asText(f)
		}
		return v.String()
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// asCount reads a property that counts something; nothing counts 0.
func asCount(v any) (int, error) {
	text := asText(v)
	if text == "" {
		return 0, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != float64(int32(f)) {
		return 0, fmt.Errorf("%q is no whole number", shorten(text))
	}
	return int(f), nil
}

// asFlag reads a property that is true or false; 是 is as good as true.
func asFlag(v any) bool {
	text := asText(v)
	yes, _ := strconv.ParseBool(text)
	return yes || text == "是"
}

// asPoint reads a point that a property holds as a list of two numbers.
func asPoint(v any) (orb.Point, bool) {
	list, _ := v.([]any)
	if len(list) != 2 {
		return orb.Point{}, false
	}
	var p orb.Point
	for i, item := range list {
		number, ok := item.(json.Number)
		if !ok {
			return orb.Point{}, false
		}
		f, err := number.Float64()
		if err != nil {
			return orb.Point{}, false
		}
		p[i] = f
	}
	return p, true
}

// required are the properties that a file must have, in one feature at least.
var required = map[What][]string{
	Areas: {"code", "name"}, Buildings: {"code", "name"}, Facilities: {"code", "kind", "name"}, Streets: {"name", "class"},
}

// hasProperties checks that what is required, and what the caller mapped, is there; if not, it says what is there instead.
func (s *shaper) hasProperties(records []record) bool {
	if _, known := required[s.options.What]; !known {
		s.report.Error(s.file, "import.what", "", fmt.Sprintf("%q cannot be imported; use areas, buildings, facilities or streets", string(s.options.What)))
		return false
	}
	wanted := append(slices.Clone(required[s.options.What]), slices.Sorted(maps.Keys(s.options.Map))...)
	complete := true
	for i, property := range wanted {
		source := s.options.source(property)
		found := slices.ContainsFunc(records, func(r record) bool { return r.value(source) != nil })
		if !found && slices.Index(wanted, property) == i {
			complete = false
			s.report.Error(s.file, "import.property", "", fmt.Sprintf("no feature has a property %q for %s; there are: %s", source, property, present(records)))
		}
	}
	return complete
}

// present lists the names of the properties in a file.
func present(records []record) string {
	names := map[string]bool{}
	for _, r := range records[:min(len(records), 100)] {
		for name := range r.properties {
			names[shorten(name)] = true
		}
	}
	if len(names) == 0 {
		return "none"
	}
	sorted := slices.Sorted(maps.Keys(names))
	return strings.Join(sorted[:min(len(sorted), 40)], ", ")
}

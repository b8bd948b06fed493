package ingest

import (
	"mime"
	"net/http"
	"net/url"
	"strings"

	"wangge/internal/fault"
	"wangge/internal/tracking"
)

// Osmand answers GET and POST /ingest/osmand: the OsmAnd and Traccar query protocol (a form body when there is no query string), and, for
// POST with JSON, Traccar Client's own format. 200 with an empty body; 400 for an unknown id.
func (in *Ingest) Osmand(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost && isJSON(r) {
		in.client(w, r)
		return
	}
	c, user := caller(r)
	fix, err := in.readQuery(w, r, &c)
	if err != nil {
		in.fail(w, r, err)
		return
	}
	if fix.Device == "" {
		fix.Device = user
	}
	in.single(w, r, c, fix, nothing)
}

// isJSON tells Traccar Client's body from a form. It is generous: what is said to be JSON of any kind is read as JSON.
func isJSON(r *http.Request) bool {
	kind := mediaType(r)
	return kind == "application/json" || strings.HasSuffix(kind, "+json")
}

// mediaType is the body's, without parameters; empty when it cannot be read.
func mediaType(r *http.Request) string {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

// readQuery decodes the query, or the form. A token among the keys is the caller's credential.
func (in *Ingest) readQuery(w http.ResponseWriter, r *http.Request, c *tracking.Caller) (fix tracking.Fix, err error) {
	read := func(query string) error {
		var token string
		if fix, token, err = decodeQuery(query); err == nil && token != "" {
			c.Secret = token
		}
		return err
	}
	switch {
	case len(r.URL.RawQuery) > MaxQuery:
		return fix, tooLarge(MaxQuery)
	case r.URL.RawQuery == "" && r.Method == http.MethodPost:
		return fix, withBody(w, r, MaxSingle, func(body []byte) error { return read(string(body)) })
	}
	return fix, read(r.URL.RawQuery)
}

// decodeQuery reads `id=123456&lat=37.45&lon=116.30&timestamp=1377177267&speed=10&bearing=90&altitude=5&accuracy=8&batt=87&charge=true`.
// Speed is in knots, the battery in percent. Keys that have no meaning here are kept as attributes.
func decodeQuery(query string) (fix tracking.Fix, token string, err error) {
	fix = blank("", "osmand")
	attrs := map[string]any(nil)
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if pair == "" {
			continue
		}
		key, value, err := unescapePair(pair)
		if err != nil {
			return fix, "", err
		}
		if key == "token" {
			token = value
			continue
		}
		known, refusal := setQueryField(&fix, key, value)
		if refusal != nil {
			return fix, "", refusal
		}
		if !known {
			if attrs == nil {
				attrs = map[string]any{}
			}
			attrs[strings.ReplaceAll(key, "\x00", "")] = strings.ReplaceAll(value, "\x00", "")
		}
	}
	fix.Attrs = encodeAttributes(attrs)
	return fix, token, nil
}

func unescapePair(pair string) (key, value string, err error) {
	key, value, _ = strings.Cut(pair, "=")
	if key, err = url.QueryUnescape(key); err == nil {
		value, err = url.QueryUnescape(value)
	}
	if err != nil {
		return "", "", fault.New(fault.Invalid, "request.invalid", "the query is not escaped as a query must be").Because(err)
	}
	return key, value, nil
}

// setQueryField puts one pair where it belongs; known is false for keys without meaning here.
func setQueryField(fix *tracking.Fix, key, value string) (known bool, refusal *fault.Error) {
	switch key {
	case "id", "deviceid":
		fix.Device = value
	case "lat":
		return true, setNumber(&fix.Lat, key, value, 1)
	case "lon":
		return true, setNumber(&fix.Lon, key, value, 1)
	case "location":
		return true, setLocation(fix, value)
	case "timestamp":
		t, ok := parseTime(value)
		if !ok {
			return true, invalid(key, "format", "epoch seconds or milliseconds, ISO 8601, or yyyy-MM-dd HH:mm:ss")
		}
		fix.Time = t
	case "speed":
		return true, setNumber(&fix.Speed, key, value, knot)
	case "bearing", "heading":
		return true, setNumber(&fix.Course, key, value, 1)
	case "altitude":
		return true, setNumber(&fix.Altitude, key, value, 1)
	case "accuracy":
		return true, setNumber(&fix.Accuracy, key, value, 1)
	case "batt":
		return true, setNumber(&fix.Battery, key, strings.TrimSuffix(value, "%"), percent)
	case "charge":
		if on, ok := parseFlag(value); ok {
			fix.Charging = charging(on)
		}
	case "valid":
		on, ok := parseFlag(value)
		fix.Invalid = ok && !on
	default:
		return false, nil
	}
	return true, nil
}

func setNumber(to *float64, key, value string, unit float64) *fault.Error {
	v, ok := parseNumber(value)
	if !ok {
		return invalid(key, "format", "not a number")
	}
	*to = v * unit
	return nil
}

func setLocation(fix *tracking.Fix, value string) *fault.Error {
	lat, lon, _ := strings.Cut(value, ",")
	if refusal := setNumber(&fix.Lat, "location", strings.TrimSpace(lat), 1); refusal != nil {
		return refusal
	}
	return setNumber(&fix.Lon, "location", strings.TrimSpace(lon), 1)
}

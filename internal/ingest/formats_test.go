package ingest_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wangge/internal/ingest"
	"wangge/internal/testenv"
	"wangge/internal/tracking"
	. "wangge/internal/tracking/trackingtest"
)

// The requests of ingest-formats.md, to the letter.
const (
	queryA  = `id=123456&lat=37.45&lon=116.30&timestamp=1377177267&speed=10&bearing=90&altitude=5&accuracy=8&batt=87&charge=true`
	clientB = `{"location":{"timestamp":"2025-06-15T13:45:12.862Z",
  "coords":{"latitude":37.42,"longitude":116.30,"accuracy":5,"speed":0,"heading":-1,"altitude":5},
  "is_moving":false,"odometer":0,"event":"motionchange",
  "battery":{"level":1,"is_charging":false},"activity":{"type":"still"},"extras":{}},
 "device_id":"48241179"}`
	ownTracksC = `{"_type":"location","tid":"AC","lat":37.45,"lon":116.30,"tst":1736161169,"created_at":1736161415,
 "acc":5,"alt":20,"vac":2,"vel":61,"cog":271,"batt":67,"bs":1,"conn":"w","t":"u"}`
	forwardedE = `{"position":{"latitude":37.45,"longitude":116.30,"speed":10,"course":271,"fixTime":"2025-06-15T13:45:12.862+00:00",
 "deviceTime":"2025-06-15T13:45:13.000+00:00","valid":true,"attributes":{"batteryLevel":67,"motion":true}},
 "device":{"uniqueId":"860000000000001","status":"online"}}`
)

var jsonType = map[string]string{"Content-Type": "application/json; charset=utf-8"}

// Ten knots, and 61 km/h, in m/s.
const (
	tenKnots = "5.14444" // 10 × 1852 ÷ 3600
	vel61    = "16.9444" // 61 ÷ 3.6
)

func TestOsmAndQuery(t *testing.T) {
	d := openDoors(t)
	d.person(t, "A", time.Unix(1377177270, 0), "123456")
	get := func(query string) exchange { return exchange{method: "GET", path: "/ingest/osmand?" + query} }
	post := func(query string) exchange { return exchange{method: "POST", path: "/ingest/osmand?" + query} }
	form := exchange{
		method: "POST", path: "/ingest/osmand", headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
		body: strings.Replace(queryA, "1377177267", "1377177261", 1),
	}
	for _, e := range []exchange{
		get(queryA),
		post(strings.Replace(queryA, "1377177267", "1377177262000", 1)), // milliseconds
		form,
		get("deviceid=123456&location=37.45,116.30&heading=90&timestamp=2013-08-22T13:14:23Z&valid=false&hdop=0.8&driverUniqueId=%E5%BC%A0"),
		get("id=123456&lat=37.45&lon=116.30&timestamp=2013-08-22%2013:14:24"),
		get("id=123456&lat=37.45&lon=116.30&timestamp=2013-08-22T21:14:25.5%2B08:00&charge=false&batt=5.5"),
		get("id=123456&lat=37.45&lon=116.30"), // no time: now
		get(queryA),                           // again
		get("id=123456"),                      // a heartbeat
		get("id=123456&batt=80&timestamp=1377177267"),
	} {
		d.must(t, e, 200, "")
	}
	want := []string{
		"2013-08-22T13:14:21Z 1163000000 374500000 speed " + tenKnots + " course 90 altitude 5 accuracy 8 battery 0.87 flags 4",
		"2013-08-22T13:14:22Z 1163000000 374500000 speed " + tenKnots + " course 90 altitude 5 accuracy 8 battery 0.87 flags 4",
		`2013-08-22T13:14:23Z 1163000000 374500000 speed - course 90 altitude - accuracy - battery - flags 2 {"hdop": "0.8", "driverUniqueId": "张"}`,
		"2013-08-22T13:14:24Z 1163000000 374500000 speed - course - altitude - accuracy - battery - flags 0",
		"2013-08-22T13:14:25.5Z 1163000000 374500000 speed - course - altitude - accuracy - battery 0.055 flags 0",
		"2013-08-22T13:14:27Z 1163000000 374500000 speed " + tenKnots + " course 90 altitude 5 accuracy 8 battery 0.87 flags 4",
		"2013-08-22T13:14:30Z 1163000000 374500000 speed - course - altitude - accuracy - battery - flags 0",
	}
	if diff := cmp.Diff(want, d.fixes(t, "123456")); diff != "" {
		t.Error(diff)
	}
	if n := d.Stats.Heartbeat.Load(); n != 2 {
		t.Errorf("%d heartbeats", n)
	}
}

func TestTraccarClient(t *testing.T) {
	d := openDoors(t)
	at := time.Date(2025, 6, 15, 13, 45, 15, 0, time.UTC)
	w := d.person(t, "A", at, "48241179")
	send := func(body string) exchange { return exchange{"POST", "/ingest/osmand", jsonType, body} }
	d.must(t, send(clientB), 200, "")
	want := []string{
		`2025-06-15T13:45:12.862Z 1163000000 374200000 speed 0 course - altitude 5 accuracy 5 battery 1 flags 0 ` +
			`{"event": "motionchange", "activity": {"type": "still"}, "odometer": 0, "is_moving": false}`,
	}
	if diff := cmp.Diff(want, d.fixes(t, "48241179")); diff != "" {
		t.Error(diff)
	}
	for i, quirk := range []string{
		strings.Replace(clientB, `"is_moving"`, `"heartbeat":true,"is_moving"`, 1),      // the same time again
		strings.Replace(clientB, `"is_moving"`, `"source":"heartbeat","is_moving"`, 1),  // and again
		strings.Replace(clientB, `"event":"motionchange",`, ``, 1),                      // no event
		`{"location":{"timestamp":"2025-06-15T13:45:12.862Z"},"device_id":"48241179"}`,  // no coords at all
		`{"location":{"heartbeat":true,"battery":{"level":-1}},"device_id":"48241179"}`, // nothing at all
		`{"device_id":"48241179"}`,
	} {
		d.SetNow(at.Add(time.Duration(i+1) * time.Minute))
		d.must(t, send(quirk), 200, "")
		if live, _ := d.Table.Get(w.ID); live.Seen != d.Now().UnixMilli() {
			t.Errorf("the last sign of life after %s is %d", quirk, live.Seen)
		}
	}
	if lines := d.fixes(t, "48241179"); len(lines) != 1 {
		t.Errorf("stored: %v", lines)
	}
}

func TestOwnTracks(t *testing.T) {
	d := openDoors(t)
	d.person(t, "A", time.Unix(1736161420, 0), "jane/phone")
	pub := func(path, body string, headers map[string]string) exchange {
		return exchange{"POST", "/ingest/owntracks" + path, headers, body}
	}
	later := func(second string) string { return strings.Replace(ownTracksC, "1736161169", second, 1) }
	limit := map[string]string{"X-Limit-U": "jane", "X-Limit-D": "phone"}
	basic := map[string]string{"user": "jane", "password": "secret"}
	both := maps.Clone(limit)
	both["X-Limit-U"] = "somebody else"
	for _, e := range []exchange{
		pub("/pub?u=jane&d=phone", ownTracksC, basic),
		pub("", later("1736161170"), limit),
		pub("?d=phone", later("1736161171"), basic),
		pub("?u=jane&d=phone", later("1736161172"), both),                              // the query has the first word
		pub("?u=jane&d=phone", "", nil),                                                // an empty body
		pub("?u=jane&d=phone", `{"_type":"lwt","tst":1736161169}`, nil),                // other types, also of nobody
		pub("", `{"_type":"transition","event":"enter"}`, nil),                         //
		pub("", `{"_type":"encrypted","data":"…"}`, nil),                               //
		pub("?u=jane&d=phone", `{"_type":"location","tst":1736161173,"batt":50}`, nil), // no place: a heartbeat
		pub("?u=jane&d=phone", `{"_type":"location","tst":1736161174,"lat":37.45,"lon":116.3,"vel":-1,"cog":-1,"acc":-1,"batt":-1,"bs":2}`, nil),
	} {
		d.must(t, e, 200, "[]")
	}
	attrs := ` {"t": "u", "tid": "AC", "vac": 2, "conn": "w", "created_at": 1736161415}`
	rest := " 1163000000 374500000 speed " + vel61 + " course 271 altitude 20 accuracy 5 battery 0.67 flags 0" + attrs
	want := []string{
		"2025-01-06T10:59:29Z" + rest, "2025-01-06T10:59:30Z" + rest, "2025-01-06T10:59:31Z" + rest, "2025-01-06T10:59:32Z" + rest,
		"2025-01-06T10:59:34Z 1163000000 374500000 speed - course - altitude - accuracy - battery - flags 4",
	}
	if diff := cmp.Diff(want, d.fixes(t, "jane/phone")); diff != "" {
		t.Error(diff)
	}
	d.must(t, pub("?u=jane&d=tablet", ownTracksC, nil), 400, `jane/tablet`)
	d.must(t, pub("?d=phone", ownTracksC, nil), 400, `"u"`)
	d.must(t, pub("?u=jane", ownTracksC, nil), 400, `"d"`)
	d.must(t, pub("?u=jane&d=phone", `{"_type":"location"`, nil), 400, "request.body")
	d.must(t, pub("?u=jane&d=phone", `{"_type":"location","lat":"north"}`, nil), 400, `"lat"`)
}

func TestTraccarForwarding(t *testing.T) {
	d := openDoors(t)
	d.person(t, "A", time.Date(2025, 6, 15, 13, 45, 20, 0, time.UTC), "860000000000001")
	secret := d.Register(t, tracking.DeviceSpec{UID: "860000000000002", WorkerID: 1, NewSecret: true},
		tracking.DeviceSpec{UID: "traccar", Gateway: true, NewSecret: true})[1].PlainSecret
	bearer := map[string]string{"Content-Type": "application/json", "Authorization": "Bearer " + secret}
	send := func(headers map[string]string, path, body string) exchange {
		return exchange{"POST", "/ingest/traccar" + path, headers, body}
	}
	locked := strings.Replace(forwardedE, "860000000000001", "860000000000002", 1)
	d.must(t, send(jsonType, "", forwardedE), 200, "")
	d.must(t, send(bearer, "", forwardedE), 200, "") // again: Traccar repeats the last fix
	d.must(t, send(jsonType, "", locked), 401, "860000000000002")
	d.must(t, send(bearer, "", locked), 200, "")
	d.must(t, send(nil, "?token="+secret, strings.Replace(locked, "12.862", "14", 1)), 200, "")
	d.must(t, send(bearer, "", strings.Replace(strings.Replace(locked, "12.862", "15", 1), `"valid":true`, `"valid":false`, 1)), 200, "")
	d.must(t, send(bearer, "", `{"position":null,"device":{"uniqueId":"860000000000001","status":"offline"}}`), 200, "")
	rest := " 1163000000 374500000 speed " + tenKnots + ` course 271 altitude - accuracy - battery 0.67 flags 0 {"motion": true, "batteryLevel": 67}`
	if diff := cmp.Diff([]string{"2025-06-15T13:45:12.862Z" + rest}, d.fixes(t, "860000000000001")); diff != "" {
		t.Error(diff)
	}
	want := []string{"2025-06-15T13:45:12.862Z" + rest, "2025-06-15T13:45:14Z" + rest, "2025-06-15T13:45:15Z" + strings.Replace(rest, "flags 0", "flags 2", 1)}
	if diff := cmp.Diff(want, d.fixes(t, "860000000000002")); diff != "" {
		t.Error(diff)
	}
}

func TestBatch(t *testing.T) {
	d := openDoors(t)
	d.person(t, "A", Noon, "860000000000001")
	secret := d.Register(t, tracking.DeviceSpec{UID: "locked", WorkerID: 1, NewSecret: true})[0].PlainSecret
	send := func(body string, headers map[string]string) exchange {
		return exchange{"POST", "/api/v1/positions", headers, body}
	}
	status, body, header := d.send(t, send(`{"device":"860000000000001","fixes":[
		{"time":"2026-11-23T03:59:00Z","lon":116.3012,"lat":37.4521,"speed":1.2,"course":90,"accuracy":6,"battery":0.87,"charging":true,"altitude":21},
		{"time":"2026-11-23T03:59:00Z","lon":116.3012,"lat":37.4521},
		{"time":1795406341000,"lon":116.3012,"lat":37.4521,"valid":false,"attributes":{"steps":7}},
		{"time":"2026-11-23T03:58:00Z","lon":116.3012,"lat":37.4521},
		{"battery":0.5},
		{"device":"stranger","lon":116.3012,"lat":37.4521},
		{"device":"locked","lon":116.3012,"lat":37.4521},
		{"lon":37.4521,"lat":116.3012},
		{"lon":116.3012},
		{"time":"2026-11-01T00:00:00Z","lon":116.3012,"lat":37.4521}]}`, jsonType))
	want := `{"results":[{"outcome":"stored"},{"outcome":"duplicate"},{"outcome":"stored"},{"outcome":"late"},{"outcome":"heartbeat"},` +
		`{"outcome":"unknown","code":"device.unknown"},{"outcome":"refused","code":"device.credential"},` +
		`{"outcome":"refused","code":"fix.swapped"},{"outcome":"refused","code":"fix.position"},{"outcome":"off_shift","code":"fix.too_old"}]}`
	if status != 200 || body != want || header.Get("Content-Type") != "application/json" || header.Get("Content-Length") == "" {
		t.Errorf("%d %s %v", status, body, header)
	}
	stored := []string{
		"2026-11-23T03:58:00Z 1163012000 374521000 speed - course - altitude - accuracy - battery - flags 0",
		"2026-11-23T03:59:00Z 1163012000 374521000 speed 1.2 course 90 altitude 21 accuracy 6 battery 0.87 flags 4",
		`2026-11-23T03:59:01Z 1163012000 374521000 speed - course - altitude - accuracy - battery - flags 2 {"steps": 7}`,
	}
	if diff := cmp.Diff(stored, d.fixes(t, "860000000000001")); diff != "" {
		t.Error(diff)
	}
	one := `{"fixes":[{"lon":116.3012,"lat":37.4521}]}`
	basic := map[string]string{"Content-Type": "application/json", "user": "locked", "password": secret}
	d.must(t, send(one, basic), 200, `[{"outcome":"stored"}]`)
	d.must(t, send(one, jsonType), 200, `[{"outcome":"refused","code":"device.id"}]`)
	d.worker = 1
	d.must(t, send(one, jsonType), 200, `[{"outcome":"stored"}]`)
	for _, other := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json+x", "application/"} {
		d.must(t, send(one, map[string]string{"Content-Type": other}), 415, "request.media_type")
	}
	if lines := d.fixes(t, "app-1"); len(lines) != 1 {
		t.Errorf("the app's: %v", lines)
	}
}

func TestBatchLimits(t *testing.T) {
	d := openDoors(t)
	send := func(body string) exchange { return exchange{"POST", "/api/v1/positions", jsonType, body} }
	many := func(n int) string {
		return `{"device":"x","fixes":[` + strings.TrimSuffix(strings.Repeat("{},", n), ",") + "]}"
	}
	d.must(t, send(many(ingest.MaxFixes)), 200, "unknown")
	d.must(t, send(many(ingest.MaxFixes+1)), 400, "maxItems")
	d.must(t, send(many(0)), 400, "minItems")
	d.must(t, send(`{"fixes":[{"lon":"116"}]}`), 400, `"fixes.lon"`)
	d.must(t, send(`{"fixes":`), 400, "request.body")
	d.must(t, send(`[]`), 400, "request.body")
	d.must(t, send(many(1)+strings.Repeat(" ", ingest.MaxBatch)), 413, "request.too_large")
}

func TestBadInputIsNamedAndChangesNothing(t *testing.T) {
	d := openDoors(t)
	d.person(t, "A", Noon, "123456")
	get := func(query string) exchange { return exchange{method: "GET", path: "/ingest/osmand?" + query} }
	for _, c := range []struct {
		e      exchange
		status int
		want   string
	}{
		{get("id=999&lat=37.45&lon=116.30"), 400, "999"},
		{get("lat=37.45&lon=116.30"), 400, "device.id"},
		{get("id=%00&lat=37.45&lon=116.30"), 400, "device.id"},
		{get("id=123456&lat=NaN&lon=116.30"), 400, `"lat"`},
		{get("id=123456&lat=37.45&lon=Inf"), 400, `"lon"`},
		{get("id=123456&lat=0x25p0&lon=116.3"), 400, `"lat"`},
		{get("id=123456&lat=37.45"), 400, "fix.position"},
		{get("id=123456&lat=116.30&lon=37.45"), 400, "fix.swapped"},
		{get("id=123456&lat=37.45&lon=216.30"), 400, "fix.range"},
		{get("id=123456&location=37.45"), 400, `"location"`},
		{get("id=123456&lat=37.45&lon=116.3&speed=fast"), 400, `"speed"`},
		{get("id=123456&lat=37.45&lon=116.3&timestamp=yesterday"), 400, `"timestamp"`},
		{get("id=123456&lat=37.45&lon=116.3&timestamp=99999999999999999999"), 400, "fix.time"},
		{get("id=123456&lat=37.45&lon=116.3&timestamp=-5"), 400, "fix.time"},
		{get("id=%zz"), 400, "request.invalid"},
		{get("id=123456&x=" + strings.Repeat("x", ingest.MaxQuery)), 413, "request.too_large"},
		{exchange{"POST", "/ingest/osmand", jsonType, strings.Repeat(" ", ingest.MaxSingle+1)}, 413, "request.too_large"},
		{exchange{"POST", "/ingest/osmand", jsonType, `{"device_id":7}`}, 400, `"device_id"`},
		{exchange{"POST", "/ingest/osmand", jsonType, `{"device_id":"123456","location":{"coords":{"latitude":1e999,"longitude":1}}}`}, 400, `location.coords.latitude`},
		{exchange{"POST", "/ingest/osmand", map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"}, "\x1f\x8b"}, 415, "ingest.compressed"},
		{exchange{"POST", "/ingest/traccar", jsonType, `not json`}, 400, "request.body"},
	} {
		d.must(t, c.e, c.status, c.want)
	}
	if n := d.Stored(t); n != 0 {
		t.Errorf("%d fixes were stored", n)
	}
}

func TestAttributesThatTheDatabaseCannotHoldAreMended(t *testing.T) {
	d := openDoors(t)
	d.person(t, "A", Noon, "123456")
	d.must(t, exchange{method: "GET", path: "/ingest/osmand?id=123456&lat=37.45&lon=116.30&a=%00x&b=%ff"}, 200, "")
	d.SetNow(Noon.Add(time.Second))
	d.must(t, exchange{"POST", "/ingest/osmand", jsonType, "{\"device_id\":\"123456\",\"location\":{\"coords\":{\"latitude\":37.45,\"longitude\":116.3}," +
		"\"extras\":{\"n\":\"a\\u0000b\",\"half\":\"\\ud800\",\"raw\":\"\xff\"}}}"}, 200, "")
	want := []string{`{"a": "x", "b": "�"}`, `{"extras": {"n": "ab", "raw": "�", "half": "�"}}`}
	for i, line := range d.fixes(t, "123456") {
		if !strings.HasSuffix(line, want[i]) {
			t.Errorf("%s, want %s", line, want[i])
		}
	}
}

// TestAttributesNeverCostAPosition: numbers that the database has no room for are kept as text, and too many attributes are left out.
func TestAttributesNeverCostAPosition(t *testing.T) {
	d := openDoors(t)
	d.person(t, "A", Noon, "123456")
	big := strings.Repeat("9", 400)
	filled := func(size int) string { return `{"note": "` + strings.Repeat("x", size-len(`{"note": ""}`)) + `"}` }
	attributes := []struct{ sent, kept string }{
		{`{"n":1e200000,"ok":-1.5e3}`, `{"n": "1e200000", "ok": -1500}`},
		{`{"a":[{"n":-1E+99999999999}],"zero":0e-99999999999}`, `{"a": [{"n": "-1E+99999999999"}], "zero": "0e-99999999999"}`},
		{`{"tiny":1e-20000,"small":1e-3}`, `{"tiny": "1e-20000", "small": 0.001}`},
		{`{"n":` + big + `}`, `{"n": "` + big + `"}`},
		{`{"text":"1e999999"}`, `{"text": "1e999999"}`},
		{filled(ingest.MaxAttributes), filled(ingest.MaxAttributes)},
		{filled(ingest.MaxAttributes + 1), ""},
	}
	var fixes, want []string
	for i, a := range attributes {
		at := Noon.Add(time.Duration(i-len(attributes)) * time.Second).Format(time.RFC3339)
		fixes = append(fixes, `{"time":"`+at+`","lon":116.3012,"lat":37.4521,"attributes":`+a.sent+`}`)
		rest := at + " 1163012000 374521000 speed - course - altitude - accuracy - battery - flags 0 " + a.kept
		want = append(want, strings.TrimSpace(rest))
	}
	d.must(t, exchange{"POST", "/api/v1/positions", jsonType, `{"device":"123456","fixes":[` + strings.Join(fixes, ",") + `]}`}, 200, "")
	if diff := cmp.Diff(want, d.fixes(t, "123456")); diff != "" {
		t.Error(diff)
	}
	d.SetNow(Noon.Add(time.Second))
	d.must(t, exchange{method: "GET", path: "/ingest/osmand?id=123456&lat=37.45&lon=116.30&note=" + strings.Repeat("x", ingest.MaxAttributes)}, 200, "")
	if n := d.Stored(t); n != len(attributes)+1 {
		t.Errorf("%d are stored", n)
	}
}

func TestOffShiftIsAcknowledged(t *testing.T) {
	d := openDoors(t)
	w := d.person(t, "A", Noon, "123456")
	d.SetNow(Noon.Add(time.Second))
	d.EndShift(t, w.ID)
	d.must(t, exchange{method: "GET", path: "/ingest/osmand?id=123456&lat=37.45&lon=116.30"}, 200, "")
	if d.Stored(t) != 0 || d.Stats.OffShift.Load() != 1 {
		t.Error("stored, or not counted")
	}
}

func TestRatePerDevice(t *testing.T) {
	f := New(t, testenv.Postgres(t))
	d := open(t, f, ingest.Dependencies{Rate: 1e-9, Burst: 3, Devices: 2})
	d.person(t, "A", Noon, "123456", "654321")
	beat := func(id string) exchange { return exchange{method: "GET", path: "/ingest/osmand?id=" + id} }
	for range 3 {
		d.must(t, beat("123456"), 200, "")
	}
	status, body, header := d.send(t, beat("123456"))
	if status != 429 || header.Get("Retry-After") != "1" {
		t.Errorf("%d %s %v", status, body, header)
	}
	d.must(t, beat("654321"), 200, "")
	d.must(t, beat("somebody"), 400, "device.unknown") // a third: the first is forgotten, memory stays bounded
	d.must(t, beat("123456"), 200, "")
}

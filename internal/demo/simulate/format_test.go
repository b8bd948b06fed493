package simulate

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

var walking = Report{
	Kind: Position, Time: time.Date(2025, 6, 15, 13, 45, 12, 862e6, time.UTC), At: orb.Point{116.3, 37.42}, Speed: 2 * knot, Course: 90,
	Accuracy: 5, Altitude: 22, Battery: 0.87, Moving: true,
}

// sent encodes one report and compares the request with what is expected; a body is compared as JSON.
func sent(t *testing.T, format Format, uid string, r Report, want Message, body string) {
	t.Helper()
	got, n := Encode(Phone{UID: uid, Format: format, Secret: "s3cret"}, []Report{r}, Gateway{"gw", "gws"})
	if n != 1 {
		t.Errorf("brings %d reports", n)
	}
	var gotBody, wantBody any
	if body != "" {
		if err := json.Unmarshal([]byte(body), &wantBody); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(got.Body, &gotBody); err != nil {
			t.Fatalf("the body is no JSON: %v: %s", err, got.Body)
		}
	}
	if diff := cmp.Diff(wantBody, gotBody); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	got.Body = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestOsmAndIsInKnots(t *testing.T) {
	sent(t, OsmAnd, "123456", walking, Message{
		Method: "POST",
		Path:   "/ingest/osmand?id=123456&timestamp=1749995112862&lat=37.4200000&lon=116.3000000&speed=2.00&bearing=90.0&altitude=22&accuracy=5.0&batt=87",
	}, "")
}

func TestOsmAndHeartbeatHasNoPlace(t *testing.T) {
	sent(t, OsmAnd, "123456", Report{Kind: Beat, Time: walking.Time, Battery: 0.1, Charging: true},
		Message{Method: "POST", Path: "/ingest/osmand?id=123456&timestamp=1749995112862&batt=10&charge=true"}, "")
}

var traccarClientRequest = Message{Method: "POST", Path: "/ingest/osmand", ContentType: "application/json; charset=utf-8"}

func TestTraccarClient(t *testing.T) {
	r := walking
	r.Speed = 1.25
	sent(t, TraccarClient, "48241179", r, traccarClientRequest, `{"location":{"timestamp":"2025-06-15T13:45:12.862Z",
		"coords":{"latitude":37.42,"longitude":116.30,"accuracy":5,"speed":1.25,"heading":90,"altitude":22},
		"is_moving":true,"odometer":0,"event":"motionchange",
		"battery":{"level":0.87,"is_charging":false},"activity":{"type":"walking"},"extras":{}},"device_id":"48241179"}`)
}

func TestTraccarClientHeartbeats(t *testing.T) {
	lying := walking
	lying.Kind, lying.Speed, lying.Moving = Again, 0, false
	sent(t, TraccarClient, "48241179", lying, traccarClientRequest, `{"location":{"timestamp":"2025-06-15T13:45:12.862Z",
		"coords":{"latitude":37.42,"longitude":116.30,"accuracy":5,"speed":0,"heading":-1,"altitude":22},
		"is_moving":false,"odometer":0,"heartbeat":true,
		"battery":{"level":0.87,"is_charging":false},"activity":{"type":"still"},"extras":{}},"device_id":"48241179"}`)
	sent(t, TraccarClient, "48241179", Report{Kind: Beat, Time: walking.Time, Battery: 1}, traccarClientRequest,
		`{"location":{"timestamp":"2025-06-15T13:45:12.862Z","is_moving":false,"odometer":0,"heartbeat":true,
		"battery":{"level":1,"is_charging":false},"activity":{"type":"still"},"extras":{}},"device_id":"48241179"}`)
}

func TestOwnTracksIsInKilometresPerHour(t *testing.T) {
	r := walking
	r.Speed = 61 / 3.6
	sent(t, OwnTracks, "jane/phone", r,
		Message{Method: "POST", Path: "/ingest/owntracks/pub?u=jane&d=phone", ContentType: "application/json"},
		`{"_type":"location","tid":"ne","lat":37.42,"lon":116.3,"tst":1749995112,"created_at":1749995112,
		"acc":5,"alt":22,"vel":61,"cog":90,"batt":87,"bs":1,"conn":"m","t":"u"}`)
}

func TestTraccarForwarding(t *testing.T) {
	sent(t, TraccarServer, "860000000100001", walking,
		Message{Method: "POST", Path: "/ingest/traccar", ContentType: "application/json", User: "gw", Password: "gws"},
		`{"position":{"protocol":"jt808","deviceTime":"2025-06-15T13:45:12.862Z","fixTime":"2025-06-15T13:45:12.862Z","valid":true,
		"latitude":37.42,"longitude":116.3,"altitude":22,"speed":2,"course":90,"accuracy":5,
		"attributes":{"batteryLevel":87,"charge":false,"motion":true}},"device":{"uniqueId":"860000000100001","status":"online"}}`)
}

func TestFormatsWithoutSignsOfLife(t *testing.T) {
	for _, f := range []Format{OwnTracks, TraccarServer} {
		if m, n := Encode(Phone{UID: "a/b", Format: f}, []Report{{Kind: Beat}}, Gateway{}); m.Method != "" || n != 1 {
			t.Errorf("format %d sends %q for a sign of life", f, m.Path)
		}
	}
}

func TestBatchBringsMany(t *testing.T) {
	reports := make([]Report, batchMost+50)
	for i := range reports {
		reports[i] = walking
		reports[i].Time = walking.Time.Add(time.Duration(i) * time.Second)
	}
	p := Phone{UID: "860000000100007", Format: Batch, Secret: "s3cret"}
	m, n := Encode(p, reports, Gateway{})
	if n != batchMost || m.User != p.UID || m.Password != "s3cret" || m.Path != "/api/v1/positions" {
		t.Errorf("%d reports to %s as %s", n, m.Path, m.User)
	}
	m, _ = Encode(p, []Report{walking, {Kind: Beat, Time: walking.Time, Battery: 0.5}}, Gateway{})
	want := `{"device":"860000000100007","fixes":[{"time":"2025-06-15T13:45:12.862Z","lon":116.3,"lat":37.42,"speed":1.028888888888889,"course":90,"altitude":22,"accuracy":5,"battery":0.87,"charging":false},{"time":"2025-06-15T13:45:12.862Z","battery":0.5,"charging":false}]}`
	if got := string(m.Body); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFormatsAreMixed(t *testing.T) {
	count := map[Format]int{}
	for _, p := range phones(1600) {
		count[FormatOf(p.UID)]++
	}
	for f, of16 := range map[Format]int{OsmAnd: 5, TraccarClient: 4, TraccarServer: 3, Batch: 2, Socket: 2} {
		if n := count[f]; n < of16*100/2 || n > of16*100*2 {
			t.Errorf("%d of 1600 phones speak format %d, want about %d", n, f, of16*100)
		}
	}
	if FormatOf("wg000008/phone") != OwnTracks || strings.Contains("860000000100001", "/") {
		t.Error("an id with user and device is OwnTracks's")
	}
}

func TestSocketMessage(t *testing.T) {
	got := hex.EncodeToString(socketMessage(7, []Report{walking, {Kind: Beat, Time: walking.Time, Battery: 1, Charging: true}}))
	want := "01" + "00000007" + // fixes, message 7
		"0000019773d6499e" + "4551f8c0" + "164dd6c0" + "0067" + "2328" + "0032" + "57" + "02" + // 1.03 m/s, 90°, 5 m, 87 %, not charging
		"0000019773d6499e" + "80000000" + "80000000" + "ffff" + "ffff" + "ffff" + "64" + "01"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

package simulate

import (
	"encoding/json"
	"hash/fnv"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Message is one HTTP request as a phone makes it.
type Message struct {
	Method      string
	Path        string // with the query
	ContentType string
	User        string // Basic authentication; none when empty
	Password    string
	Body        []byte
}

// knot is in m/s.
const knot = 1852.0 / 3600

// batchMost is the number of fixes that a phone puts into one request of the batch format.
const batchMost = 200

// FormatOf is the format that the phone with this id speaks. It follows from the id alone, so that a phone keeps to its format
// whatever else changes: of every 16, 5 OsmAnd, 4 Traccar Client, 3 behind a Traccar server, 2 batch, 2 socket. OwnTracks has ids of its own.
func FormatOf(uid string) Format {
	if strings.Contains(uid, "/") {
		return OwnTracks
	}
	h := fnv.New32a()
	h.Write([]byte(uid)) //nolint:errcheck // a hash never fails
	mixed := h.Sum32()
	mixed ^= mixed >> 15 // ids differ in their last digits, which FNV leaves mostly in the low bits
	return [16]Format{
		OsmAnd, OsmAnd, OsmAnd, OsmAnd, OsmAnd, TraccarClient, TraccarClient, TraccarClient, TraccarClient,
		TraccarServer, TraccarServer, TraccarServer, Batch, Batch, Socket, Socket,
	}[mixed%16]
}

// NeedsSecret tells whether a phone of this format signs in with a secret of its own.
func (f Format) NeedsSecret() bool { return f == Batch || f == Socket }

// Gateway is the credential of the Traccar server that trackers are behind.
type Gateway struct{ UID, Secret string }

// Encode gives the request that brings the first of the reports (for a batch: as many as fit), and how many it brings. Reports that a
// format has no form for are passed over: then the method is empty. The socket has messages of its own.
func Encode(p Phone, reports []Report, gateway Gateway) (Message, int) {
	r := reports[0]
	switch p.Format {
	case TraccarClient:
		return traccarClient(p, r), 1
	case OwnTracks:
		return ownTracks(p, r), 1
	case TraccarServer:
		return traccarServer(p, r, gateway), 1
	case Batch:
		n := min(len(reports), batchMost)
		return batch(p, reports[:n]), n
	default:
		return osmAnd(p, r), 1
	}
}

func osmAnd(p Phone, r Report) Message {
	q := make([]byte, 0, 200)
	q = append(q, "/ingest/osmand?id="...)
	q = append(q, url.QueryEscape(p.UID)...)
	q = append(q, "&timestamp="...)
	q = strconv.AppendInt(q, r.Time.UnixMilli(), 10)
	if r.Kind != Beat {
		q = appendNumber(append(q, "&lat="...), r.At[1], 7)
		q = appendNumber(append(q, "&lon="...), r.At[0], 7)
		q = appendNumber(append(q, "&speed="...), r.Speed/knot, 2)
		q = appendNumber(append(q, "&bearing="...), r.Course, 1)
		q = appendNumber(append(q, "&altitude="...), r.Altitude, 0)
		q = appendNumber(append(q, "&accuracy="...), r.Accuracy, 1)
	}
	q = appendNumber(append(q, "&batt="...), r.Battery*100, 0)
	if r.Charging {
		q = append(q, "&charge=true"...)
	}
	return Message{Method: "POST", Path: string(q)}
}

func appendNumber(b []byte, f float64, decimals int) []byte {
	return strconv.AppendFloat(b, f, 'f', decimals, 64)
}

type traccarLocation struct {
	Timestamp string          `json:"timestamp"`
	Coords    *traccarCoords  `json:"coords,omitempty"`
	IsMoving  bool            `json:"is_moving"`
	Odometer  float64         `json:"odometer"`
	Event     string          `json:"event,omitempty"`
	Heartbeat bool            `json:"heartbeat,omitempty"`
	Battery   traccarBattery  `json:"battery"`
	Activity  traccarActivity `json:"activity"`
	Extras    struct{}        `json:"extras"`
}

type traccarCoords struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Accuracy  float64 `json:"accuracy"`
	Speed     float64 `json:"speed"`
	Heading   float64 `json:"heading"`
	Altitude  float64 `json:"altitude"`
}

type traccarBattery struct {
	Level      float64 `json:"level"`
	IsCharging bool    `json:"is_charging"`
}

type traccarActivity struct {
	Type string `json:"type"`
}

func traccarClient(p Phone, r Report) Message {
	l := traccarLocation{
		Timestamp: stamp(r.Time),
		IsMoving:  r.Moving,
		Heartbeat: r.Kind != Position,
		Battery:   traccarBattery{Level: round(r.Battery, 2), IsCharging: r.Charging},
		Activity:  traccarActivity{Type: "still"},
	}
	if r.Moving {
		l.Activity.Type, l.Event = "walking", "motionchange"
	}
	if r.Kind != Beat {
		l.Coords = &traccarCoords{
			Latitude: round(r.At[1], 7), Longitude: round(r.At[0], 7), Accuracy: r.Accuracy, Speed: r.Speed, Heading: r.Course, Altitude: r.Altitude,
		}
		if !r.Moving {
			l.Coords.Heading = -1
		}
	}
	return Message{
		Method: "POST", Path: "/ingest/osmand", ContentType: "application/json; charset=utf-8",
		Body: encode(map[string]any{"location": l, "device_id": p.UID}),
	}
}

type ownTracksLocation struct {
	Type      string  `json:"_type"`
	TrackerID string  `json:"tid"`
	Lat       float64 `json:"lat"`
	Lon       float64 `json:"lon"`
	Time      int64   `json:"tst"`
	Created   int64   `json:"created_at"`
	Accuracy  int     `json:"acc"`
	Altitude  int     `json:"alt"`
	Velocity  int     `json:"vel"`
	Course    int     `json:"cog"`
	Battery   int     `json:"batt"`
	Status    int     `json:"bs"` // 1 unplugged, 2 charging
	Connected string  `json:"conn"`
	Trigger   string  `json:"t"`
}

func ownTracks(p Phone, r Report) Message {
	if r.Kind == Beat {
		return Message{}
	}
	user, device, _ := strings.Cut(p.UID, "/")
	l := ownTracksLocation{
		Type: "location", TrackerID: user[max(0, len(user)-2):], Lat: round(r.At[1], 6), Lon: round(r.At[0], 6), Time: r.Time.Unix(),
		Created: r.Time.Unix(), Accuracy: whole(r.Accuracy), Altitude: whole(r.Altitude), Velocity: whole(r.Speed * 3.6),
		Course: whole(r.Course), Battery: whole(r.Battery * 100), Status: 1, Connected: "m", Trigger: "u",
	}
	if r.Charging {
		l.Status = 2
	}
	return Message{
		Method: "POST", Path: "/ingest/owntracks/pub?u=" + url.QueryEscape(user) + "&d=" + url.QueryEscape(device),
		ContentType: "application/json", Body: encode(l),
	}
}

type forwarded struct {
	Position forwardedPosition `json:"position"`
	Device   forwardedDevice   `json:"device"`
}

type forwardedPosition struct {
	Protocol   string         `json:"protocol"`
	DeviceTime string         `json:"deviceTime"`
	FixTime    string         `json:"fixTime"`
	Valid      bool           `json:"valid"`
	Latitude   float64        `json:"latitude"`
	Longitude  float64        `json:"longitude"`
	Altitude   float64        `json:"altitude"`
	Speed      float64        `json:"speed"` // knots
	Course     float64        `json:"course"`
	Accuracy   float64        `json:"accuracy"`
	Attributes map[string]any `json:"attributes"`
}

type forwardedDevice struct {
	UniqueID string `json:"uniqueId"`
	Status   string `json:"status"`
}

func traccarServer(p Phone, r Report, gateway Gateway) Message {
	if r.Kind == Beat {
		return Message{}
	}
	f := forwarded{
		Position: forwardedPosition{
			Protocol: "jt808", DeviceTime: stamp(r.Time), FixTime: stamp(r.Time), Valid: true, Latitude: round(r.At[1], 6),
			Longitude: round(r.At[0], 6), Altitude: r.Altitude, Speed: round(r.Speed/knot, 3), Course: r.Course, Accuracy: r.Accuracy,
			Attributes: map[string]any{"batteryLevel": whole(r.Battery * 100), "charge": r.Charging, "motion": r.Moving},
		},
		Device: forwardedDevice{UniqueID: p.UID, Status: "online"},
	}
	return Message{
		Method: "POST", Path: "/ingest/traccar", ContentType: "application/json", User: gateway.UID, Password: gateway.Secret, Body: encode(f),
	}
}

type batchFix struct {
	Time     string   `json:"time"`
	Lon      *float64 `json:"lon,omitempty"`
	Lat      *float64 `json:"lat,omitempty"`
	Speed    *float64 `json:"speed,omitempty"`
	Course   *float64 `json:"course,omitempty"`
	Altitude *float64 `json:"altitude,omitempty"`
	Accuracy *float64 `json:"accuracy,omitempty"`
	Battery  float64  `json:"battery"`
	Charging bool     `json:"charging"`
}

// fixOf is a report in the project's own format, which the batch and the socket share. Without a place it is a heartbeat.
func fixOf(r Report) batchFix {
	f := batchFix{Time: stamp(r.Time), Battery: round(r.Battery, 2), Charging: r.Charging}
	if r.Kind != Beat {
		lon, lat := round(r.At[0], 7), round(r.At[1], 7)
		f.Lon, f.Lat, f.Speed, f.Course, f.Altitude, f.Accuracy = &lon, &lat, &r.Speed, &r.Course, &r.Altitude, &r.Accuracy
	}
	return f
}

func batch(p Phone, reports []Report) Message {
	fixes := make([]batchFix, len(reports))
	for i, r := range reports {
		fixes[i] = fixOf(r)
	}
	return Message{
		Method: "POST", Path: "/api/v1/positions", ContentType: "application/json", User: p.UID, Password: p.Secret,
		Body: encode(map[string]any{"device": p.UID, "fixes": fixes}),
	}
}

// encode cannot fail on the types above: they hold finite numbers and text only.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("simulate: " + err.Error())
	}
	return b
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func round(f float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(f*scale) / scale
}

func whole(f float64) int { return int(math.Round(f)) }

// Package replay sends recorded tracks (GPX files) to a server as if they were happening now, in the query format of OsmAnd and Traccar.
package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"wangge/internal/client"
	"wangge/internal/geo"
)

// Options say what to replay.
type Options struct {
	// Server is the address of the server, such as "http://localhost:8080".
	Server string
	// Files are paths of GPX files, replayed one after the other.
	Files []string
	// Device is the id that the fixes are sent under. The server must know it, and its worker must be on shift for the fixes to count.
	Device string
	// Speed is how many times faster than recorded; 0: 1. What comes closer together than 200 ms then is thinned out.
	Speed float64
	// Loop begins anew after the last file, until the context ends.
	Loop bool
	// Transport carries the requests; nil: http.DefaultTransport.
	Transport http.RoundTripper
	// Log receives what is done; nil: slog.Default().
	Log *slog.Logger
}

// Summary is what was replayed.
type Summary struct {
	Files int
	Sent  int // fixes that the server acknowledged
}

const (
	knot     = 1852.0 / 3600 // m/s
	nearest  = 200 * time.Millisecond
	retryMin = time.Second
	retryMax = 30 * time.Second
	perHDOP  = 5.0 // metres of accuracy for one unit of dilution, a usual rule of thumb
)

// Run replays. It reads all files before it sends anything, so that a broken one changes nothing. It waits for a server that is away; it
// ends with an error when the server refuses a fix, and without one when ctx ends.
func Run(ctx context.Context, options Options) (Summary, error) {
	var done Summary
	tracks, err := options.complete()
	if err != nil {
		return done, err
	}
	for {
		for i, track := range tracks {
			options.Log.Info("replaying", "file", options.Files[i], "points", len(track), "device", options.Device, "speed", options.Speed)
			sent, err := options.play(ctx, Schedule(track, time.Now(), options.Speed))
			done.Sent += sent
			if ctx.Err() != nil {
				return done, nil
			}
			if err != nil {
				return done, fmt.Errorf("replaying %s as device %s: %w", options.Files[i], options.Device, err)
			}
			done.Files++
		}
		if !options.Loop {
			return done, nil
		}
	}
}

func (o *Options) complete() (tracks [][]Point, err error) {
	if o.Server, err = client.Address(o.Server); err != nil {
		return nil, err
	}
	switch {
	case o.Device == "":
		return nil, errors.New("replay: say which device to send as")
	case len(o.Files) == 0:
		return nil, errors.New("replay: say which GPX files to replay")
	case o.Speed < 0 || math.IsNaN(o.Speed) || o.Speed > 1000:
		return nil, fmt.Errorf("replay: a speed of %g is not possible: give one up to 1000", o.Speed)
	case o.Speed == 0:
		o.Speed = 1
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	for _, name := range o.Files {
		track, err := readFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		tracks = append(tracks, track)
	}
	return tracks, nil
}

func readFile(name string) ([]Point, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return Decode(f)
}

// Schedule shifts a track's times so that its first point is at start and the rest follows `speed` times as fast as recorded; the points'
// speeds grow with it. Speeds and courses that the file lacks are those of the way from the point before. Points closer than 200 ms behind
// the one before are left out.
func Schedule(track []Point, start time.Time, speed float64) []Point {
	plan := make([]Point, 0, len(track))
	for i, p := range track {
		at := start.Add(time.Duration(float64(p.Time.Sub(track[0].Time)) / speed)).UTC()
		if len(plan) > 0 && at.Sub(plan[len(plan)-1].Time) < nearest {
			continue
		}
		if i > 0 {
			fillIn(&p, track[i-1])
		}
		p.Time = at
		p.Speed *= speed
		plan = append(plan, p)
	}
	return plan
}

func fillIn(p *Point, before Point) {
	a, b := [2]float64{before.Lon, before.Lat}, [2]float64{p.Lon, p.Lat}
	elapsed := p.Time.Sub(before.Time).Seconds()
	if math.IsNaN(p.Speed) && elapsed > 0 {
		p.Speed = geo.Distance(a, b) / elapsed
	}
	if math.IsNaN(p.Course) && a != b {
		east := (b[0] - a[0]) * math.Cos(a[1]*math.Pi/180)
		p.Course = math.Mod(math.Atan2(east, b[1]-a[1])*180/math.Pi+360, 360)
	}
}

// play sends each point when its time has come.
func (o *Options) play(ctx context.Context, plan []Point) (sent int, err error) {
	http := &http.Client{Transport: o.Transport, Timeout: 30 * time.Second}
	for _, p := range plan {
		select {
		case <-ctx.Done():
			return sent, ctx.Err()
		case <-time.After(time.Until(p.Time)):
		}
		if err := o.send(ctx, http, p); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, nil
}

// send sends one point until the server has taken it.
func (o *Options) send(ctx context.Context, client *http.Client, p Point) error {
	address := o.Server + Query(o.Device, p)
	for wait := retryMin; ; wait = min(retryMax, 2*wait) {
		final, err := post(ctx, client, address)
		if err == nil || final || ctx.Err() != nil {
			return err
		}
		o.Log.Warn("the server did not take a fix; it is sent again", "error", err, "in", wait)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// post makes one request. final is true when there is no use in repeating it.
func post(ctx context.Context, client *http.Client, address string) (final bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, nil)
	if err != nil {
		return true, err
	}
	request.Header.Set("Accept-Language", "en") // refusals are shown among this program's own messages
	answer, err := client.Do(request)
	if err != nil {
		return false, err
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	switch {
	case answer.StatusCode < 300:
		return true, nil
	case answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode >= 500 || err != nil:
		return false, fmt.Errorf("the server answered %s", answer.Status)
	}
	var problem struct{ Detail string }
	if json.Unmarshal(body, &problem) == nil && problem.Detail != "" {
		return true, fmt.Errorf("the server refuses the fix: %s", problem.Detail)
	}
	return true, fmt.Errorf("the server refuses the fix: %s", answer.Status)
}

// Query is the path and query that bring a point in.
func Query(device string, p Point) string {
	q := url.Values{
		"id":        {device},
		"timestamp": {strconv.FormatInt(p.Time.UnixMilli(), 10)},
		"lat":       {strconv.FormatFloat(p.Lat, 'f', 7, 64)},
		"lon":       {strconv.FormatFloat(p.Lon, 'f', 7, 64)},
	}
	add := func(key string, v float64, decimals int) {
		if !math.IsNaN(v) {
			q.Set(key, strconv.FormatFloat(v, 'f', decimals, 64))
		}
	}
	add("speed", p.Speed/knot, 3)
	add("bearing", p.Course, 1)
	add("altitude", p.Elevation, 1)
	add("accuracy", p.HDOP*perHDOP, 1)
	return "/ingest/osmand?" + q.Encode()
}

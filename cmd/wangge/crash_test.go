package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"wangge/internal/client"
	"wangge/internal/demo/seed"
	"wangge/internal/testenv"
)

// kills is how often each thing is killed under load.
const kills = 20

// load sends fixes and incidents to nodes that are being killed, and remembers what was acknowledged.
type load struct {
	nodes   []string
	cookies []*http.Cookie

	mu        sync.Mutex
	fixes     map[string]bool  // "device/ms"
	incidents map[string]int64 // text → acknowledged version
	errors    []error
}

// start lets every device and a few reporters work until ctx ends; the returned function waits until everything that was begun is
// acknowledged.
func (l *load) start(ctx context.Context, devices []string) (wait func()) {
	l.fixes, l.incidents = map[string]bool{}, map[string]int64{}
	var working sync.WaitGroup
	for i, device := range devices {
		working.Go(func() { l.walk(ctx, i, device) })
	}
	for reporter := range 3 {
		working.Go(func() { l.report(ctx, reporter) })
	}
	return working.Wait
}

// walk sends a device's fixes, one after the other, each until it is acknowledged.
func (l *load) walk(ctx context.Context, number int, device string) {
	random := rand.New(rand.NewPCG(uint64(number), 7))
	lon, lat := 116.28+0.002*float64(number%20), 37.43+0.002*float64(number/20)
	finish := context.WithoutCancel(ctx) // what was begun is brought to its end
	for ctx.Err() == nil {
		at := time.Now().UnixMilli()
		lon, lat = lon+(random.Float64()-.5)*1e-4, lat+(random.Float64()-.5)*1e-4
		query := url.Values{"id": {device}, "timestamp": {strconv.FormatInt(at, 10)}, "accuracy": {"5"},
			"lon": {strconv.FormatFloat(lon, 'f', 7, 64)}, "lat": {strconv.FormatFloat(lat, 'f', 7, 64)}}
		node := number
		_, err := send(finish, func() *http.Request {
			node++
			r, _ := http.NewRequest(http.MethodGet, l.nodes[node%len(l.nodes)]+"/ingest/osmand?"+query.Encode(), nil)
			return r
		}, http.StatusOK)
		l.note(err, func() { l.fixes[fmt.Sprintf("%s/%d", device, at)] = true })
		pauseFor(ctx, time.Duration(20+random.IntN(60))*time.Millisecond)
	}
}

// report reports incidents and dispatches them; every request carries a key, so that one that is sent again counts once.
func (l *load) report(ctx context.Context, reporter int) {
	finish := context.WithoutCancel(ctx)
	for n := 0; ctx.Err() == nil; n++ {
		text := fmt.Sprintf("reporter %d, incident %d", reporter, n)
		var reported struct{ ID, Version int64 }
		err := l.post(finish, reporter, "/api/v1/incidents", map[string]any{"class": "06010", "text": text, "lon": 116.30, "lat": 37.45}, &reported)
		l.note(err, func() { l.incidents[text] = 1 })
		if err != nil {
			return
		}
		path := fmt.Sprintf("/api/v1/incidents/%d/moves", reported.ID)
		err = l.post(finish, reporter, path, map[string]any{"to": "dispatched", "note": "go", "version": reported.Version}, &reported)
		l.note(err, func() { l.incidents[text] = 2 })
		pauseFor(ctx, 50*time.Millisecond)
	}
}

func (l *load) post(ctx context.Context, node int, path string, body, into any) error {
	payload, err := json.Marshal(body)
	if err != nil {
		return err
	}
	key := uuid.NewString()
	answer, err := send(ctx, func() *http.Request {
		node++
		r, _ := http.NewRequest(http.MethodPost, l.nodes[node%len(l.nodes)]+path, bytes.NewReader(payload))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
		for _, c := range l.cookies {
			r.AddCookie(c)
		}
		return r
	}, http.StatusOK, http.StatusCreated)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, into)
}

func (l *load) note(err error, acknowledged func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.errors = append(l.errors, err)
		return
	}
	acknowledged()
}

// stage is a database with people in it, and what is needed to load and watch it.
type stage struct {
	load    *load
	devices []string
	viewers []*viewer
	stop    func() // ends the load and waits for what was begun
}

// begin signs in, lets viewers watch and the load run.
func begin(t *testing.T, workers int, nodes ...string) *stage {
	t.Helper()
	populate(t, nodes[0], workers)
	user := signIn(t, nodes[0], seed.Dispatcher)
	s := &stage{load: &load{nodes: nodes, cookies: user.Cookies()}, devices: deviceIDs(t, nodes[0])}
	for i := range 4 {
		order := append(append([]string(nil), nodes[i%len(nodes):]...), nodes[:i%len(nodes)]...)
		s.viewers = append(s.viewers, watch(t.Context(), t, user.Cookies(), order...))
	}
	ctx, cancel := context.WithCancel(t.Context())
	wait := s.load.start(ctx, s.devices)
	s.stop = func() { cancel(); wait() }
	return s
}

func deviceIDs(t *testing.T, server string) (ids []string) {
	t.Helper()
	answer, err := signIn(t, server, seed.Administrator).ListDevicesWithResponse(t.Context(), &client.ListDevicesParams{})
	if err := client.Check(answer, err); err != nil {
		t.Fatal(err)
	}
	for _, d := range answer.JSON200.Items {
		if d.WorkerId != 0 && len(d.Uid) == len(demonstrationPhone) {
			ids = append(ids, d.Uid)
		}
	}
	if len(ids) < 10 {
		t.Fatalf("only %d devices", len(ids))
	}
	return ids
}

// verify checks the one thing that counts: everything acknowledged is in the database exactly once, and every viewer shows what is there.
func (s *stage) verify(t *testing.T, db *pgx.Conn) {
	t.Helper()
	for _, err := range s.load.errors {
		t.Error("refused:", err)
	}
	s.verifyFixes(t, db)
	s.verifyIncidents(t, db)
	incidents, positions := truth(t, db)
	for i, v := range s.viewers {
		awaitPicture(t, i, v, incidents, positions)
		for _, fault := range v.faults() {
			t.Errorf("viewer %d: %s", i, fault)
		}
	}
	t.Logf("%d fixes and %d incidents were acknowledged; a viewer connected %d times", len(s.load.fixes), len(s.load.incidents), s.viewers[0].connects)
}

func (s *stage) verifyFixes(t *testing.T, db *pgx.Conn) {
	t.Helper()
	rows, err := db.Query(t.Context(), `SELECT d.uid || '/' || (extract(epoch FROM p.fix_at) * 1000)::bigint, count(*)
		FROM position p JOIN device d ON d.id = p.device_id GROUP BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]int{}
	var key string
	var count int
	if _, err := pgx.ForEachRow(rows, []any{&key, &count}, func() error { stored[key] = count; return nil }); err != nil {
		t.Fatal(err)
	}
	if len(s.load.fixes) < 500 {
		t.Errorf("only %d fixes were acknowledged: that was no load", len(s.load.fixes))
	}
	for fix := range s.load.fixes {
		if stored[fix] != 1 {
			t.Errorf("the acknowledged fix %s is there %d times", fix, stored[fix])
		}
	}
}

func (s *stage) verifyIncidents(t *testing.T, db *pgx.Conn) {
	t.Helper()
	rows, err := db.Query(t.Context(), `SELECT i.text, count(*), max(i.version),
			(SELECT count(*) FROM incident_entry e WHERE e.incident_id = max(i.id)),
			(SELECT count(*) FROM event_log l WHERE l.entity = 'incident' AND l.entity_id = max(i.id)::text)
		FROM incident i WHERE i.text LIKE 'reporter %' GROUP BY i.text`)
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := maps.Clone(s.load.incidents)
	var text string
	var count, version, entries, events int64
	_, err = pgx.ForEachRow(rows, []any{&text, &count, &version, &entries, &events}, func() error {
		if count != 1 || entries != version || events != version {
			t.Errorf("%q: %d incidents, version %d with %d timeline entries and %d events", text, count, version, entries, events)
		}
		if acknowledged[text] > version {
			t.Errorf("%q: version %d was acknowledged, %d is there", text, acknowledged[text], version)
		}
		delete(acknowledged, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for text := range acknowledged {
		t.Errorf("%q was acknowledged and is not there", text)
	}
}

// truth is what the database says the map shows.
func truth(t *testing.T, db *pgx.Conn) (incidents map[string]string, positions map[int32][2]int32) {
	t.Helper()
	incidents, positions = map[string]string{}, map[int32][2]int32{}
	rows, err := db.Query(t.Context(), "SELECT id::text, state || '/' || version FROM incident WHERE closed_at IS NULL")
	if err != nil {
		t.Fatal(err)
	}
	var id, state string
	if _, err := pgx.ForEachRow(rows, []any{&id, &state}, func() error { incidents[id] = state; return nil }); err != nil {
		t.Fatal(err)
	}
	rows, err = db.Query(t.Context(), "SELECT DISTINCT ON (worker_id) worker_id, lon, lat FROM position ORDER BY worker_id, at DESC, received_at DESC")
	if err != nil {
		t.Fatal(err)
	}
	var worker, lon, lat int32
	_, err = pgx.ForEachRow(rows, []any{&worker, &lon, &lat}, func() error {
		positions[worker] = [2]int32{(lon + 5) / 10, (lat + 5) / 10}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return incidents, positions
}

// awaitPicture gives a viewer time to catch up, and says what differs when it does not.
func awaitPicture(t *testing.T, number int, v *viewer, incidents map[string]string, positions map[int32][2]int32) {
	t.Helper()
	var haveIncidents map[string]string
	var havePositions map[int32][2]int32
	for range 300 {
		haveIncidents, havePositions = v.picture()
		closed := closedOnes(haveIncidents)
		for _, id := range closed {
			delete(haveIncidents, id)
		}
		if maps.Equal(haveIncidents, incidents) && maps.Equal(havePositions, positions) {
			return
		}
		pauseFor(t.Context(), 50*time.Millisecond)
	}
	t.Errorf("viewer %d shows %d incidents of %d and %d positions of %d; first differences: %s %s", number,
		len(haveIncidents), len(incidents), len(havePositions), len(positions),
		difference(haveIncidents, incidents), difference(havePositions, positions))
}

func closedOnes(incidents map[string]string) (ids []string) {
	for id, state := range incidents {
		if len(state) > 6 && state[:6] == "closed" {
			ids = append(ids, id)
		}
	}
	return ids
}

func difference[K comparable, V comparable](have, want map[K]V) string {
	for k, w := range want {
		if h, ok := have[k]; !ok || h != w {
			return fmt.Sprintf("%v is %v, should be %v", k, h, w)
		}
	}
	for k, h := range have {
		if _, ok := want[k]; !ok {
			return fmt.Sprintf("%v is %v, should not be there", k, h)
		}
	}
	return "none"
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	return db
}

func underLoad() time.Duration { return time.Duration(250+rand.IntN(500)) * time.Millisecond }

func TestKillingTheServerLosesNothing(t *testing.T) {
	url := testenv.PostgresServer(t).URL()
	furnish(t, url)
	node := serve(t, "--database-url", url)
	s := begin(t, 40, node.address)
	for range kills {
		time.Sleep(underLoad())
		node.kill()
		node.start()
	}
	s.stop()
	s.verify(t, connect(t, url))
}

func TestKillingPostgreSQLLosesNothing(t *testing.T) {
	server := testenv.PostgresServer(t)
	furnish(t, server.URL())
	node := serve(t, "--database-url", server.URL())
	s := begin(t, 40, node.address)
	for range kills {
		time.Sleep(underLoad())
		server.Kill()
		if err := server.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.stop()
	s.verify(t, connect(t, server.URL()))
}

func TestKillingRedisDegradesAndRecovers(t *testing.T) {
	url := testenv.PostgresServer(t).URL()
	redis := testenv.Redis(t)
	furnish(t, url)
	nodes := []*process{
		serve(t, "--database-url", url, "--redis-url", redis.URL()), serve(t, "--database-url", url, "--redis-url", redis.URL()),
	}
	s := begin(t, 40, nodes[0].address, nodes[1].address)
	for range kills {
		time.Sleep(underLoad())
		redis.Kill()
		awaitDegraded(t, s.viewers, true)
		redis.Restart()
		awaitDegraded(t, s.viewers, false)
	}
	s.stop()
	s.verify(t, connect(t, url))
}

// awaitDegraded waits until every viewer has been told.
func awaitDegraded(t *testing.T, viewers []*viewer, want bool) {
	t.Helper()
	for i, v := range viewers {
		told := false
		for range 400 {
			if _, now := v.degraded(); now == want {
				told = true
				break
			}
			pauseFor(t.Context(), 50*time.Millisecond)
		}
		if !told {
			t.Fatalf("viewer %d was never told that degraded is %v", i, want)
		}
	}
}

// Two nodes show the same map; when one is killed its browsers move to the other, and nothing is lost.
func TestKillingOneOfTwoNodesMovesItsBrowsers(t *testing.T) {
	url := testenv.PostgresServer(t).URL()
	redis := testenv.Redis(t)
	furnish(t, url)
	nodes := []*process{
		serve(t, "--database-url", url, "--redis-url", redis.URL()), serve(t, "--database-url", url, "--redis-url", redis.URL()),
	}
	s := begin(t, 40, nodes[0].address, nodes[1].address)
	for round := range 6 {
		time.Sleep(underLoad())
		nodes[round%2].kill()
		time.Sleep(underLoad())
		nodes[round%2].start()
	}
	nodes[0].kill()
	s.stop()
	s.verify(t, connect(t, url))
}

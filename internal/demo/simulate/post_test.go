package simulate

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// taker writes down which fixes a server has acknowledged; answer decides about the n-th request.
type taker struct {
	mu     sync.Mutex
	n      int
	taken  []string // timestamps
	answer func(n int) int
}

func (s *taker) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := httptest.NewRecorder()
	status := s.answer(s.n)
	s.n++
	if status == 0 {
		return nil, &url.Error{Op: r.Method, URL: r.URL.String(), Err: io.ErrUnexpectedEOF}
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "3")
	}
	if status < 300 {
		s.taken = append(s.taken, r.URL.Query().Get("timestamp"))
	}
	w.WriteHeader(status)
	return w.Result(), nil
}

// deliver lets a phone send n reports at once to a server that answers so, and gives what the server took.
func deliver(t *testing.T, n int, repeat bool, answer func(n int) int) (*taker, Stats) {
	t.Helper()
	server := &taker{answer: answer}
	var stats Stats
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		c := newCarrier("http://server", server, phones(1), Gateway{}, slog.New(slog.DiscardHandler))
		go c.work(ctx)
		out := Transmission{Repeat: repeat}
		for i := range n {
			out.Reports = append(out.Reports, Report{Time: time.UnixMilli(int64(i)), Battery: 1})
		}
		c.take(out)
		time.Sleep(time.Hour) // of the bubble's own clock
		stats = c.stats.read(1)
	})
	return server, stats
}

func inOrder(t *testing.T, taken []string, n int) {
	t.Helper()
	if len(taken) != n {
		t.Fatalf("the server took %d fixes, want %d", len(taken), n)
	}
	for i, at := range taken {
		if at != itoa(i) {
			t.Fatalf("fix %d is %s", i, at)
		}
	}
}

func itoa(i int) string { return string(appendNumber(nil, float64(i), 0)) }

func TestPhoneKeepsWhatIsNotAcknowledged(t *testing.T) {
	server, stats := deliver(t, 20, false, func(n int) int {
		return []int{200, 503, 0, 200, 500, 429, 200}[n%7]
	})
	inOrder(t, server.taken, 20)
	if stats.Retries == 0 || stats.Refused != 0 || stats.Dropped != 0 {
		t.Errorf("%+v", stats)
	}
}

func TestPhoneGivesUpWhatIsRefused(t *testing.T) {
	server, stats := deliver(t, 5, false, func(n int) int {
		if n == 1 {
			return 400
		}
		return 200
	})
	if len(server.taken) != 4 || stats.Refused != 1 {
		t.Errorf("%d taken, %+v", len(server.taken), stats)
	}
}

func TestPhoneRepeatsWhenTheAnswerIsLost(t *testing.T) {
	server, _ := deliver(t, 3, true, func(int) int { return 200 })
	if len(server.taken) != 4 || server.taken[2] != server.taken[3] {
		t.Errorf("the server was sent %v, want the last one twice", server.taken)
	}
}

func TestPhoneHasRoomForSoMuch(t *testing.T) {
	away := true
	server := &taker{answer: func(int) int {
		if away {
			return 0
		}
		return 200
	}}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		c := newCarrier("http://server", server, phones(1), Gateway{}, slog.New(slog.DiscardHandler))
		go c.work(ctx)
		for i := range room + 7 {
			c.take(Transmission{Reports: []Report{{Time: time.UnixMilli(int64(i)), Battery: 1}}})
		}
		time.Sleep(10 * time.Minute)
		server.mu.Lock()
		away = false
		server.mu.Unlock()
		time.Sleep(10 * time.Minute)
		if stats := c.stats.read(1); stats.Dropped != 7 {
			t.Errorf("%d dropped, want 7", stats.Dropped)
		}
	})
	if len(server.taken) != room || server.taken[0] != "7" || server.taken[room-1] != itoa(room+6) {
		t.Errorf("the server took %d fixes, from %s to %s; want the newest %d", len(server.taken), server.taken[0], server.taken[len(server.taken)-1], room)
	}
}

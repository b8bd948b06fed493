package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// How a phone's program behaves towards the server: it keeps what was not acknowledged, tries again later and later, and gives up its
// oldest reports when it has no more room.
const (
	room       = 5000 // reports
	backoffMin = time.Second
	backoffMax = 30 * time.Second
	answerMost = 1 << 20 // bytes of an answer that are read
)

// pocketed is what a phone has not yet got rid of. One goroutine at a time sends for a phone, in order.
type pocketed struct {
	mu       sync.Mutex
	reports  []Report
	gone     int  // how many reports have left the front so far, sent or given up
	repeat   bool // send the last of them twice: its first answer gets lost
	busy     bool // somebody sends, or waits to
	failures int  // in a row
	socket   *socket
}

// carrier brings what phones send to the server.
type carrier struct {
	server  string
	http    *http.Client
	gateway Gateway
	phones  []Phone
	pockets []pocketed
	ready   chan int // phones with something to send; as long as there are phones, since each is in it at most once
	log     *slog.Logger
	stats   *counters
	said    sync.Map // refusals that were logged already, so that each is logged once
}

func newCarrier(server string, transport http.RoundTripper, phones []Phone, gateway Gateway, log *slog.Logger) *carrier {
	return &carrier{
		server: server, http: &http.Client{Transport: transport, Timeout: 30 * time.Second}, gateway: gateway, phones: phones,
		pockets: make([]pocketed, len(phones)), ready: make(chan int, len(phones)), log: log, stats: new(counters),
	}
}

// take puts what a phone sends into its pocket and sees that somebody empties it.
func (c *carrier) take(t Transmission) {
	p := &c.pockets[t.Phone]
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reports = append(p.reports, t.Reports...)
	p.repeat = p.repeat || t.Repeat
	c.stats.reports.Add(int64(len(t.Reports)))
	if over := len(p.reports) - room; over > 0 {
		p.reports = append([]Report(nil), p.reports[over:]...)
		p.gone += over
		c.stats.dropped.Add(int64(over))
	}
	if !p.busy {
		p.busy = true
		c.ready <- t.Phone
	}
}

// work empties pockets until ctx ends.
func (c *carrier) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case index := <-c.ready:
			c.empty(ctx, index)
		}
	}
}

// empty sends one phone's reports in order until none is left or the server doesn't take them.
func (c *carrier) empty(ctx context.Context, index int) {
	p := &c.pockets[index]
	for ctx.Err() == nil {
		p.mu.Lock()
		reports, gone, repeat := p.reports, p.gone, p.repeat
		if len(reports) == 0 {
			p.busy, p.repeat = false, false
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		n, wait, err := c.send(ctx, index, reports, repeat)
		if err != nil {
			c.later(ctx, index, wait, err)
			return
		}
		p.mu.Lock()
		p.failures = 0
		if sent := gone + n - p.gone; sent > 0 { // some may have been given up meanwhile for want of room
			p.reports = p.reports[sent:]
			p.gone += sent
		}
		p.mu.Unlock()
	}
}

// send brings the first of the reports to the server, and tells how many it brought. A refusal for good counts as brought: a phone's
// program gives such a report up. After an error, wait is how long the server asked to be left alone.
func (c *carrier) send(ctx context.Context, index int, reports []Report, repeat bool) (n int, wait time.Duration, err error) {
	phone := c.phones[index]
	if phone.Format == Socket {
		return c.sendSocket(ctx, index, reports)
	}
	message, n := Encode(phone, reports, c.gateway)
	if message.Method == "" {
		return n, 0, nil
	}
	if wait, err = c.post(ctx, phone, message); err == nil && repeat && n == len(reports) {
		wait, err = c.post(ctx, phone, message)
	}
	return n, wait, err
}

// post makes one request. An error means that the same request is to be made again later.
func (c *carrier) post(ctx context.Context, phone Phone, m Message) (wait time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, m.Method, c.server+m.Path, bytes.NewReader(m.Body))
	if err != nil {
		return 0, err
	}
	if m.ContentType != "" {
		request.Header.Set("Content-Type", m.ContentType)
	}
	if m.User != "" {
		request.SetBasicAuth(m.User, m.Password)
	}
	c.stats.messages.Add(1)
	answer, err := c.http.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(answer.Body, answerMost))
	if err != nil {
		return 0, err
	}
	switch status := answer.StatusCode; {
	case status < 300:
		c.stats.acknowledged.Add(1)
		if phone.Format == Batch {
			c.outcomes(phone, body)
		}
		return 0, nil
	case status == http.StatusTooManyRequests || status >= 500:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return time.Duration(max(0, seconds)) * time.Second, fmt.Errorf("%s answered %d", m.Path, status)
	default:
		c.refused(phone, fmt.Sprint(status), body)
		return 0, nil
	}
}

// outcomes counts the fixes of a batch that the server refused.
func (c *carrier) outcomes(phone Phone, body []byte) {
	var answer struct {
		Results []struct{ Outcome, Code string }
	}
	if json.Unmarshal(body, &answer) != nil {
		c.refused(phone, "unreadable", body)
		return
	}
	for _, r := range answer.Results {
		if r.Outcome == "refused" || r.Outcome == "unknown" {
			c.refused(phone, r.Outcome, []byte(r.Code))
		}
	}
}

// refused counts a report that the server does not want, and logs the first of its kind.
func (c *carrier) refused(phone Phone, how string, body []byte) {
	c.stats.refused.Add(1)
	if _, again := c.said.LoadOrStore([2]any{phone.Format, how}, true); !again {
		c.log.Warn("the server refuses a simulated phone's report", "device", phone.UID, "how", how, "answer", string(body[:min(len(body), 300)]))
	}
}

// later lets the phone try again after a while: 1, 2, 4 … 30 s, or as long as the server asked for, but not all phones at the same instant.
func (c *carrier) later(ctx context.Context, index int, wait time.Duration, err error) {
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return
	}
	p := &c.pockets[index]
	p.mu.Lock()
	failures := p.failures
	p.failures++
	p.mu.Unlock()
	c.stats.retries.Add(1)
	backoff := min(backoffMax, backoffMin<<min(failures, 10))
	spread := dice(uint64(failures), c.phones[index].UID).Float64() // by the phone's own name: the same in every run
	time.AfterFunc(max(wait, backoff)+time.Duration(spread*float64(backoff)), func() {
		if ctx.Err() == nil {
			c.ready <- index
		}
	})
}

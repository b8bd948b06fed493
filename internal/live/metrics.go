package live

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what /metrics shows of the hub.
type metrics struct {
	viewers    prometheus.Gauge
	workers    prometheus.Gauge
	frames     prometheus.Counter
	deliveries prometheus.Counter
	skipped    prometheus.Counter
	bytes      prometheus.Counter
	writes     prometheus.Counter
	events     prometheus.Counter
	snapshots  prometheus.Counter
	degraded   *prometheus.GaugeVec
	closes     *prometheus.CounterVec
	ticks      prometheus.Histogram
	lag        prometheus.Histogram
}

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "wangge", Subsystem: "live", Name: name, Help: help})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "wangge", Subsystem: "live", Name: name, Help: help})
	}
	histogram := func(name, help string, buckets ...float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "wangge", Subsystem: "live", Name: name, Help: help, Buckets: buckets})
	}
	return &metrics{
		viewers:    gauge("viewers", "Open connections."),
		workers:    gauge("workers", "Workers on the map."),
		frames:     counter("frames_total", "Position frames handed to sockets."),
		deliveries: counter("deliveries_total", "Positions in those frames."),
		skipped:    counter("skipped_total", "Position frames not sent because a socket was full."),
		bytes:      counter("bytes_total", "Bytes written, WebSocket headers included."),
		writes:     counter("writes_total", "Writes to sockets."),
		events:     counter("events_total", "Events given to viewers."),
		snapshots:  counter("snapshots_total", "Snapshots given to viewers."),
		degraded: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "wangge", Subsystem: "live", Name: "degraded", Help: "1 while the named part is behind.",
		}, []string{"part"}),
		closes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "wangge", Subsystem: "live", Name: "closes_total", Help: "Connections closed by the server, by code.",
		}, []string{"code"}),
		ticks: histogram("tick_seconds", "Time from the beginning of a tick until everybody was served.", .001, .0025, .005, .01, .025, .05, .1, .25, .5),
		lag:   histogram("event_lag_seconds", "Time from an event's being written to its being queued for viewers.", .01, .025, .05, .1, .25, .5, 1, 5, 30),
	}
}

// Collectors are what the hub shows on /metrics.
func (h *Hub) Collectors() []prometheus.Collector {
	m := h.metrics
	return []prometheus.Collector{
		m.viewers, m.workers, m.frames, m.deliveries, m.skipped, m.bytes, m.writes, m.events, m.snapshots, m.degraded, m.closes, m.ticks, m.lag,
	}
}

// tick notes the end of a tick.
func (m *metrics) tick(h *Hub, took time.Duration) {
	m.ticks.Observe(took.Seconds())
	m.viewers.Set(float64(len(h.everyone())))
	m.workers.Set(float64(h.opts.Table.Len()))
	for _, part := range []string{"broker", "storage"} {
		m.degraded.WithLabelValues(part).Set(0)
	}
	for _, part := range h.degraded {
		m.degraded.WithLabelValues(part).Set(1)
	}
}

// served adds what the goroutines have counted.
func (m *metrics) served(servers []*server) {
	for _, s := range servers {
		m.add(s)
	}
}

// add adds what one goroutine has counted and sets its counters back.
func (m *metrics) add(s *server) {
	m.frames.Add(float64(s.frames))
	m.deliveries.Add(float64(s.positions))
	m.skipped.Add(float64(s.skipped))
	m.bytes.Add(float64(s.bytes))
	m.writes.Add(float64(s.writes))
	s.frames, s.positions, s.skipped, s.bytes, s.writes = 0, 0, 0, 0, 0
}

// eventLag notes how long events have taken to get here since they were written. When they happened says nothing about that: a phone that
// was out of the network tells tomorrow where it was today.
func (m *metrics) eventLag(now time.Time, batch []entry) {
	for i := range batch {
		m.lag.Observe(max(0, now.Sub(batch[i].event.Written).Seconds()))
	}
}

func closeLabel(code int) string { return strconv.Itoa(code) }

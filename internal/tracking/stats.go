package tracking

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// Stats counts what came in and what became of it. Everything may be read at any time; a registry takes it as a Collector.
type Stats struct {
	Stored    atomic.Int64 // committed, newer than the live position
	Late      atomic.Int64 // committed to history only
	Duplicate atomic.Int64
	Heartbeat atomic.Int64
	OffShift  atomic.Int64 // discarded, never stored
	Unknown   atomic.Int64
	Refused   atomic.Int64
	Away      atomic.Int64 // fixes answered with Unavailable: their devices keep them
	Crossings atomic.Int64 // changes of grid

	Queued        atomic.Int64         // fixes that wait for a commit now
	CommitSeconds prometheus.Histogram // of one batch, from COPY to commit
	BatchRows     prometheus.Histogram // fixes in one commit
}

// NewStats makes zeroed counters.
func NewStats() *Stats {
	return &Stats{
		CommitSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "wangge_tracking_commit_seconds",
			Help:    "Time that one group commit of fixes takes.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14), // 0.5 ms … 4 s
		}),
		BatchRows: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "wangge_tracking_commit_rows",
			Help:    "Fixes that share one commit.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 13), // 1 … 4096
		}),
	}
}

var (
	fixesDesc     = prometheus.NewDesc("wangge_tracking_fixes_total", "Fixes by what became of them.", []string{"outcome"}, nil)
	crossingsDesc = prometheus.NewDesc("wangge_tracking_crossings_total", "Changes of grid, after hysteresis.", nil, nil)
	queuedDesc    = prometheus.NewDesc("wangge_tracking_queued_fixes", "Fixes that wait for a commit.", nil, nil)
)

// Describe implements prometheus.Collector.
func (s *Stats) Describe(out chan<- *prometheus.Desc) {
	out <- fixesDesc
	out <- crossingsDesc
	out <- queuedDesc
	s.CommitSeconds.Describe(out)
	s.BatchRows.Describe(out)
}

// Collect implements prometheus.Collector.
func (s *Stats) Collect(out chan<- prometheus.Metric) {
	for outcome, n := range map[string]*atomic.Int64{
		string(Stored): &s.Stored, string(Late): &s.Late, string(Duplicate): &s.Duplicate, string(Heartbeat): &s.Heartbeat,
		string(OffShift): &s.OffShift, string(Unknown): &s.Unknown, string(Refused): &s.Refused, "away": &s.Away,
	} {
		out <- prometheus.MustNewConstMetric(fixesDesc, prometheus.CounterValue, float64(n.Load()), outcome)
	}
	out <- prometheus.MustNewConstMetric(crossingsDesc, prometheus.CounterValue, float64(s.Crossings.Load()))
	out <- prometheus.MustNewConstMetric(queuedDesc, prometheus.GaugeValue, float64(s.Queued.Load()))
	s.CommitSeconds.Collect(out)
	s.BatchRows.Collect(out)
}

// count adds one result.
func (s *Stats) count(o Outcome) {
	switch o {
	case Stored:
		s.Stored.Add(1)
	case Late:
		s.Late.Add(1)
	case Duplicate:
		s.Duplicate.Add(1)
	case Heartbeat:
		s.Heartbeat.Add(1)
	case OffShift:
		s.OffShift.Add(1)
	case Unknown:
		s.Unknown.Add(1)
	case Refused:
		s.Refused.Add(1)
	}
}

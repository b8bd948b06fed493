package httpapi

import (
	"crypto/subtle"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"wangge/internal/fault"
)

// figures are what Prometheus learns of requests. Routes, not addresses: so there are few.
type figures struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newFigures(registry *prometheus.Registry) (*figures, error) {
	f := &figures{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "wangge_http_requests_total", Help: "Requests answered, by route and status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "wangge_http_request_seconds", Help: "Time to answer a request, by route; WebSockets left out.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route"}),
	}
	for _, c := range []prometheus.Collector{f.requests, f.seconds} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *figures) count(c echo.Context, took time.Duration) {
	route := c.Path()
	if route == "" {
		route = "/*"
	}
	f.requests.WithLabelValues(c.Request().Method, route, strconv.Itoa(c.Response().Status)).Inc()
	if !c.IsWebSocket() {
		f.seconds.WithLabelValues(route).Observe(took.Seconds())
	}
}

// GetMetrics handles GET /metrics: for this machine, and for whoever has the token.
func (h *handlers) GetMetrics(c echo.Context) error {
	if !h.local(c) && !h.hasToken(c) {
		return fault.New(fault.Forbidden, "metrics.closed", "the figures are for this machine and holders of the token")
	}
	promhttp.HandlerFor(h.Metrics, promhttp.HandlerOpts{}).ServeHTTP(c.Response(), c.Request())
	return nil
}

// local tells whether the request comes from this machine itself. One that a proxy on this machine passes on doesn't.
func (h *handlers) local(c echo.Context) bool {
	header := c.Request().Header
	if header.Get("X-Forwarded-For") != "" || header.Get("Forwarded") != "" || header.Get("X-Real-Ip") != "" {
		return false
	}
	peer, err := netip.ParseAddrPort(c.Request().RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback()
}

func (h *handlers) hasToken(c echo.Context) bool {
	token, ok := strings.CutPrefix(c.Request().Header.Get("Authorization"), "Bearer ")
	return ok && h.Config.MetricsToken != "" && subtle.ConstantTimeCompare([]byte(token), []byte(h.Config.MetricsToken)) == 1
}

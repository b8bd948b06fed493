package httpapi

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"wangge/internal/fault"
)

// contentPolicy suits the pages: everything from here; MapLibre's worker from a blob, map images as data and blobs, styles set by
// scripts, the live stream, and tiles from the hosts of the configured base maps, exactly.
func contentPolicy(tileOrigins []string) string {
	tiles := ""
	for _, origin := range tileOrigins {
		tiles += " " + origin
	}
	return "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:" + tiles + "; " +
		"worker-src 'self' blob:; child-src blob:; connect-src 'self' ws: wss:" + tiles + "; font-src 'self' data:; object-src 'none'; " +
		"base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
}

// harden sets the headers that keep a browser from doing more than the pages need. Devices pay for every byte and are no browsers.
func (h *handlers) harden(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if path := c.Request().URL.Path; strings.HasPrefix(path, "/ingest/") || path == "/api/v1/positions" {
			return next(c)
		}
		header := c.Response().Header()
		header.Set("Content-Security-Policy", h.policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()")
		if h.secure(c) {
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// origins decides which pages may send requests that count: those of this server and those trusted by configuration.
type origins struct {
	protection *http.CrossOriginProtection
	trusted    []string
}

func newOrigins(trusted []string) (*origins, error) {
	o := &origins{protection: http.NewCrossOriginProtection(), trusted: trusted}
	for _, origin := range trusted {
		if err := o.protection.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("the trusted origin %q cannot be used: %w", origin, err)
		}
	}
	return o, nil
}

func crossOrigin() error {
	return fault.New(fault.Forbidden, "request.cross_origin", "the request comes from a page of another origin")
}

// changes refuses a request that would change something and that a browser sends for another origin's page.
func (o *origins) changes(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := o.protection.Check(c.Request()); err != nil {
			return crossOrigin()
		}
		return next(c)
	}
}

// sockets refuses a WebSocket that another origin's page opens: browsers send cookies with it and don't protect it otherwise. Programs
// send no origin.
func (o *origins) sockets(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if origin := c.Request().Header.Get("Origin"); origin != "" && !o.own(origin, c.Request().Host) {
			return crossOrigin()
		}
		return next(c)
	}
}

func (o *origins) own(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && (strings.EqualFold(u.Host, host) || slices.Contains(o.trusted, origin))
}

// addressOf tells where requests come from: the other end of the connection, or what a trusted proxy says about it.
func addressOf(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, prefix := range proxies {
		_, network, err := net.ParseCIDR(prefix.Masked().String())
		if err != nil {
			panic(err) // a netip.Prefix is always one
		}
		options = append(options, echo.TrustIPRange(network))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// secure tells whether the browser talks HTTPS, to this server or to the trusted proxy before it.
func (h *handlers) secure(c echo.Context) bool {
	return c.Request().TLS != nil || h.fromProxy(c) && c.Request().Header.Get("X-Forwarded-Proto") == "https"
}

// fromProxy tells whether the other end of the connection is a trusted proxy.
func (h *handlers) fromProxy(c echo.Context) bool {
	peer, err := netip.ParseAddrPort(c.Request().RemoteAddr)
	return err == nil && slices.ContainsFunc(h.Config.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(peer.Addr().Unmap()) })
}

package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"wangge/internal/area"
	"wangge/internal/fault"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
)

// The session's cookie. Over HTTPS its prefix makes browsers hold it to this very host.
const (
	cookiePlain  = "wangge_session"
	cookieSecure = "__Host-wangge_session"
)

type sessionKey struct{}

// authenticate finds out who is asking, when somebody is. It doesn't refuse a request without a session.
func (h *handlers) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		token := SessionToken(c.Request())
		if token == "" {
			return next(c)
		}
		ctx := c.Request().Context()
		session, account, err := h.Identity.Resolve(ctx, token)
		if fault.Is(err, fault.Unauthenticated) {
			return next(c) // the route decides whether that matters
		}
		if err != nil {
			return err
		}
		ctx = identity.WithPrincipal(ctx, account.Principal())
		ctx = context.WithValue(ctx, sessionKey{}, signedIn{session, account})
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// signedIn is the session that a request came with.
type signedIn struct {
	session identity.Session
	account identity.Account
}

func sessionOf(ctx context.Context) signedIn {
	s, _ := ctx.Value(sessionKey{}).(signedIn)
	return s
}

// SessionToken is the token of the session that a request comes with; empty for none.
func SessionToken(r *http.Request) string {
	for _, name := range []string{cookieSecure, cookiePlain} {
		if cookie, err := r.Cookie(name); err == nil {
			return cookie.Value
		}
	}
	return ""
}

// permit lets only those pass who have the right. It is the one place where roles are enforced; scopes are enforced by the features,
// through Principal.Sees.
func permit(right identity.Right) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			p, ok := identity.PrincipalFrom(c.Request().Context())
			switch {
			case !ok && SessionToken(c.Request()) != "":
				return fault.New(fault.Unauthenticated, "session.expired", "the session is over; sign in again")
			case !ok:
				return fault.New(fault.Unauthenticated, "session.none", "sign in first")
			case p.MustChange && right != identity.SessionOwn:
				return fault.New(fault.Forbidden, "session.password", "the password must be changed first")
			case !p.May(right):
				return fault.New(fault.Forbidden, "session.right", "your account may not do this", "right", right)
			}
			return next(c)
		}
	}
}

// principal is who is asking; the zero principal, who sees nothing, on public routes.
func principal(c echo.Context) identity.Principal {
	p, _ := identity.PrincipalFrom(c.Request().Context())
	return p
}

// SignIn handles POST /api/v1/session.
func (h *handlers) SignIn(c echo.Context) error {
	var body api.SignIn
	if err := decode(c, &body); err != nil {
		return err
	}
	token, session, account, err := h.Identity.SignIn(c.Request().Context(), body.Name, body.Password)
	if err != nil {
		return err
	}
	h.setCookie(c, token, session.ExpiresAt)
	return c.JSON(http.StatusOK, h.sessionView(session, account))
}

// SignOut handles DELETE /api/v1/session.
func (h *handlers) SignOut(c echo.Context) error {
	if err := h.Identity.SignOut(c.Request().Context(), sessionOf(c.Request().Context()).session); err != nil {
		return err
	}
	h.setCookie(c, "", time.Unix(0, 0))
	return c.NoContent(http.StatusNoContent)
}

// GetSession handles GET /api/v1/session.
func (h *handlers) GetSession(c echo.Context) error {
	s := sessionOf(c.Request().Context())
	return c.JSON(http.StatusOK, h.sessionView(s.session, s.account))
}

// setCookie gives the browser the token, or takes it back when it is empty. The cookie goes over HTTPS only, unless this deployment is
// allowed to speak plain HTTP and does.
func (h *handlers) setCookie(c echo.Context, token string, expires time.Time) {
	cookie := &http.Cookie{
		Name: cookieSecure, Value: token, Path: "/", Expires: expires, HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
	}
	if h.Config.AllowPlainHTTP && !h.secure(c) {
		cookie.Name, cookie.Secure = cookiePlain, false
	}
	if token == "" {
		cookie.MaxAge = -1
	}
	c.SetCookie(cookie)
}

func (h *handlers) sessionView(s identity.Session, a identity.Account) api.Session {
	view := api.Session{
		Account: h.accountView(a), ExpiresAt: s.ExpiresAt.UTC(), IdleSeconds: int(h.Identity.Idle().Seconds()), Rights: []string{},
		Scope: api.AreaRef{Code: a.Scope, Name: a.Scope, Level: levelOf(a.Scope)},
	}
	if found := h.Areas.Index().ByCode(a.Scope); found != nil {
		view.Scope.Name = found.Name
	}
	for _, right := range a.Principal().Rights() {
		view.Rights = append(view.Rights, string(right))
	}
	return view
}

// levelOf tells an area's level by the length of its code.
func levelOf(code string) area.Level {
	for level, length := range area.CodeLength {
		if len(code) == length {
			return level
		}
	}
	return area.District
}

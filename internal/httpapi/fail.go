package httpapi

import "net/http"

// Fail answers a request with an error, as every other refusal here is answered and logged. It is for handlers that are given to New and
// are no handlers of the framework: the doors for devices.
func (s *Server) Fail(w http.ResponseWriter, r *http.Request, err error) {
	s.handlers.refuse(s.echo.NewContext(r, w), err)
}

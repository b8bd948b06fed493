package httpapi

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/labstack/echo/v4"

	"wangge/internal/fault"
)

// loadDocument reads the interface's description, against which every request is checked.
func loadDocument() (*openapi3.T, error) {
	document, err := openapi3.NewLoader().LoadFromData(openapiYAML)
	if err != nil {
		return nil, err
	}
	return document, document.Validate(context.Background(), openapi3.DisableExamplesValidation())
}

// operation finds what the document says about a route; nil when it says nothing.
func operation(document *openapi3.T, method, path string) *routers.Route {
	path = documentPath(path)
	item := document.Paths.Value(path)
	if item == nil || item.GetOperation(method) == nil {
		return nil
	}
	return &routers.Route{Spec: document, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method)}
}

// dropEmpty takes query parameters without a value out of the request: "?parent=" is the same as not asking for a parent.
func dropEmpty(c echo.Context) {
	r := c.Request()
	query := r.URL.Query()
	for name, values := range query {
		if len(values) == 1 && values[0] == "" {
			query.Del(name)
		}
	}
	r.URL.RawQuery = query.Encode()
}

var pathParameter = regexp.MustCompile(`:(\w+)`)

// documentPath writes Echo's ":id" as the document's "{id}".
func documentPath(path string) string { return pathParameter.ReplaceAllString(path, "{$1}") }

// valid refuses a request that doesn't fit the document, naming every input that doesn't.
func valid(described *routers.Route) echo.MiddlewareFunc {
	options := &openapi3filter.Options{MultiError: true, SkipSettingDefaults: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			dropEmpty(c)
			params := map[string]string{}
			for _, name := range c.ParamNames() {
				params[name] = c.Param(name)
			}
			err := openapi3filter.ValidateRequest(c.Request().Context(), &openapi3filter.RequestValidationInput{
				Request: c.Request(), PathParams: params, Route: described, Options: options,
			})
			if err != nil {
				return invalid(err)
			}
			return next(c)
		}
	}
}

// invalid turns the validator's findings into one fault with a field for each.
func invalid(err error) error {
	refusal := fault.New(fault.Invalid, "request.invalid", "the request breaks a rule").Because(err)
	if other := collect(refusal, "", err); other != nil {
		return other
	}
	return refusal
}

// collect walks through the findings. What is no broken rule of one input (a body too large, a wrong media type) is answered instead.
func collect(refusal *fault.Error, name string, err error) error {
	switch e := err.(type) { // the finding itself: what it wraps belongs to the branches
	case openapi3.MultiError:
		for _, one := range e {
			if other := collect(refusal, name, one); other != nil {
				return other
			}
		}
	case *openapi3filter.RequestError:
		return collectRequest(refusal, e)
	case *openapi3.SchemaError:
		refusal.WithField(join(name, e.JSONPointer()), e.SchemaField, e.Reason)
	default:
		if f := asFault(err); f.Kind == fault.TooLarge {
			return f
		}
		refusal.WithField(name, "format", "cannot be read")
	}
	return nil
}

func collectRequest(refusal *fault.Error, e *openapi3filter.RequestError) error {
	switch {
	case e.RequestBody != nil && strings.Contains(e.Reason, "Content-Type"):
		return fault.New(fault.Unsupported, "request.media_type", "the body must be application/json")
	case e.RequestBody != nil && errors.Is(e.Err, openapi3filter.ErrInvalidRequired):
		refusal.WithField("body", "required", "the body is missing")
	case e.RequestBody != nil:
		return collect(refusal, "body", orItself(e))
	case errors.Is(e.Err, openapi3filter.ErrInvalidRequired):
		refusal.WithField(e.Parameter.Name, "required", "is missing")
	case e.Parameter != nil:
		return collect(refusal, e.Parameter.Name, orItself(e))
	default:
		refusal.WithField("request", "format", "cannot be read")
	}
	return nil
}

// orItself is the finding within, or something that counts as unreadable.
func orItself(e *openapi3filter.RequestError) error {
	if e.Err == nil {
		return errors.New(e.Reason)
	}
	return e.Err
}

// join writes a place in a body as the caller wrote it: "fixes[3].lat".
func join(name string, pointer []string) string {
	if name == "body" && len(pointer) > 0 {
		name = ""
	}
	for _, part := range pointer {
		switch {
		case strings.Trim(part, "0123456789") == "":
			name = fmt.Sprintf("%s[%s]", name, part)
		case name == "":
			name = part
		default:
			name += "." + part
		}
	}
	return name
}

package identity

import "context"

type contextKey struct{}

// WithPrincipal returns a context that carries who is asking.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// PrincipalFrom tells who is asking; false when nobody is signed in.
func PrincipalFrom(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(contextKey{}).(Principal)
	return p, ok
}

// Request is where a request came from and what it is called in the logs. Audit entries take it from the context.
type Request struct {
	Address string // of the caller, without port
	ID      string
}

type requestKey struct{}

// WithRequest returns a context that carries where the request came from.
func WithRequest(ctx context.Context, r Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// RequestFrom tells where the request came from; empty for what the program does by itself.
func RequestFrom(ctx context.Context) Request {
	r, _ := ctx.Value(requestKey{}).(Request)
	return r
}

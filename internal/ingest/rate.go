package ingest

import (
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"wangge/internal/fault"
)

// rates bounds how often each device may ask. Only the most recently seen devices are remembered, so that invented ids cost no memory; one
// that was forgotten starts afresh.
type rates struct {
	perSecond rate.Limit
	burst     int
	limiters  *lru.Cache[string, *rate.Limiter]
}

func newRates(perSecond float64, burst, devices int) *rates {
	if perSecond <= 0 {
		perSecond = 20
	}
	if burst <= 0 {
		burst = 200
	}
	if devices <= 0 {
		devices = 1 << 16
	}
	limiters, err := lru.New[string, *rate.Limiter](devices)
	if err != nil {
		panic(err) // only a size that is not positive
	}
	return &rates{perSecond: rate.Limit(perSecond), burst: burst, limiters: limiters}
}

// take counts one request of a device; a fault of kind TooMany when that is more than it may.
func (r *rates) take(device string) error {
	limiter, ok := r.limiters.Get(device)
	if !ok {
		limiter = rate.NewLimiter(r.perSecond, r.burst)
		if before, taken, _ := r.limiters.PeekOrAdd(device, limiter); taken {
			limiter = before
		}
	}
	if !limiter.Allow() {
		return fault.New(fault.TooMany, "ingest.rate", "the device sends too often; batches bring many fixes at once").WithRetry(time.Second)
	}
	return nil
}

package ingest

import (
	"crypto/sha256"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"wangge/internal/fault"
	"wangge/internal/tracking"
)

// role is as what somebody sends.
type role uint8

const (
	stranger  role = iota // a device that isn't known, or whose credential wasn't presented
	ownDevice             // a device, with its credential if it has one
	session               // the field app of a signed-in worker
	gateway
)

// payer is whose allowance a request counts for. Nobody uses up that of a device whose secret he doesn't have: strangers that name it pay
// from another purse, one for each address, and so do not hinder each other either.
type payer struct {
	role    role
	id      string // of the device; of a gateway, the hash of its credential
	address string // of strangers only: those who may send come from anywhere
}

// payerOf tells who pays for what a caller brings in a batch or a connection. Gateways and workers' sessions pay for themselves, whatever devices they
// speak for.
func (in *Ingest) payerOf(c tracking.Caller, device string) payer {
	switch {
	case in.isGateway(c):
		hash := sha256.Sum256([]byte(c.Secret)) // so that the credential itself isn't kept
		return payer{role: gateway, id: string(hash[:])}
	case c.Worker != 0:
		return payer{role: session, id: tracking.AppUID(c.Worker)}
	}
	return in.devicePayer(c, device)
}

// devicePayer tells who pays for one fix: its device, also behind a gateway, so that one tracker gone wild doesn't silence the others.
func (in *Ingest) devicePayer(c tracking.Caller, device string) payer {
	// Unknown ids are not shown to Admit, which would list them: they are listed when their fixes are judged.
	if _, known := in.tracking.Registry.Devices.ByUID(device); known && in.tracking.Admit(c, device, "") == nil {
		return payer{role: ownDevice, id: device}
	}
	return payer{role: stranger, id: device, address: c.Address}
}

// isGateway tells whether the credential is a gateway's: only those are admitted without a device.
func (in *Ingest) isGateway(c tracking.Caller) bool {
	return c.Secret != "" && in.tracking.Admit(tracking.Caller{Secret: c.Secret}, "", "") == nil
}

// allowance is how often somebody may ask.
type allowance struct {
	perSecond rate.Limit
	burst     int // at once, after a silence
}

func newAllowance(perSecond float64, burst int, otherwise allowance) allowance {
	if perSecond > 0 {
		otherwise.perSecond = rate.Limit(perSecond)
	}
	if burst > 0 {
		otherwise.burst = burst
	}
	return otherwise
}

// times is an allowance as many times as large.
func (a allowance) times(n int) *rate.Limiter {
	return rate.NewLimiter(a.perSecond*rate.Limit(n), a.burst*n)
}

// rates bounds how often each payer may ask. Only those most recently seen are remembered, so that invented ids cost no memory; one
// that was forgotten starts afresh.
type rates struct {
	device   allowance // of everybody but gateways
	gateway  allowance
	limiters *lru.Cache[payer, *rate.Limiter]
}

func newRates(d Dependencies) *rates {
	remembered := d.Devices
	if remembered <= 0 {
		remembered = 1 << 16
	}
	limiters, err := lru.New[payer, *rate.Limiter](remembered)
	if err != nil {
		panic(err) // only a size that is not positive
	}
	return &rates{
		device:   newAllowance(d.Rate, d.Burst, allowance{20, 200}),
		gateway:  newAllowance(d.GatewayRate, d.GatewayBurst, allowance{20_000, 200_000}),
		limiters: limiters,
	}
}

func (r *rates) of(p payer) allowance {
	if p.role == gateway {
		return r.gateway
	}
	return r.device
}

// take counts one request; a fault of kind TooMany when that is more than the payer may.
func (r *rates) take(p payer) error {
	limiter, ok := r.limiters.Get(p)
	if !ok {
		limiter = r.of(p).times(1)
		if before, taken, _ := r.limiters.PeekOrAdd(p, limiter); taken {
			limiter = before
		}
	}
	if !limiter.Allow() {
		return fault.New(fault.TooMany, "ingest.rate", "the device sends too often; batches bring many fixes at once").WithRetry(time.Second)
	}
	return nil
}

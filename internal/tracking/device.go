package tracking

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
)

// MaxUID is how long the id of a device may be, in bytes.
const MaxUID = 100

// Device is what may send fixes: a phone, a tracker, or a gateway that speaks for others.
type Device struct {
	ID       int32
	UID      string // as the device sends it: IMEI, Traccar id, "user/device" for OwnTracks, AppUID for the field app
	Name     string
	WorkerID int32  // whose it is; 0 for nobody's
	Secret   []byte // SHA-256 of the secret; nil when the id alone is enough
	Gateway  bool   // its secret opens every device
	Disabled bool
	LastSeen time.Time // of the last flush; Devices.LastSeen is newer
	Version  int64
}

// AppUID is the id of the field app that a worker is signed in to. The device is made when it first sends.
func AppUID(worker int32) string { return "app-" + strconv.Itoa(int(worker)) }

// NewSecret makes a device's secret: 256 bits of randomness as text, to be shown once, and the SHA-256 that is kept. It is no password,
// so a plain hash is enough: there is nothing to guess.
func NewSecret() (plain string, hash []byte) {
	var b [32]byte
	rand.Read(b[:]) //nolint:errcheck // never fails; the program ends when there is no randomness
	plain = base64.RawURLEncoding.EncodeToString(b[:])
	return plain, hashSecret(plain)
}

func hashSecret(plain string) []byte {
	sum := sha256.Sum256([]byte(plain))
	return sum[:]
}

// opens tells whether the hash of what was presented is that of the device's secret, in the same time whatever the answer.
func (d *Device) opens(hash []byte) bool {
	return len(d.Secret) == sha256.Size && subtle.ConstantTimeCompare(d.Secret, hash) == 1
}

// uidWrong tells whether a device's id is empty, too long, or no clean text. Ids are shown to administrators and written to logs.
func uidWrong(uid string) bool {
	if uid == "" || len(uid) > MaxUID || !utf8.ValidString(uid) {
		return true
	}
	for _, r := range uid {
		if !unicode.IsPrint(r) {
			return true
		}
	}
	return false
}

// Caller is who brings a fix.
type Caller struct {
	Secret  string // the credential that was presented (Bearer, Basic password or token); empty for none
	Worker  int32  // the signed-in worker, when a session with the right to report positions brings it; 0 otherwise
	Address string // where it comes from, for the list of unclaimed ids
}

// gate decides once per request what a caller may send for.
type gate struct {
	caller   Caller
	hash     []byte // of the secret; nil without one
	gateway  bool   // may send for every device
	required bool   // a device without a secret may not send
}

func (d *Devices) gate(c Caller, required bool) gate {
	g := gate{caller: c, required: required}
	if c.Secret != "" {
		g.hash = hashSecret(c.Secret)
		g.gateway = d.opensAll(g.hash)
	}
	return g
}

// refusal tells why the caller may not send for the device; empty when it may.
func (g *gate) refusal(d *Device) string {
	switch {
	case d.Disabled:
		return CodeDisabled
	case g.gateway:
		return ""
	case g.caller.Worker != 0:
		if d.WorkerID != g.caller.Worker {
			return CodeForeign
		}
		return ""
	case d.UID == AppUID(d.WorkerID): // its id can be guessed: only the worker's own session speaks for it
		return CodeCredential
	case d.Secret != nil:
		if !d.opens(g.hash) {
			return CodeCredential
		}
		return ""
	case g.required:
		return CodeCredential
	}
	return ""
}

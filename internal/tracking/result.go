package tracking

import (
	"fmt"

	"wangge/internal/fault"
)

// Acknowledged tells whether the sender may delete its copy.
func (r Result) Acknowledged() bool { return r.Outcome != Unknown && r.Outcome != Refused }

// Fault is the refusal as an error, for protocols that answer one fix at a time; nil when the fix is acknowledged.
func (r Result) Fault(device string) *fault.Error {
	if r.Acknowledged() {
		return nil
	}
	switch r.Code {
	case CodeUnknown:
		return fault.New(fault.Invalid, CodeUnknown, fmt.Sprintf("the device %q is not registered", device), "device", device)
	case CodeCredential:
		return fault.New(fault.Unauthenticated, CodeCredential, fmt.Sprintf("the credential of the device %q is missing or wrong", device), "device", device)
	case CodeDisabled:
		return fault.New(fault.Forbidden, CodeDisabled, fmt.Sprintf("the device %q is switched off", device), "device", device)
	case CodeForeign:
		return fault.New(fault.Forbidden, CodeForeign, fmt.Sprintf("the device %q belongs to somebody else", device), "device", device)
	case CodeDeviceID:
		return fault.New(fault.Invalid, CodeDeviceID, fmt.Sprintf("a device's id is clean text of 1 to %d bytes", MaxUID)).
			WithField("id", CodeDeviceID, "missing, too long, or not clean")
	case CodePosition:
		return fault.New(fault.Invalid, CodePosition, "a position has two coordinates, both numbers").
			WithField("lat", "coordinate_not_finite", "no number").WithField("lon", "coordinate_not_finite", "no number")
	case CodeSwapped:
		return fault.New(fault.Invalid, CodeSwapped, "latitude and longitude seem to be swapped").
			WithField("lat", "coordinate_swapped", "beyond 90 degrees").WithField("lon", "coordinate_swapped", "would do as a latitude")
	case CodeRange:
		return fault.New(fault.Invalid, CodeRange, "the coordinates are no place on earth").
			WithField("lat", "coordinate_range", "-90 to 90 degrees").WithField("lon", "coordinate_range", "-180 to 180 degrees")
	case CodeTime:
		return fault.New(fault.Invalid, CodeTime, "the time lies before 1970 or after 9999").WithField("timestamp", "range", "1970 to 9999")
	}
	return fault.New(fault.Invalid, CodeStorage, "the fix cannot be stored as it is")
}

// Admit tells before any fix whether a caller may send for a device: nil, or the refusal that a fix would get. A gateway needs no device of
// its own; uid may then be empty. An unknown id is listed for administrators.
func (s *Service) Admit(caller Caller, uid, protocol string) error {
	gate := s.devices.gate(caller, s.RequireCredentials)
	if uid == "" && caller.Worker != 0 {
		uid = AppUID(caller.Worker)
	}
	device := s.devices.entry(uid)
	switch {
	case uid == "" && gate.gateway:
		return nil
	case uidWrong(uid):
		return Result{Refused, CodeDeviceID}.Fault(uid)
	case device == nil && caller.Worker != 0 && uid == AppUID(caller.Worker):
		return nil // made with the first fix
	case device == nil:
		s.Registry.Unclaimed.note(uid, protocol, caller.Address, s.Now().UTC())
		return Result{Unknown, CodeUnknown}.Fault(uid)
	}
	if code := gate.refusal(&device.Device); code != "" {
		return Result{Refused, code}.Fault(uid)
	}
	return nil
}

package importer

// For the fuzz tests.
var (
	DecodeGeometry = decodeGP
	Points         = points
)

package importer

import (
	"fmt"
	"regexp"
	"strings"
)

// lonLatCodes are the EPSG codes whose coordinates are longitude and latitude in a datum that is taken for WGS-84: WGS 84 in two and three
// dimensions, and CGCS2000 likewise.
var lonLatCodes = []string{"4326", "4979", "4490", "4480", "CRS84", "CRS84h"}

// wrongEPSG tells why a coordinate system given by its code ("urn:ogc:def:crs:EPSG::4549") cannot be read; empty when it can.
func wrongEPSG(name string) string {
	if name == "" {
		return ""
	}
	for _, code := range lonLatCodes {
		if strings.HasSuffix(name, ":"+code) || name == code {
			return ""
		}
	}
	return fmt.Sprintf("its coordinate system is %s; export it in longitude and latitude, WGS-84 (EPSG:4326) or CGCS2000 (EPSG:4490)", shorten(name))
}

var wktName = regexp.MustCompile(`^\s*[A-Z_]+\s*[\[(]\s*"([^"]*)"`)

// oldDatums are datums that differ from WGS-84 by tens of metres, by shifts that are not published.
var oldDatums = []string{"xian", "beijing", "krasovsky", "krassovsky"}

// wrongWKT tells why a coordinate system given as well-known text (a .prj file) cannot be read; empty when it can.
func wrongWKT(wkt string) string {
	wkt = strings.TrimPrefix(wkt, "\ufeff")
	name := "unnamed"
	if m := wktName.FindStringSubmatch(wkt); m != nil {
		name = shorten(m[1])
	}
	upper := strings.ToUpper(strings.TrimSpace(wkt))
	if strings.HasPrefix(upper, "PROJC") { // PROJCS of version 1, PROJCRS of version 2
		return fmt.Sprintf("its coordinates are metres of the projection %s; export it in longitude and latitude", name)
	}
	for _, datum := range oldDatums {
		if strings.Contains(strings.ToLower(wkt), datum) {
			return fmt.Sprintf("its datum is %s; have it transformed to CGCS2000 first: the shift is some tens of metres and not published", name)
		}
	}
	return ""
}

// Package sources holds the public data that the demonstration district is generated from, as it was obtained. Licences are in
// geodata/NOTICE.md. It is a package of its own, apart from geodata, so that the generator compiles when its output is missing.
package sources

import _ "embed"

// Boundary is the outline of division 371402 as GeoJSON, WGS-84, 80 vertices, © OpenStreetMap contributors, ODbL 1.0. It also covers
// most of the development zone 371471, which isn't part of the seven subdistricts.
//
//go:embed boundary_371402_osm_wgs84.geojson
var Boundary []byte

// Divisions is the official list, as JSON, of the district's 7 subdistricts and towns and its 126 communities: code, name, type and
// parent of each.
//
//go:embed divisions.json
var Divisions []byte

// Facts gives the population and area of the seven, as JSON, from an unverified page: good for proportions only.
//
//go:embed subdistrict_facts.json
var Facts []byte

// UrbanArea is Natural Earth's urban outline of Dezhou as GeoJSON, WGS-84, public domain.
//
//go:embed urban_area_dezhou_ne50m_wgs84.geojson
var UrbanArea []byte

// Place is Natural Earth's populated place Dezhou as GeoJSON, WGS-84, public domain: the point the city lies around.
//
//go:embed place_dezhou_ne10m_wgs84.geojson
var Place []byte

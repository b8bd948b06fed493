// Package basemap knows the base maps that a deployment puts under the district: what they are, where their tiles come from, and which
// of them cannot be used. Without any, the map draws the district's own streets and buildings, with nothing from outside.
package basemap

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Kind is how a base map's tiles come.
type Kind string

// The kinds.
const (
	None    Kind = "none"    // nothing under the district: works offline
	PMTiles Kind = "pmtiles" // one file of tiles on the server's disk, given out in parts
	Raster  Kind = "raster"  // pictures, from addresses with {z}, {x} and {y}
	Vector  Kind = "vector"  // Mapbox Vector Tiles in the layers of OpenMapTiles or Protomaps, from such an address
)

// Basemap is one base map, WGS-84 in Web Mercator tiles. CGCS2000 (天地图) is the same within a metre.
type Basemap struct {
	Name        string `yaml:"name"`  // lower-case letters, digits and hyphens; what links say
	Title       string `yaml:"title"` // what people call it; the name when empty
	Kind        Kind   `yaml:"kind"`
	URL         string `yaml:"url"`         // of tiles; {key} stands for Key
	LabelsURL   string `yaml:"labels_url"`  // raster: a second sheet above the first, such as 天地图's names
	Key         string `yaml:"key"`         // what the provider asks for; every page gets to know it
	File        string `yaml:"file"`        // pmtiles: the file
	Attribution string `yaml:"attribution"` // must be shown where the provider says so
	MaxZoom     int    `yaml:"max_zoom"`    // the last zoom that has tiles; 18 when 0
}

// offline is what there always is.
var offline = Basemap{Name: "none", Kind: None}

// Read reads a list of base maps (YAML) and puts the offline one before it. An error says in a sentence which entry cannot be used
// and why.
func Read(r io.Reader) ([]Basemap, error) {
	decoder := yaml.NewDecoder(r)
	decoder.KnownFields(true)
	var list []Basemap
	if err := decoder.Decode(&list); err != nil && err != io.EOF {
		return nil, fmt.Errorf("the list of base maps cannot be read: %w", err)
	}
	all := []Basemap{offline}
	for _, b := range list {
		if slices.ContainsFunc(all, func(other Basemap) bool { return other.Name == b.Name }) {
			return nil, fmt.Errorf("base map %q: the name is taken", b.Name)
		}
		if err := b.complete(); err != nil {
			return nil, fmt.Errorf("base map %q: %w", b.Name, err)
		}
		all = append(all, b)
	}
	return all, nil
}

// Open reads the list from a file; only the offline base map when there is no file's name.
func Open(file string) ([]Basemap, error) {
	if file == "" {
		return []Basemap{offline}, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("the list of base maps cannot be read: %w", err)
	}
	defer f.Close()
	return Read(f)
}

var nameRule = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// complete fills in what may be left out and refuses what cannot work.
func (b *Basemap) complete() error {
	if !nameRule.MatchString(b.Name) {
		return fmt.Errorf("a name has 1 to 40 lower-case letters, digits and hyphens")
	}
	if b.Title == "" {
		b.Title = b.Name
	}
	if b.MaxZoom == 0 {
		b.MaxZoom = 18
	}
	if b.MaxZoom < 1 || b.MaxZoom > 22 {
		return fmt.Errorf("max_zoom is 1 to 22")
	}
	switch b.Kind {
	case PMTiles:
		return b.checkFile()
	case Raster, Vector:
		return b.checkAddresses()
	}
	return fmt.Errorf("kind is pmtiles, raster or vector")
}

func (b *Basemap) checkFile() error {
	if info, err := os.Stat(b.File); err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("there is no file %q", b.File)
	}
	return nil
}

func (b *Basemap) checkAddresses() error {
	if b.Kind == Vector && b.LabelsURL != "" {
		return fmt.Errorf("labels_url is for raster base maps; vector tiles bring their names")
	}
	for _, address := range b.addresses() {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return fmt.Errorf("%q is no address of tiles", address)
		}
		for _, part := range []string{"{z}", "{x}", "{y}"} {
			if !strings.Contains(address, part) {
				return fmt.Errorf("the address of tiles has no %s", part)
			}
		}
		if strings.Contains(address, "{key}") && b.Key == "" {
			return fmt.Errorf("the address asks for a key, and there is none")
		}
		if shifted(u.Hostname()) {
			return fmt.Errorf("%s serves a shifted map (GCJ-02 or BD-09): everything would stand some 500 m from where it is", u.Hostname())
		}
	}
	return nil
}

// shiftedHosts serve tiles in GCJ-02 or BD-09.
var shiftedHosts = []string{"amap.com", "autonavi.com", "gtimg.com", "map.qq.com", "google.cn", "baidu.com", "bdimg.com", "bdstatic.com"}

func shifted(host string) bool {
	return slices.ContainsFunc(shiftedHosts, func(h string) bool { return host == h || strings.HasSuffix(host, "."+h) })
}

func (b Basemap) addresses() []string {
	addresses := []string{b.URL}
	if b.LabelsURL != "" {
		addresses = append(addresses, b.LabelsURL)
	}
	return addresses
}

// Tiles are the addresses of tiles with the key in them, from the bottom up; none for kinds that have no such addresses.
func (b Basemap) Tiles() []string {
	if b.Kind != Raster && b.Kind != Vector {
		return nil
	}
	tiles := b.addresses()
	for i := range tiles {
		tiles[i] = strings.ReplaceAll(tiles[i], "{key}", url.QueryEscape(b.Key))
	}
	return tiles
}

// Origins are the hosts that pages load tiles from ("https://t0.tianditu.gov.cn"), each once, in order.
func Origins(all []Basemap) []string {
	var origins []string
	for _, b := range all {
		for _, address := range b.Tiles() {
			if u, err := url.Parse(address); err == nil {
				origins = append(origins, u.Scheme+"://"+u.Host)
			}
		}
	}
	slices.Sort(origins)
	return slices.Compact(origins)
}

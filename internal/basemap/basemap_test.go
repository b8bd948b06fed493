package basemap_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wangge/internal/basemap"
)

const tianditu = `
- name: tianditu
  title: 天地图
  kind: raster
  url: https://t0.tianditu.gov.cn/vec_w/wmts?LAYER=vec&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={key}
  labels_url: https://t1.tianditu.gov.cn/cva_w/wmts?LAYER=cva&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={key}
  key: a&b
  attribution: 天地图
`

func TestRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "city.pmtiles")
	if err := os.WriteFile(file, []byte("PMTiles"), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := basemap.Read(strings.NewReader(tianditu + fmt.Sprintf("- {name: city, kind: pmtiles, file: %q, max_zoom: 15}\n", file)))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 || all[0].Kind != basemap.None || all[1].MaxZoom != 18 || all[2].Title != "city" || all[2].MaxZoom != 15 {
		t.Errorf("%+v", all)
	}
	for _, tile := range all[1].Tiles() {
		if !strings.HasSuffix(tile, "&tk=a%26b") {
			t.Errorf("the key is not in %s as it must be written", tile)
		}
	}
	if got, want := basemap.Origins(all), []string{"https://t0.tianditu.gov.cn", "https://t1.tianditu.gov.cn"}; !slices.Equal(got, want) {
		t.Errorf("origins %v", got)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, list := range map[string]string{
		"kind is":        "- {name: a, kind: wms}",
		"a name has":     "- {name: 'A b', kind: raster, url: 'https://h/{z}/{x}/{y}'}",
		"is taken":       "- {name: none, kind: raster, url: 'https://h/{z}/{x}/{y}'}",
		"no {y}":         "- {name: a, kind: raster, url: 'https://h/{z}/{x}'}",
		"no address":     "- {name: a, kind: raster, url: 'ftp://h/{z}/{x}/{y}'}",
		"asks for a key": "- {name: a, kind: raster, url: 'https://h/{z}/{x}/{y}?k={key}'}",
		"GCJ-02":         "- {name: a, kind: raster, url: 'https://webrd01.is.autonavi.com/appmaptile?z={z}&x={x}&y={y}'}",
		"no file":        "- {name: a, kind: pmtiles, file: /nowhere/a.pmtiles}",
		"max_zoom is":    "- {name: a, kind: vector, url: 'https://h/{z}/{x}/{y}', max_zoom: 30}",
		"cannot be read": "- {name: a, colour: red}",
		"vector tiles":   "- {name: a, kind: vector, url: 'https://h/{z}/{x}/{y}', labels_url: 'https://h/{z}/{x}/{y}'}",
	} {
		if _, err := basemap.Read(strings.NewReader(list)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want a sentence with %q", list, err, name)
		}
	}
}

func TestOpenWithoutAFileIsTheOfflineMap(t *testing.T) {
	all, err := basemap.Open("")
	if err != nil || len(all) != 1 || all[0].Kind != basemap.None {
		t.Errorf("%v %v", all, err)
	}
	if _, err := basemap.Open("/nowhere/basemaps.yaml"); err == nil {
		t.Error("a list that isn't there was read")
	}
}

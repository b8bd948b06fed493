package httpapi

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wangge/internal/basemap"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
)

// withBasemaps configures a file, and pictures from one other host.
func withBasemaps(t *testing.T, file string) func(*Deps) {
	all, err := basemap.Read(strings.NewReader("- {name: city, kind: pmtiles, file: " + file + "}\n" +
		"- {name: pictures, title: 影像, kind: raster, url: 'https://tiles.example:8443/{z}/{x}/{y}?k={key}', key: k1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return func(d *Deps) { d.Config.Basemaps = all }
}

func TestBasemaps(t *testing.T) {
	file := filepath.Join(t.TempDir(), "city.pmtiles")
	if err := os.WriteFile(file, []byte("PMTiles, as far as this test goes"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := startTown(t, withBasemaps(t, file))
	c := w.as(identity.Operator)
	page := list[struct{ Items []api.Basemap }](c, "/api/v1/basemaps")
	if len(page.Items) != 3 || page.Items[0].Kind != basemap.None || page.Items[2].Urls[0] != "https://tiles.example:8443/{z}/{x}/{y}?k=k1" {
		t.Fatalf("%+v", page.Items)
	}
	address := page.Items[1].Urls[0]
	part := c.with("Range", "bytes=3-6").get(address).ok(http.StatusPartialContent)
	if string(part.body) != "iles" || part.header.Get("Content-Range") != "bytes 3-6/33" {
		t.Errorf("bytes 3 to 6 are %q, %s", part.body, part.header.Get("Content-Range"))
	}
	c.with("If-None-Match", part.header.Get("ETag")).get(address).ok(http.StatusNotModified)
	if encoding := part.header.Get("Content-Encoding"); encoding != "" {
		t.Errorf("a part of a file is sent %s", encoding)
	}
	c.get("/api/v1/basemaps/pictures.pmtiles").problem(http.StatusNotFound, "basemap.unknown")
	c.get("/api/v1/basemaps/city").problem(http.StatusNotFound, "basemap.unknown")
	w.anonymous().get(address).problem(http.StatusUnauthorized, "session.none")
}

// TestPolicyAllowsExactlyTheConfiguredTileHosts: without base maps nothing may come from elsewhere.
func TestPolicyAllowsExactlyTheConfiguredTileHosts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "city.pmtiles")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]*town{"offline": startTown(t), "pictures": startTown(t, withBasemaps(t, file))} {
		policy := w.anonymous().get("/healthz").header.Get("Content-Security-Policy")
		for _, directive := range []string{"img-src 'self' data: blob:", "connect-src 'self' ws: wss:"} {
			want := directive + ";"
			if name == "pictures" {
				want = directive + " https://tiles.example:8443;"
			}
			if !strings.Contains(policy, want) {
				t.Errorf("%s: %q is not in %s", name, want, policy)
			}
		}
	}
}

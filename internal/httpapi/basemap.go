package httpapi

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"wangge/internal/basemap"
	"wangge/internal/fault"
	"wangge/internal/httpapi/api"
)

// pmtilesSuffix ends the address of a base map's file.
const pmtilesSuffix = ".pmtiles"

// ListBasemaps handles GET /api/v1/basemaps.
func (h *handlers) ListBasemaps(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]any{"items": views(h.Config.Basemaps, basemapView)})
}

func basemapView(b basemap.Basemap) api.Basemap {
	view := api.Basemap{Name: b.Name, Title: b.Title, Kind: b.Kind, Urls: b.Tiles(), Attribution: b.Attribution, MaxZoom: b.MaxZoom}
	if b.Kind == basemap.PMTiles {
		view.Urls = []string{"/api/v1/basemaps/" + b.Name + pmtilesSuffix}
	}
	return view
}

// GetBasemapFile handles GET /api/v1/basemaps/{file}: the file in parts, as the reader asks for them.
func (h *handlers) GetBasemapFile(c echo.Context, file string) error {
	name, isFile := strings.CutSuffix(file, pmtilesSuffix)
	i := slices.IndexFunc(h.Config.Basemaps, func(b basemap.Basemap) bool { return b.Name == name && b.Kind == basemap.PMTiles })
	if !isFile || i < 0 {
		return fault.New(fault.NotFound, "basemap.unknown", "there is no such base map")
	}
	f, err := os.Open(h.Config.Basemaps[i].File)
	if err != nil {
		return fmt.Errorf("httpapi.GetBasemapFile(%s): %w", file, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("httpapi.GetBasemapFile(%s): %w", file, err)
	}
	header := c.Response().Header()
	header.Set("Content-Type", "application/vnd.pmtiles")
	header.Set("Cache-Control", "private, no-cache")
	header.Set("ETag", fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()))
	http.ServeContent(c.Response(), c.Request(), file, info.ModTime(), f)
	return nil
}

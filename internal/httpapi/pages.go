package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// pages are the built web pages. Files under assets/ carry a hash of their content in their name and never change; the others are asked
// about each time.
type pages struct {
	files fs.FS
	etags map[string]string
}

const index = "index.html"

// Types that not every machine's own table knows.
var pageTypes = map[string]string{
	".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json", ".wasm": "application/wasm",
	".webmanifest": "application/manifest+json", ".woff2": "font/woff2", ".map": "application/json",
}

func newPages(files fs.FS) (*pages, error) {
	p := &pages{files: files, etags: map[string]string{}}
	if files == nil {
		return p, nil
	}
	return p, fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		p.etags[name] = `"` + hex.EncodeToString(sum[:12]) + `"`
		return nil
	})
}

// page answers everything that is no other route: a file of the pages; the start page, for any address that a browser goes to, since the
// pages have routes of their own; otherwise nothing.
func (h *handlers) page(c echo.Context) error {
	name := strings.TrimPrefix(path.Clean("/"+c.Request().URL.Path), "/")
	if strings.HasPrefix(name, "api/") || strings.HasPrefix(name, "ingest/") {
		return noSuchRoute()
	}
	if _, there := h.pages.etags[name]; !there {
		if !strings.Contains(c.Request().Header.Get("Accept"), "text/html") {
			return noSuchRoute()
		}
		name = index
	}
	return h.pages.serve(c, name)
}

// serve sends a file, in its compressed form when there is one and the reader takes it.
func (p *pages) serve(c echo.Context, name string) error {
	etag, there := p.etags[name]
	if !there {
		return noSuchRoute()
	}
	header := c.Response().Header()
	header.Set("Content-Type", typeOf(name))
	header.Set("Vary", "Accept-Encoding")
	file := name
	for _, form := range []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if other, made := p.etags[name+form.suffix]; made && strings.Contains(c.Request().Header.Get("Accept-Encoding"), form.encoding) {
			file, etag = name+form.suffix, other
			header.Set("Content-Encoding", form.encoding)
			break
		}
	}
	header.Set("ETag", etag)
	if strings.HasPrefix(name, "assets/") {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		header.Set("Cache-Control", "no-cache")
	}
	opened, err := p.files.Open(file)
	if err != nil {
		return err
	}
	defer opened.Close() //nolint:errcheck // only read
	content, ok := opened.(io.ReadSeeker)
	if !ok {
		return errors.New("the pages' files cannot be read from the middle: " + file)
	}
	http.ServeContent(c.Response(), c.Request(), name, time.Time{}, content)
	return nil
}

func typeOf(name string) string {
	if known, ok := pageTypes[path.Ext(name)]; ok {
		return known
	}
	if guessed := mime.TypeByExtension(path.Ext(name)); guessed != "" {
		return guessed
	}
	return "application/octet-stream"
}

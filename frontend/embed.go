// Package frontend carries the built pages inside the program.
package frontend

import (
	"embed"
	"io/fs"
)

// Without a build only the placeholder .gitkeep is here, so that the program compiles before the pages do.
//
//go:embed all:dist
var dist embed.FS

// Pages is the built frontend, with index.html at its root. When the pages have not been built (`make build`) there is no index.html:
// opening it says fs.ErrNotExist, and whoever serves pages should say what to run.
func Pages() fs.FS {
	pages, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // "dist" is a valid path, which is all that Sub asks for
	}
	return pages
}

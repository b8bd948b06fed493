package pgserver

import (
	"os"
	"path/filepath"
	"testing"
)

// npmPackage makes a folder like that of the npm package: files without the links between them.
func npmPackage(t *testing.T, links string) (bin string) {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"native/bin/postgres":              "#!/bin/sh\n",
		"native/lib/libpq.so.5.18":         "library",
		"native/share/postgresql/bki.text": "catalogue",
		"native/pg-symlinks.json":          links,
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(root, "native", "bin")
}

const someLinks = `[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"},
	{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so"}]`

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLinksThatNpmLeavesOutAreMade(t *testing.T) {
	bin := npmPackage(t, someLinks)
	for range 2 { // the second time they are there
		dir, err := completeLibraries(bin)
		if err != nil || dir != bin {
			t.Fatalf("%s, %v", dir, err)
		}
	}
	for _, name := range []string{"libpq.so", "libpq.so.5"} {
		if text := readText(t, filepath.Join(bin, "..", "lib", name)); text != "library" {
			t.Errorf("%s holds %q", name, text)
		}
	}
}

func TestLinksOutOfThePackageAreRefused(t *testing.T) {
	bin := npmPackage(t, `[{"source":"native/lib/libpq.so.5.18","target":"../libpq.so"}]`)
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	if dir, err := completeLibraries(bin); err == nil {
		t.Errorf("made in %s", dir)
	}
	if _, err := os.Lstat(filepath.Join(bin, "..", "..", "..", "libpq.so")); err == nil {
		t.Error("a link was made outside of the package")
	}
}

func TestACopyIsCompleteAndReadableByAll(t *testing.T) {
	bin := npmPackage(t, someLinks)
	parent := filepath.Join(t.TempDir(), "wangge")
	copied, err := copyInstallation(bin, parent, []link{{"native/lib/libpq.so.5.18", "native/lib/libpq.so.5"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"lib/libpq.so.5": "library", "share/postgresql/bki.text": "catalogue"} {
		if text := readText(t, filepath.Join(copied, "..", name)); text != want {
			t.Errorf("%s holds %q, want %q", name, text, want)
		}
	}
	for dir := copied; dir != filepath.Dir(parent); dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm() != 0o755 {
			t.Errorf("%s: %v, %v, want mode 755", dir, info.Mode(), err)
		}
	}
	again, err := copyInstallation(bin, parent, nil)
	if err != nil || again != copied {
		t.Errorf("the second time: %s, %v, want %s", again, err, copied)
	}
	if entries, _ := os.ReadDir(parent); len(entries) != 1 {
		t.Errorf("%d entries beside the copy", len(entries)-1)
	}
}

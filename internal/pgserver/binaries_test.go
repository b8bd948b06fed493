package pgserver_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wangge/internal/pgserver"
	"wangge/internal/testenv"
)

// installation makes a folder whose programs say a version and can do nothing else.
func installation(t *testing.T, version string) string {
	t.Helper()
	bin := filepath.Join(testenv.ServerDir(t), "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s (Debian %s-1)'\n[ \"$1\" = --version ]\n", version, version)
	for _, name := range []string{"postgres", "initdb"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return bin
}

func TestUnsuitableBinariesAreRefused(t *testing.T) {
	made := testenv.ServerDir(t)
	server := start(t, made)
	stop(t, server)
	for name, c := range map[string]struct{ bin, data, want string }{
		"too old":              {installation(t, "14.22"), testenv.ServerDir(t), "PostgreSQL 15 or later is needed"},
		"of another version":   {installation(t, "99.1"), made, fmt.Sprintf("the data was made by PostgreSQL %d", server.Binaries().Major)},
		"not there":            {t.TempDir(), testenv.ServerDir(t), "no folder of PostgreSQL server programs"},
		"not PostgreSQL":       {installation(t, "one"), testenv.ServerDir(t), "no version of PostgreSQL"},
		"that cannot run here": {installation(t, "18.4"), testenv.ServerDir(t), "initdb"},
	} {
		_, err := pgserver.Start(t.Context(), pgserver.Config{DataDir: c.data, BinDir: c.bin, Settings: quick})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("binaries %s: %v, want %q", name, err, c.want)
		}
		t.Setenv(pgserver.BinEnv, c.bin)
		if _, again := pgserver.Start(t.Context(), pgserver.Config{DataDir: c.data, Settings: quick}); again == nil {
			t.Errorf("binaries %s, named by %s, were taken", name, pgserver.BinEnv)
		}
		t.Setenv(pgserver.BinEnv, "")
	}
	start(t, made) // none of it harmed the data
}

func TestBinariesAreFoundForTheDataThatIsThere(t *testing.T) {
	found, err := pgserver.FindBinaries(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if found.Major < pgserver.MinMajor {
		t.Errorf("found PostgreSQL %s in %s", found.Version, found.Dir)
	}
	if same, err := pgserver.FindBinaries(t.Context(), found.Major); err != nil || same != found {
		t.Errorf("for version %d: %v, %v, want %v", found.Major, same, err, found)
	}
	_, err = pgserver.FindBinaries(t.Context(), 9999)
	if !errors.Is(err, pgserver.ErrNoBinaries) || !strings.Contains(err.Error(), "the data was made by PostgreSQL 9999") {
		t.Errorf("for a version that nobody has: %v", err)
	}
}

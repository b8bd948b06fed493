package pgserver

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheLogIsBounded(t *testing.T) {
	const limit = 1000
	path := filepath.Join(t.TempDir(), logName)
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	log, err := openLog(&dataDir{root: root}, limit)
	if err != nil {
		t.Fatal(err)
	}
	line := "2026-11-23 08:00:00.000 UTC [7] LOG:  " + strings.Repeat("x", 60) + "\n"
	for range 100 {
		log.write([]byte(line))
	}
	log.write([]byte("the last line\n"))
	log.pump(io.NopCloser(strings.NewReader("")))
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 2 {
		t.Fatalf("files: %v, %v, want two", entries, err)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Size() > limit {
			t.Errorf("%s: %v, %v, want at most %d bytes", entry.Name(), info, err, limit)
		}
	}
	if text := readText(t, path); !strings.HasSuffix(text, "the last line\n") {
		t.Errorf("the newest file ends with %q", text)
	}
}

func TestAComplaintTellsReasonAndHint(t *testing.T) {
	log := &logFile{}
	log.write([]byte("2026-11-23 08:00:00.000 UTC [7] LOG:  could not bind Unix address \"/tmp/s\": Address already in use\n" +
		"2026-11-23 08:00:00.001 UTC [7] HINT:  Is another postmaster already running?\n" +
		"2026-11-23 08:00:00.002 UTC [7] FATAL:  could not create any Unix-domain sockets\n"))
	want := "LOG: could not bind Unix address \"/tmp/s\": Address already in use; HINT: Is another postmaster already running?; " +
		"FATAL: could not create any Unix-domain sockets"
	if got := log.complaint(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

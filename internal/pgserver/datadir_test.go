package pgserver_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wangge/internal/pgserver"
	"wangge/internal/testenv"
)

func refused(t *testing.T, dir, want string) {
	t.Helper()
	server, err := pgserver.Start(t.Context(), pgserver.Config{DataDir: dir, Settings: quick})
	if err == nil {
		stop(t, server)
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error = %v, want %q", err, want)
	}
}

// TestAFolderWithOtherThingsIsLeftAlone: whoever writes --data /home/me by mistake keeps the owner and the rights of the folder.
func TestAFolderWithOtherThingsIsLeftAlone(t *testing.T) {
	dir := testenv.ServerDir(t)
	if err := os.WriteFile(filepath.Join(dir, "letter.txt"), []byte("dear"), 0o644); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, dir, "is not empty and holds no database")
	after, err := os.Stat(dir)
	if err != nil || after.Mode() != before.Mode() {
		t.Errorf("rights: %v, %v, were %v", after.Mode(), err, before.Mode())
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d entries, want the one that was there", len(entries))
	}
}

// TestALinkOutOfTheDirectoryIsNotFollowed: as root, wangge writes into a folder that belongs to the server's user, who must not be able to
// turn that against other files.
func TestALinkOutOfTheDirectoryIsNotFollowed(t *testing.T) {
	for _, name := range []string{"postgres.log", "wangge.lock", "cluster/wangge.conf.new"} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			dir := testenv.ServerDir(t)
			stop(t, start(t, dir))
			victim := filepath.Join(t.TempDir(), "victim")
			if err := os.WriteFile(victim, []byte("untouched"), 0o600); err != nil {
				t.Fatal(err)
			}
			os.Remove(filepath.Join(dir, name)) //nolint:errcheck // not all of them are there
			if err := os.Symlink(victim, filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			refused(t, dir, "escapes")
			if text, err := os.ReadFile(victim); err != nil || string(text) != "untouched" {
				t.Errorf("the file outside holds %q, %v", text, err)
			}
		})
	}
}

func TestALostPasswordIsTold(t *testing.T) {
	dir := testenv.ServerDir(t)
	stop(t, start(t, dir))
	if err := os.Remove(filepath.Join(dir, "password")); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, "has no password file")
}

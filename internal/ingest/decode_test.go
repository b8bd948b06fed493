package ingest

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wangge/internal/fault"
	"wangge/internal/tracking"
)

func TestTimesThatClientsWrite(t *testing.T) {
	want := time.Date(2013, 8, 22, 13, 14, 27, 0, time.UTC)
	for _, text := range []string{
		"1377177267", "1377177267000", "1377177267.0", "2013-08-22T13:14:27Z", "2013-08-22T13:14:27.000Z", "2013-08-22T13:14:27", "2013-08-22 13:14:27",
		"2013-08-22T21:14:27+08:00", "2013-08-22T21:14:27 08:00", "2013-08-22T21:14:27+0800", "2013-08-22T21:14:27+08",
	} {
		if got, ok := parseTime(text); !ok || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%q: %v %v", text, got, ok)
		}
	}
	if got, ok := parseTime("1377177267123"); !ok || !got.Equal(want.Add(123*time.Millisecond)) {
		t.Errorf("milliseconds: %v", got)
	}
	for _, text := range []string{"", " ", "now", "2013-08-22", "22.08.2013", "NaN", "0x5", "2013-13-22T13:14:27Z", "T "} {
		if got, ok := parseTime(text); ok {
			t.Errorf("%q became %v", text, got)
		}
	}
}

func TestOnlyDecimalNumbersAreNumbers(t *testing.T) {
	for text, want := range map[string]float64{"37.45": 37.45, "-1": -1, "1e2": 100, "+5": 5, ".5": 0.5} {
		if got, ok := parseNumber(text); !ok || got != want {
			t.Errorf("%q: %v %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "NaN", "nan", "Inf", "-Infinity", "0x10", "1_000", "1,5", "1e999", " 1", "１"} {
		if got, ok := parseNumber(text); ok {
			t.Errorf("%q became %v", text, got)
		}
	}
}

// corpus adds the files that other tests and bug reports have left, so that the exact payloads of the clients are among the seeds.
func corpus(f *testing.F, name string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "seeds", name, "*"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds for %s: %v", name, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

// sane checks what every decoder promises: an error is a fault, and a fix has nothing in it that later steps could choke on.
func sane(t *testing.T, err error, fixes ...tracking.Fix) {
	t.Helper()
	if err != nil {
		if fault.As(err) == nil {
			t.Fatalf("not a fault: %v", err)
		}
		return
	}
	for _, fix := range fixes {
		for _, v := range []float64{fix.Lon, fix.Lat, fix.Speed, fix.Course, fix.Altitude, fix.Accuracy, fix.Battery} {
			if math.IsInf(v, 0) {
				t.Fatalf("infinite: %+v", fix)
			}
		}
		if fix.Attrs != nil && (!json.Valid(fix.Attrs) || fix.Attrs[0] != '{' || len(fix.Attrs) > MaxAttributes) {
			t.Fatalf("attributes: %s", fix.Attrs)
		}
		if fix.Charging < -1 || fix.Charging > 1 || fix.Time.Location() != time.UTC {
			t.Fatalf("%+v", fix)
		}
	}
}

func FuzzOsmAndQuery(f *testing.F) {
	corpus(f, "osmand")
	f.Fuzz(func(t *testing.T, b []byte) {
		fix, _, err := decodeQuery(string(b))
		sane(t, err, fix)
	})
}

func FuzzTraccarClient(f *testing.F) {
	corpus(f, "client")
	f.Fuzz(func(t *testing.T, b []byte) {
		fix, err := decodeClient(b)
		sane(t, err, fix)
	})
}

func FuzzOwnTracks(f *testing.F) {
	corpus(f, "owntracks")
	f.Fuzz(func(t *testing.T, b []byte) {
		fix, location, err := decodeOwnTracks(b)
		if location || err != nil {
			sane(t, err, fix)
		}
	})
}

func FuzzTraccarForward(f *testing.F) {
	corpus(f, "traccar")
	f.Fuzz(func(t *testing.T, b []byte) {
		fix, err := decodeForwarded(b)
		sane(t, err, fix)
	})
}

func FuzzBatch(f *testing.F) {
	corpus(f, "batch")
	f.Fuzz(func(t *testing.T, b []byte) {
		fixes, err := decodeBatch(b, "")
		sane(t, err, fixes...)
		if len(fixes) > MaxFixes {
			t.Fatalf("%d fixes", len(fixes))
		}
	})
}

func FuzzSocketText(f *testing.F) {
	corpus(f, "socket-text")
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decodeText(b, "d")
		sane(t, err, m.fixes...)
		answered(t, &m)
	})
}

func FuzzSocketBinary(f *testing.F) {
	corpus(f, "socket-binary")
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decodeBinary(b, "d")
		sane(t, err, m.fixes...)
		if err == nil && len(b) != headerSize+FixSize*len(m.fixes) {
			t.Fatalf("%d fixes of %d bytes", len(m.fixes), len(b))
		}
		answered(t, &m)
	})
}

// answered checks that the answer to a text message is JSON and that to a binary one has a byte for each fix.
func answered(t *testing.T, m *message) {
	t.Helper()
	b := m.answer(make([]tracking.Result, len(m.fixes)))
	if m.binary && len(b) != headerSize+len(m.fixes) || !m.binary && !json.Valid(b) {
		t.Fatalf("answer %q", b)
	}
}

func benchmarkDecode(b *testing.B, seed string, decode func([]byte) error) {
	body, err := os.ReadFile(filepath.Join("testdata", "seeds", seed))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := decode(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	b.Run("osmand", func(b *testing.B) {
		benchmarkDecode(b, "osmand/full", func(body []byte) error { _, _, err := decodeQuery(string(body)); return err })
	})
	b.Run("traccar-client", func(b *testing.B) {
		benchmarkDecode(b, "client/full", func(body []byte) error { _, err := decodeClient(body); return err })
	})
	b.Run("owntracks", func(b *testing.B) {
		benchmarkDecode(b, "owntracks/full", func(body []byte) error { _, _, err := decodeOwnTracks(body); return err })
	})
	b.Run("traccar", func(b *testing.B) {
		benchmarkDecode(b, "traccar/full", func(body []byte) error { _, err := decodeForwarded(body); return err })
	})
	b.Run("batch", func(b *testing.B) {
		benchmarkDecode(b, "batch/full", func(body []byte) error { _, err := decodeBatch(body, ""); return err })
	})
	b.Run("socket-binary", func(b *testing.B) {
		benchmarkDecode(b, "socket-binary/full", func(body []byte) error { _, err := decodeBinary(body, "d"); return err })
	})
}

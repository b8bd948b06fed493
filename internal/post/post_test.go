package post

import (
	"context"
	"sync"
	"testing"
	"time"
)

var eight = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) // 08:00 in the district

func TestMaskPhone(t *testing.T) {
	for phone, want := range map[string]string{
		"":                "",
		"12345":           "*****",
		"8812345":         "*****45",
		"13812345678":     "138****5678",
		" 13812345678 ":   "138****5678",
		"+8613812345678":  "+86*******5678",
		"0534-2681234":    "053*****1234",
		"张三13812345678xx": "张三1********78xx",
	} {
		if got := MaskPhone(phone); got != want {
			t.Errorf("MaskPhone(%q) = %q, want %q", phone, got, want)
		}
	}
}

func TestShiftCoversFromItsBeginningUntilJustBeforeItsEnd(t *testing.T) {
	closed := Shift{From: eight, To: eight.Add(8 * time.Hour)}
	open := Shift{From: eight}
	for _, c := range []struct {
		shift Shift
		at    time.Time
		want  bool
	}{
		{closed, eight.Add(-time.Nanosecond), false},
		{closed, eight, true},
		{closed, eight.Add(8*time.Hour - time.Nanosecond), true},
		{closed, eight.Add(8 * time.Hour), false},
		{open, eight.Add(-1), false},
		{open, eight.Add(1000 * time.Hour), true},
	} {
		if got := c.shift.Covers(c.at); got != c.want {
			t.Errorf("%v covers %v: %v", c.shift, c.at, got)
		}
	}
}

func directoryOf(workers []Worker, shifts ...Shift) *Directory {
	d := NewDirectory(nil)
	d.keepWorkers(workers)
	d.keepShifts(shifts...)
	return d
}

func TestDirectoryAnswersFromMemory(t *testing.T) {
	d := directoryOf(
		[]Worker{{ID: 7, Code: "W7", Name: "张伟", Version: 2}, {ID: 3, Code: "W3", Name: "李娜", Version: 1}},
		Shift{ID: 2, WorkerID: 7, From: eight.Add(24 * time.Hour), To: eight.Add(32 * time.Hour), Version: 1},
		Shift{ID: 1, WorkerID: 7, From: eight, To: eight.Add(8 * time.Hour), Version: 1},
		Shift{ID: 3, WorkerID: 3, From: eight, Version: 1},
	)
	if w, ok := d.ByCode("W3"); !ok || w.ID != 3 {
		t.Errorf("W3 is %v %v", w, ok)
	}
	if _, ok := d.Worker(4); ok {
		t.Error("a worker who was never there is known")
	}
	if _, ok := d.Worker(-1); ok {
		t.Error("a negative id is known")
	}
	if s, ok := d.ShiftAt(7, eight.Add(25*time.Hour)); !ok || s.ID != 2 {
		t.Errorf("the second day's shift is %v %v", s, ok)
	}
	if d.OnShift(7, eight.Add(9*time.Hour)) {
		t.Error("on shift between two shifts")
	}
	duties := d.Current(eight.Add(time.Hour))
	if len(duties) != 2 || duties[0].Worker.ID != 3 || duties[1].Shift.ID != 1 {
		t.Errorf("on duty: %v", duties)
	}
	if next := d.nextStart(7, eight.Add(time.Hour)); !next.Equal(eight.Add(24 * time.Hour)) {
		t.Errorf("the next shift begins %v", next)
	}
}

func TestDirectoryNeverGoesBackToAnOlderVersion(t *testing.T) {
	ended := Shift{ID: 1, WorkerID: 1, From: eight, To: eight.Add(time.Hour), Version: 2}
	d := directoryOf([]Worker{{ID: 1, Code: "W1", Name: "new", Version: 5}}, ended)
	d.keepWorkers([]Worker{{ID: 1, Code: "W1", Name: "old", Version: 4}})
	d.keepShifts(Shift{ID: 1, WorkerID: 1, From: eight, Version: 1})
	if w, _ := d.Worker(1); w.Name != "new" {
		t.Errorf("the worker became %q", w.Name)
	}
	if d.OnShift(1, eight.Add(2*time.Hour)) {
		t.Error("an ended shift was opened again by older news")
	}
}

func TestReadersNeverSeeHalfAChange(t *testing.T) {
	d := directoryOf([]Worker{{ID: 1, Code: "W1", Version: 1}}, Shift{ID: 1, WorkerID: 1, From: eight, Version: 1})
	ctx, stop := context.WithCancel(context.Background())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				if !d.OnShift(1, eight) {
					t.Error("the worker's open shift was not seen")
					return
				}
			}
		})
	}
	for i := int32(2); i < 500; i++ {
		d.keepWorkers([]Worker{{ID: i, Code: string(rune(i + 0x4e00)), Version: 1}})
		d.keepShifts(Shift{ID: int64(i), WorkerID: i, From: eight, Version: 1})
	}
	stop()
	readers.Wait()
	if got := len(d.Current(eight)); got != 499 {
		t.Errorf("%d on duty, want 499", got)
	}
}

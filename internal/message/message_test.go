package message

import (
	"testing"
	"time"
)

func TestReceiptsGoForwardOnly(t *testing.T) {
	sent := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	m := Message{SentAt: sent}
	if !m.Confirm(Delivered, sent.Add(time.Second)) || !m.DeliveredAt.Equal(sent.Add(time.Second)) || !m.ReadAt.IsZero() {
		t.Fatalf("after delivery: %+v", m)
	}
	if m.Confirm(Delivered, sent.Add(time.Minute)) || !m.DeliveredAt.Equal(sent.Add(time.Second)) {
		t.Fatalf("a second delivery changed it: %+v", m)
	}
	if !m.Confirm(Read, sent.Add(time.Hour)) || !m.ReadAt.Equal(sent.Add(time.Hour)) || !m.DeliveredAt.Equal(sent.Add(time.Second)) {
		t.Fatalf("after reading: %+v", m)
	}
	if m.Confirm(Read, sent.Add(2*time.Hour)) {
		t.Fatal("it was read twice")
	}
}

func TestWhatIsReadWasDelivered(t *testing.T) {
	at := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	var m Message
	if !m.Confirm(Read, at) || !m.DeliveredAt.Equal(at) || !m.ReadAt.Equal(at) {
		t.Fatalf("%+v", m)
	}
}

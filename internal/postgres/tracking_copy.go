package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"sync"

	"github.com/jackc/pgx/v5"

	"wangge/internal/tracking"
)

// positionColumns is the order in which appendRow writes.
const positionColumns = "(device_id, fix_at, worker_id, at, received_at, lon, lat, grid_id, speed, course, altitude, accuracy, battery, flags, attrs)"

// copyHeader begins a binary COPY: signature, no flags, no extension (PostgreSQL manual, COPY, "Binary Format").
var copyHeader = []byte("PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000")

// epoch2000 is PostgreSQL's origin of time in µs since 1970.
const epoch2000 = 946684800_000000

var copyBuffers = sync.Pool{New: func() any { return new([]byte) }}

// copyFixes writes rows to a table laid out like position. The stream is made by hand: no value is boxed, and no round trip asks
// for types.
func copyFixes(ctx context.Context, conn *pgx.Conn, table string, rows []tracking.Row) error {
	buffer := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buffer)
	b := append((*buffer)[:0], copyHeader...)
	for i := range rows {
		b = appendRow(b, &rows[i])
	}
	b = binary.BigEndian.AppendUint16(b, math.MaxUint16) // −1: the end
	*buffer = b
	_, err := conn.PgConn().CopyFrom(ctx, bytes.NewReader(b), "COPY "+table+" "+positionColumns+" FROM STDIN BINARY")
	return err
}

func appendRow(b []byte, r *tracking.Row) []byte {
	b = binary.BigEndian.AppendUint16(b, 15)
	b = appendInt(b, r.Device)
	b = appendTime(b, r.FixAt)
	b = appendInt(b, r.Worker)
	b = appendTime(b, r.At)
	b = appendTime(b, r.ReceivedAt)
	b = appendInt(b, r.Lon)
	b = appendInt(b, r.Lat)
	b = appendInt(b, r.Grid)
	for _, v := range [...]float32{r.Speed, r.Course, r.Altitude, r.Accuracy, r.Battery} {
		b = appendReal(b, v)
	}
	b = appendInt(b, int32(r.Flags))
	return appendJSON(b, r.Attrs)
}

func appendInt(b []byte, v int32) []byte {
	b = binary.BigEndian.AppendUint32(b, 4)
	return binary.BigEndian.AppendUint32(b, uint32(v))
}

func appendTime(b []byte, micros int64) []byte {
	b = binary.BigEndian.AppendUint32(b, 8)
	return binary.BigEndian.AppendUint64(b, uint64(micros-epoch2000))
}

// appendReal writes NaN as null: unknown.
func appendReal(b []byte, v float32) []byte {
	if v != v {
		return appendNull(b)
	}
	b = binary.BigEndian.AppendUint32(b, 4)
	return binary.BigEndian.AppendUint32(b, math.Float32bits(v))
}

// appendJSON writes a jsonb, whose binary form is a version byte before the text.
func appendJSON(b, text []byte) []byte {
	if text == nil {
		return appendNull(b)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(text)+1))
	return append(append(b, 1), text...)
}

func appendNull(b []byte) []byte { return binary.BigEndian.AppendUint32(b, math.MaxUint32) }

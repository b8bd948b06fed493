package live

import (
	"encoding/binary"
	"errors"

	"wangge/internal/tracking"
)

// PackedMotion is the size of one motion in the packed form, in bytes: what travels between nodes. All numbers are little-endian:
//
//	0 worker:i32  4 lon:i32  8 lat:i32  12 grid:i32  16 at:i64  24 seen:i64  32 speed:u16  34 course:u16  36 accuracy:u16  38 battery:u8  39 flags:u8
const PackedMotion = 40

// ErrPacked is a batch that is not a whole number of motions.
var ErrPacked = errors.New("live: not a batch of packed motions")

// AppendMotions appends motions in the packed form.
func AppendMotions(b []byte, batch []tracking.Motion) []byte {
	le := binary.LittleEndian
	for i := range batch {
		m := &batch[i]
		b = le.AppendUint32(b, uint32(m.Worker))
		b = le.AppendUint32(b, uint32(m.Lon))
		b = le.AppendUint32(b, uint32(m.Lat))
		b = le.AppendUint32(b, uint32(m.Grid))
		b = le.AppendUint64(b, uint64(m.At))
		b = le.AppendUint64(b, uint64(m.Seen))
		b = le.AppendUint16(b, m.Speed)
		b = le.AppendUint16(b, m.Course)
		b = le.AppendUint16(b, m.Accuracy)
		b = append(b, m.Battery, m.Flags)
	}
	return b
}

// ReadMotions appends the motions of a packed batch to batch.
func ReadMotions(batch []tracking.Motion, b []byte) ([]tracking.Motion, error) {
	if len(b)%PackedMotion != 0 {
		return batch, ErrPacked
	}
	le := binary.LittleEndian
	for ; len(b) > 0; b = b[PackedMotion:] {
		batch = append(batch, tracking.Motion{
			Worker: int32(le.Uint32(b)), Lon: int32(le.Uint32(b[4:])), Lat: int32(le.Uint32(b[8:])), Grid: int32(le.Uint32(b[12:])),
			At: int64(le.Uint64(b[16:])), Seen: int64(le.Uint64(b[24:])),
			Speed: le.Uint16(b[32:]), Course: le.Uint16(b[34:]), Accuracy: le.Uint16(b[36:]), Battery: b[38], Flags: b[39],
		})
	}
	return batch, nil
}

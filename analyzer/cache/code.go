package cache

import (
	"encoding/binary"
	"errors"
	"math"
	"unsafe"
)

// ErrDamaged is what a Decoder says of contents that no Encoder has written.
var ErrDamaged = errors.New("damaged contents")

// An Encoder writes numbers and strings one after the other. The zero value is ready.
type Encoder struct{ b []byte }

// Bytes is what was written.
func (e *Encoder) Bytes() []byte { return e.b }

// Reset forgets what was written. Its memory is used again.
func (e *Encoder) Reset() { e.b = e.b[:0] }

// Uint writes a number.
func (e *Encoder) Uint(n uint64) { e.b = binary.AppendUvarint(e.b, n) }

// Int writes a number that may be negative.
func (e *Encoder) Int(n int64) { e.b = binary.AppendVarint(e.b, n) }

// Bool writes a truth value.
func (e *Encoder) Bool(v bool) {
	n := uint64(0)
	if v {
		n = 1
	}
	e.Uint(n)
}

// String writes a string.
func (e *Encoder) String(s string) {
	e.Uint(uint64(len(s)))
	e.b = append(e.b, s...)
}

// Hash writes a hash.
func (e *Encoder) Hash(h Hash) { e.b = append(e.b, h[:]...) }

// Names writes a list of sorted names.
func (e *Encoder) Names(names []string) {
	e.Uint(uint64(len(names)))
	prev := ""
	for _, name := range names {
		e.name(prev, name)
		prev = name
	}
}

// name writes a name without what it has in common with the one before.
func (e *Encoder) name(prev, name string) {
	same := 0
	for same < min(len(prev), len(name)) && prev[same] == name[same] {
		same++
	}
	e.Uint(uint64(same))
	e.String(name[same:])
}

// A Decoder reads what an Encoder has written. The first thing that is wrong is kept:
// from there on it returns zero values, and Err tells. What it returns is a part of its
// input or no larger than that.
type Decoder struct {
	s   string
	err error
}

// NewDecoder reads from data, which must not change any more.
func NewDecoder(data []byte) *Decoder { return DecoderOf(Text(data)) }

// Text is data, which must not change any more, as a string: it is not copied.
func Text(data []byte) string { return unsafe.String(unsafe.SliceData(data), len(data)) }

// DecoderOf reads from data. The strings that it returns keep all of data in memory.
func DecoderOf(data string) *Decoder { return &Decoder{s: data} }

// Err is ErrDamaged if anything was wrong. A reader that is through asks End.
func (d *Decoder) Err() error { return d.err }

// End is Err, and ErrDamaged also if something is left.
func (d *Decoder) End() error {
	if d.s != "" {
		d.fail()
	}
	return d.err
}

// Fail says that what was read makes no sense.
func (d *Decoder) Fail() { d.fail() }

func (d *Decoder) fail() {
	d.err = ErrDamaged
	d.s = ""
}

// Uint reads a number.
func (d *Decoder) Uint() uint64 {
	var n uint64
	for i := 0; i < len(d.s) && i < binary.MaxVarintLen64; i++ {
		b := d.s[i]
		if i == binary.MaxVarintLen64-1 && b > 1 {
			break
		}
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			d.s = d.s[i+1:]
			return n
		}
	}
	d.fail()
	return 0
}

// Int reads a number that may be negative.
func (d *Decoder) Int() int64 {
	u := d.Uint()
	n := int64(u >> 1)
	if u&1 != 0 {
		n = ^n
	}
	return n
}

// Int32 reads a number that Int wrote and that fits.
func (d *Decoder) Int32() int32 {
	n := d.Int()
	if n < math.MinInt32 || n > math.MaxInt32 {
		d.fail()
		return 0
	}
	return int32(n)
}

// Count reads how many things follow, each of at least one byte: there are not more
// than bytes are left.
func (d *Decoder) Count() int {
	n := d.Uint()
	if n > uint64(len(d.s)) {
		d.fail()
		return 0
	}
	return int(n)
}

// Below reads a number that is less than n.
func (d *Decoder) Below(n int) int {
	v := d.Uint()
	if v >= uint64(n) {
		d.fail()
		return 0
	}
	return int(v)
}

// Bool reads a truth value.
func (d *Decoder) Bool() bool { return d.Below(2) == 1 }

// String reads a string.
func (d *Decoder) String() string {
	n := d.Count()
	s := d.s[:n]
	d.s = d.s[n:]
	return s
}

// maxName bounds a name, so that a list of them cannot be much longer than its form.
const maxName = 1 << 12

// Names reads a list of names.
func (d *Decoder) Names() []string {
	n := d.Count()
	out := make([]string, 0, n/2)
	prev := ""
	for range n {
		prev = d.name(prev)
		if d.err != nil {
			return nil
		}
		out = append(out, prev)
	}
	return out
}

func (d *Decoder) name(prev string) string {
	keep := d.Below(len(prev) + 1)
	rest := d.String()
	if keep+len(rest) > maxName {
		d.fail()
		return ""
	}
	return prev[:keep] + rest
}

// Hash reads a hash.
func (d *Decoder) Hash() (h Hash) {
	if len(d.s) < len(h) {
		d.fail()
		return h
	}
	copy(h[:], d.s)
	d.s = d.s[len(h):]
	return h
}

package cparse

import (
	"encoding/binary"
	"sync"
)

// packed holds tokens that are seldom looked at again: the bodies of the
// functions that macros make, thousands of them in the headers of a kernel's
// trace events. It takes a quarter of the space that the tokens do, and holds
// no pointers.
type packed string

// packing has the buffers in which tokens become packed.
var packing = sync.Pool{New: func() any { return new([]byte) }}

func pack(toks []token) packed {
	room := packing.Get().(*[]byte)
	defer packing.Put(room)
	buf := (*room)[:0]
	at := int32(0)
	for i := range toks {
		t := &toks[i]
		buf = binary.AppendUvarint(buf, uint64(len(t.text)))
		buf = append(buf, t.text...)
		buf = append(buf, byte(t.kind), byte(t.flags))
		buf = binary.AppendVarint(buf, int64(t.pos)-int64(at))
		buf = binary.AppendVarint(buf, int64(t.end)-int64(t.pos))
		at = t.pos
	}
	*room = buf
	return packed(buf)
}

// tokens unpacks p.
func (p packed) tokens() []token {
	toks := make([]token, 0, len(p)/8)
	buf := []byte(p)
	at := int64(0)
	for i := 0; i < len(p); {
		n, w := binary.Uvarint(buf[i:])
		i += w
		t := token{text: string(p[i : i+int(n)])}
		i += int(n)
		t.kind, t.flags = tokKind(p[i]), tokFlags(p[i+1])
		i += 2
		d, w := binary.Varint(buf[i:])
		i += w
		at += d
		size, w := binary.Varint(buf[i:])
		i += w
		t.pos, t.end = int32(at), int32(at+size)
		toks = append(toks, t)
	}
	return toks
}

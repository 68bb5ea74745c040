package rules

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unique"
)

// A Class is the identity of a lock class: the set of lock instances that obey
// one rule. Classes are interned, so that == compares meaning and a Class is a
// map key of one word. The zero Class is no class.
//
// The spelling is Name[Qual]/Sub:
//
//	inode.i_rwsem                     a member of a struct
//	tasklist_lock                     a global
//	hugetlb_fault_mutex_table[]       an array of locks, one class
//	folio.PG_locked[hugetlb]          narrowed by a qualifier
//	inode.i_rwsem/1                   a lockdep subclass
type Class struct{ h unique.Handle[classKey] }

// classKey is what a Class stands for. Name is not empty.
type classKey struct {
	Name, Qual string
	Sub        int
}

// MakeClass returns the class of that name, qualifier ("" for none) and
// lockdep subclass (0 for none). An empty name gives the zero Class.
func MakeClass(name, qual string, sub int) Class {
	if name == "" {
		return Class{}
	}
	if sub < 0 {
		sub = 0
	}
	return Class{unique.Make(classKey{name, qual, sub})} // which clones what it keeps
}

// OwnSubclass is added to the subclass that a lock has been given, for all that takes
// it: lockdep has eight, for locks that are nested where they are taken.
const OwnSubclass = 8

// ParseClass reads the spelling that String writes.
func ParseClass(text string) (Class, error) {
	var c Class
	err := c.UnmarshalText([]byte(text))
	return c, err
}

func (c Class) key() classKey {
	if c == (Class{}) {
		return classKey{}
	}
	return c.h.Value()
}

// IsZero reports whether c is no class.
func (c Class) IsZero() bool { return c == Class{} }

// Name is the class without qualifier and subclass, as written.
func (c Class) Name() string { return c.key().Name }

// Qual is the qualifier, or "".
func (c Class) Qual() string { return c.key().Qual }

// Sub is the lockdep subclass, or 0.
func (c Class) Sub() int { return c.key().Sub }

// Base is c without qualifier and subclass.
func (c Class) Base() Class {
	if k := c.key(); k.Qual != "" || k.Sub != 0 {
		return MakeClass(k.Name, "", 0)
	}
	return c
}

// WithQual is c narrowed by qual, or widened where qual is "".
func (c Class) WithQual(qual string) Class {
	k := c.key()
	return MakeClass(k.Name, qual, k.Sub)
}

// WithSub is c with another lockdep subclass.
func (c Class) WithSub(sub int) Class {
	k := c.key()
	return MakeClass(k.Name, k.Qual, sub)
}

// String spells c. The spelling is injective: characters of a name that would
// read as a qualifier or a subclass are written as %XX.
func (c Class) String() string {
	k := c.key()
	if k.Name == "" {
		return ""
	}
	if k.Qual == "" && k.Sub == 0 && !strings.ContainsAny(k.Name, "%[/") {
		return k.Name
	}
	var b strings.Builder
	name := k.Name
	if plain, q, sub := splitClass(name); strings.Contains(name, "%") || plain != name || q != "" || sub != 0 {
		name = escape(name)
	}
	b.WriteString(name)
	if k.Qual != "" {
		b.WriteByte('[')
		if strings.ContainsAny(k.Qual, "[]/%") {
			b.WriteString(escape(k.Qual))
		} else {
			b.WriteString(k.Qual)
		}
		b.WriteByte(']')
	}
	if k.Sub != 0 {
		b.WriteByte('/')
		b.WriteString(strconv.Itoa(k.Sub))
	}
	return b.String()
}

// splitClass takes the spelling of a class apart, escapes left in.
func splitClass(s string) (name, qual string, sub int) {
	name = s
	if i := strings.LastIndexByte(name, '/'); i > 0 {
		if n, err := strconv.Atoi(name[i+1:]); err == nil && n > 0 && strconv.Itoa(n) == name[i+1:] {
			name, sub = name[:i], n
		}
	}
	if strings.HasSuffix(name, "]") {
		if i := strings.LastIndexByte(name, '['); i > 0 && i < len(name)-2 {
			name, qual = name[:i], name[i+1:len(name)-1]
		}
	}
	return name, qual, sub
}

func escape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '%', '[', ']', '/':
			fmt.Fprintf(&b, "%%%02X", s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func unescape(s string) (string, error) {
	if !strings.Contains(s, "%") {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", fmt.Errorf("lock class %q: %% without two digits", s)
		}
		n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", fmt.Errorf("lock class %q: %% without two digits", s)
		}
		b.WriteByte(byte(n))
		i += 2
	}
	return b.String(), nil
}

// MarshalText implements encoding.TextMarshaler: the spelling of String.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Class) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*c = Class{}
		return nil
	}
	name, qual, sub := splitClass(string(text))
	var err error
	if name, err = unescape(name); err != nil {
		return err
	}
	if qual, err = unescape(qual); err != nil {
		return err
	}
	*c = MakeClass(name, qual, sub)
	return nil
}

// MarshalBinary implements encoding.BinaryMarshaler.
func (c Class) MarshalBinary() ([]byte, error) {
	k := c.key()
	b := make([]byte, 0, len(k.Name)+len(k.Qual)+6)
	b = binary.AppendUvarint(b, uint64(k.Sub))
	b = binary.AppendUvarint(b, uint64(len(k.Qual)))
	b = append(b, k.Qual...)
	return append(b, k.Name...), nil
}

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (c *Class) UnmarshalBinary(b []byte) error {
	sub, n := binary.Uvarint(b)
	if n <= 0 || sub > 1<<30 {
		return errors.New("lock class: bad subclass")
	}
	b = b[n:]
	l, n := binary.Uvarint(b)
	if n <= 0 || l > uint64(len(b)-n) {
		return errors.New("lock class: bad qualifier")
	}
	b = b[n:]
	*c = MakeClass(string(b[l:]), string(b[:l]), int(sub))
	return nil
}

// compareClass orders classes by spelling, for output.
func compareClass(a, b Class) int {
	if a == b {
		return 0
	}
	return strings.Compare(a.String(), b.String())
}

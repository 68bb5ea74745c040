package cparse

// Pointer returns the type of a pointer to t.
func (t *Type) Pointer() *Type { return pointerTo(t) }

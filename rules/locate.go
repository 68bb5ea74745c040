package rules

import "slices"

// A Place says where a Set has a primitive, so that it is found again in another run
// with the same rules.
type Place struct {
	Name string
	Kind PlaceKind
	Also int // PlaceAlso: which of those of the name

	// PlaceVaried: what is other than in the row of the name.
	Effect Effect
	Mode   Mode
	Try    bool
}

// PlaceKind says which of the rows of a name is meant.
type PlaceKind uint8

const (
	PlaceNamed  PlaceKind = iota // that of Primitive
	PlaceVaried                  // the same with another effect or mode, or as a try: a copy
	PlaceAttr
	PlaceAlso
	placeKinds
)

// PlaceKinds is how many there are.
const PlaceKinds = int(placeKinds)

// Locate says where p is; false if it is not of s.
func (s *Set) Locate(p *Primitive) (Place, bool) {
	named := s.prims[p.Name]
	also := slices.Index(s.also[p.Name], p)
	switch {
	case named == p:
		return Place{Name: p.Name}, true
	case s.attrs[p.Name] == p:
		return Place{Name: p.Name, Kind: PlaceAttr}, true
	case also >= 0:
		return Place{Name: p.Name, Kind: PlaceAlso, Also: also}, true
	case named != nil && *varied(named, p.Effect, p.Mode, p.Try) == *p:
		return Place{Name: p.Name, Kind: PlaceVaried, Effect: p.Effect, Mode: p.Mode, Try: p.Try}, true
	}
	return Place{}, false
}

// At is the primitive at a place, nil if there is none.
func (s *Set) At(at Place) *Primitive {
	switch at.Kind {
	case PlaceNamed:
		return s.prims[at.Name]
	case PlaceVaried:
		if named := s.prims[at.Name]; named != nil && at.Effect <= Stop && at.Mode <= RecursiveShared {
			return varied(named, at.Effect, at.Mode, at.Try)
		}
	case PlaceAttr:
		return s.attrs[at.Name]
	case PlaceAlso:
		if list := s.also[at.Name]; at.Also >= 0 && at.Also < len(list) {
			return list[at.Also]
		}
	}
	return nil
}

// varied is p with what lowering may change of it.
func varied(p *Primitive, effect Effect, mode Mode, try bool) *Primitive {
	v := *p
	v.Effect, v.Mode, v.Try = effect, mode, try
	return &v
}

package lock

// A Class is a lock class. Classes are compared by identity; the name only
// prints.
type Class struct{ name string }

// NewClass returns a new class. By convention the name is Struct.field.
func NewClass(name string) *Class { return &Class{name} }

func (c *Class) String() string {
	if c == nil {
		return "unclassed lock"
	}
	return c.name
}

// A Mode says how a lock is held.
type Mode uint8

const (
	Exclusive Mode = iota
	Shared
)

func (m Mode) String() string {
	if m == Shared {
		return "R"
	}
	return "W"
}

// A Kind says which rule a Violation breaks.
type Kind string

const (
	Order     Kind = "order"     // taken inside a class that must be inside it
	Nesting   Kind = "nesting"   // two locks of one class without a subclass
	Recursion Kind = "recursion" // a lock that the task already holds
	Cycle     Kind = "cycle"     // the graph of pairs closes a loop
	Unheld    Kind = "unheld"    // released but not held
	WrongMode Kind = "mode"      // released in the other mode
	Required  Kind = "required"  // a function's contract asks for the lock
	Leaked    Kind = "leaked"    // held when the operation ended
)

// A Violation is one broken rule.
type Violation struct {
	Kind Kind
	Task string
	Lock *Class // taken, released or required
	Held *Class // the held lock it conflicts with, or nil
	Text string
}

func (v *Violation) Error() string { return string(v.Kind) + ": " + v.Text }

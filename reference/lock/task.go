package lock

// A Task stands for a kernel task. It is used by one goroutine at a time.
type Task struct {
	// Name prints in violations.
	Name string
	// Hook, if set, is called at the named points of the operations. Tests
	// use it to suspend a task where a race needs it to be.
	Hook func(point string)

	held heldSet
}

// NewTask returns a task whose acquisitions c checks.
func (c *Checker) NewTask(name string) *Task {
	t := &Task{Name: name}
	t.held.init(c)
	return t
}

// Point is a place where a test may suspend the task.
func (t *Task) Point(name string) {
	if t.Hook != nil {
		t.Hook(name)
	}
}

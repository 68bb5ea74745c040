package lockdep

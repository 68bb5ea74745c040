// Package cache keeps on disk what one run has found out for the next.
//
// # Entries
//
// An entry has a kind, a key and contents. The key says all that the contents
// follow from, and is hashed; the version of the program is part of every key, so
// that a program never reads what another one has made. An entry is a file of its
// own, below a directory of its kind:
//
//	DIR/KIND/ab/abcdef...    "lockorder cache 1\n", a checksum, the contents
//
// The checksum is over kind, key and contents: an entry that is cut off, changed
// or in the wrong place is found out, removed and counted, and [Cache.Notes] tells
// of it. To the run it is as if it had never been there.
//
// Entries are written under another name and renamed, so that a reader sees all of
// one or nothing of it, whenever a writer is killed. What two runs write to one key
// follows from the same things, or holds parts that say each what they follow from, so
// that it does not matter whose is kept. Nothing is locked.
//
// The size is bounded: [Cache.Close] removes the entries that were not used for the
// longest time, if the run has written any. A reader marks an entry as used by its
// modification time. A run that cannot write goes on without the cache; a note
// says so.
//
// # Trees
//
// [Tree] answers what is in the files of a source tree without reading them: it
// knows the hash of each by name, size, times and inode, as git's index does. A file
// that was changed at the time it was hashed, or so short a time before that another
// change would not show, is hashed again. [Facts] are what was found in a file, by
// the hash of its contents.
//
// What a run has asked the tree for is what its result rests on: [Tree.Inputs] lists
// it, and [Inputs.Same] says whether it still is as it was.
//
// # What it is not
//
// The directory is the user's own. The checksums are against accidents: who can
// write there can make the program report what he likes, but no contents make it
// fail or take more memory than a small multiple of their size.
package cache

// Package patch reads patches as they are sent, and says what a tree looks like
// with them, without writing to it.
//
// # Terms
//
// A Series is a list of patches in the order in which they apply. A Patch is the
// change that one mail or one commit makes. A State is the tree after a patch:
// the files that differ from those on the disk, by name. State 0 is the tree
// before the first patch.
//
// # Reading
//
// Read takes what people have at hand: an mbox (git format-patch --stdout, b4,
// an archive's thread, gzipped or not), a mail by itself, a bare diff.
// ReadFiles does the same for files and directories of *.patch, and ReadRange
// for the commits of a git range.
//
// Messages are split where git mailsplit splits them: at a line "From ..." that
// ends in a time and a year. (The mbox library that was looked at splits at any
// "From " and turns line ends into CR LF, which a diff does not survive.) A mail is
// decoded by the standard library: quoted-printable, base64, MIME parts, diffs
// that are attached, mails that are forwarded as attachments. Bodies that came
// with CR LF at the end of each line lose the CR. Character sets are left alone:
// what a diff says of a file is bytes. gitdiff reads the diffs.
//
// A message without a diff is passed over, and so are cover letters and, if the
// series is numbered ("[PATCH v2 3/4]"), replies with a diff in them. Of several
// versions the last one counts; where it is a reroll of some patches, the others
// are taken from the version before. A numbered series is put in order; anything
// else stays in the order of the input. What was passed over is in Series.Notes.
// A number that is missing between others is an error: what comes after it would be
// said of a tree that nobody has.
//
// # Applying
//
// Series.Apply follows git apply. A hunk belongs at the line that it names, moved by
// what the hunks before it added or removed; if the text is not there, the nearest
// place that has it is taken. All of its context has to match: there is no fuzz,
// which guesses. A hunk at the beginning or the end of a file, as its context says,
// fits nowhere else. A hunk that does not fit is an error that names the patch,
// the file and the hunk, and says which line differs.
//
// Names are relative to the tree, with the first part stripped (-p1). Names that
// are absolute, climb (..), or reach outside by a symbolic link of the tree are
// refused. Symbolic links and submodules that a patch makes or changes are no
// source; the file of that name is gone, and Series.Notes says so. Changes of a mode
// alone change nothing.
//
// # Git
//
// ReadRange runs git log, with what a repository's configuration may run (external
// diffs, text conversion, a file system monitor) switched off, and without taking
// locks: git does not touch the index. The first-parent history of the range is
// the series; a merge is one patch. Where the working tree is not at the commit
// that the range begins with, Series.Base says how it differs, from git's objects.
//
// # Comparing
//
// Compare follows violations through the states by key (check, classes,
// functions), and where a function or a class was renamed, split off or folded in, by
// what is left of it. A violation that the first state lacks and the last has is
// added, by the last patch that brought it up; the other way round it is fixed; one
// that lives between is passing; one in another function or file is moved. A
// violation whose confidence comes to be high enough to be shown counts as added: it
// was not seen before. Another path of a violation that was there is no change.
//
// What each state finds comes from package analyzer (Patch there), which reads the
// same functions in all of them.
package patch

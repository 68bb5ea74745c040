package patch

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// diffOf changes line n of a file of the lines 1 to 9.
func diffOf(name string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "diff --git a/%[1]s b/%[1]s\n--- a/%[1]s\n+++ b/%[1]s\n@@ -%[2]d,7 +%[2]d,7 @@ void f(void)\n", name, n-3)
	for i := n - 3; i <= n+3; i++ {
		if i == n {
			fmt.Fprintf(&b, "-\tline %d;\n+\tline %d, new;\n", i, i)
		} else {
			fmt.Fprintf(&b, " \tline %d;\n", i)
		}
	}
	return b.String()
}

func mailOf(subject, extra, body string) string {
	return "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n" +
		"From: =?UTF-8?q?J=C3=B6rg?= <j@example.org>\nSubject: " + subject + "\n" + extra + "\n" + body + "-- \n2.39.5\n\n"
}

func read1(t *testing.T, text string) *Series {
	t.Helper()
	s, err := Read("test", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func titles(s *Series) (out []string) {
	for _, p := range s.Patches {
		out = append(out, p.Title())
	}
	return out
}

func TestReadOrder(t *testing.T) {
	d := func(n int) string { return "Text.\n---\n a.c | 2 +-\n\n" + diffOf("a.c", n) }
	for _, test := range []struct {
		name  string
		mails []string
		want  []string
		notes []string
	}{
		{
			name: "numbered",
			mails: []string{
				mailOf("[PATCH v2 2/2] b", "", d(5)), mailOf("[PATCH v2 0/2] cover", "", "Interdiff:\n"+d(4)), mailOf("[PATCH v2 1/2] a", "", d(4)),
			},
			want:  []string{"[PATCH v2 1/2] a", "[PATCH v2 2/2] b"},
			notes: []string{"passed over [PATCH v2 0/2] cover: a cover letter"},
		}, {
			name: "thread",
			mails: []string{
				mailOf("[PATCH 1/2] a", "Message-Id: <1@x>\n", d(4)), mailOf("[PATCH 2/2] b", "Message-Id: <2@x>\n", d(5)),
				mailOf("Re: [PATCH 2/2] b", "", "> "+strings.ReplaceAll(d(5), "\n", "\n> ")+"\nNo.\n"),
				mailOf("Re: [PATCH 1/2] a", "", "Fold this in:\n"+d(6)),
				mailOf("[PATCH v2 2/2] b", "Message-Id: <3@x>\n", d(6)), mailOf("[PATCH 1/2] a", "Message-Id: <1@x>\n", d(4)),
			},
			want: []string{"[PATCH 1/2] a", "[PATCH v2 2/2] b"},
			notes: []string{
				"passed over [PATCH 2/2] b: it has no diff",
				"passed over [PATCH 1/2] a: it is there twice",
				"passed over [PATCH 1/2] a: a reply",
				"passed over [PATCH 2/2] b: there is a later version",
			},
		}, {
			name:  "two series keep their order",
			mails: []string{mailOf("[PATCH 2/2] b", "", d(5)), mailOf("[PATCH 1/2] a", "", d(4)), mailOf("[PATCH 1/3] c", "", d(6))},
			want:  []string{"[PATCH 2/2] b", "[PATCH 1/2] a", "[PATCH 1/3] c"},
		}, {
			name:  "part",
			mails: []string{mailOf("[RFC][PATCH bpf-next v3 03/04] x", "", d(5)), mailOf("[PATCH RFC v3 2/4] y", "", d(4))},
			want:  []string{"[PATCH RFC v3 2/4] y", "[RFC][PATCH bpf-next v3 03/04] x"},
			notes: []string{"only patches 2 to 3 of 4 are there"},
		}, {
			name:  "folded subject, reply alone",
			mails: []string{mailOf("Re: [PATCH]\n mm: =?UTF-8?q?J=C3=B6rg?=", "", d(5))},
			want:  []string{"[PATCH] mm: Jörg"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := read1(t, strings.Join(test.mails, ""))
			if got := titles(s); !slices.Equal(got, test.want) {
				t.Errorf("patches %q, want %q", got, test.want)
			}
			if !slices.Equal(s.Notes, test.notes) {
				t.Errorf("notes %q, want %q", s.Notes, test.notes)
			}
		})
	}
}

// However a diff is carried, it is the same diff.
func TestReadCarriers(t *testing.T) {
	diff := diffOf("a.c", 5)
	var qp bytes.Buffer
	w := quotedprintable.NewWriter(&qp)
	w.Write([]byte("Gr=üße\n---\n" + diff))
	w.Close()
	b64 := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll("Text\n---\n"+diff, "\n", "\r\n")))
	var folded strings.Builder
	for i := 0; i < len(b64); i += 76 {
		folded.WriteString(b64[i:min(i+76, len(b64))] + "\n")
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write([]byte(mailOf("[PATCH] a", "", diff)))
	z.Close()
	const mixed = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"XX\"\n"
	part := func(header, body string) string { return "--XX\n" + header + "\n" + body + "\n" }
	for name, text := range map[string]string{
		"bare":          diff,
		"plain -p":      strings.Replace(diff, "diff --git a/a.c b/a.c\n", "Index: a.c\n===\n", 1),
		"trees":         strings.NewReplacer("diff --git a/a.c b/a.c\n", "", "a/a.c", "linux-6.12.orig/a.c", "b/a.c", "linux-6.12/a.c").Replace(diff),
		"prose":         "Hello,\n\nplease try:\n\n" + diff + "\nBye\n",
		"described":     "Description: does this\n and that\nOrigin: other\n" + diff,
		"mail":          mailOf("[PATCH] a", "", "@@ in the text\n\n"+diff),
		"bare mail":     strings.SplitAfterN(mailOf("[PATCH] a", "", diff), "\n", 2)[1],
		"CR LF":         strings.ReplaceAll(mailOf("[PATCH] a", "", diff), "\n", "\r\n"),
		"gzip":          zipped.String(),
		"quoted":        mailOf("[PATCH] a", "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: quoted-printable\n", strings.ReplaceAll(qp.String(), "\r", "")),
		"base64":        "From: x <x@x>\nSubject: [PATCH] a\nContent-Transfer-Encoding: base64\n\n" + folded.String(),
		"empty context": mailOf("[PATCH] a", "", strings.Replace(diff, "@@ void f(void)\n", "@@\n", 1)),
		"attached": mailOf("[PATCH] a", mixed, "This is a multi-part message.\n"+
			part("Content-Type: text/plain; charset=UTF-8; format=fixed\n", "Why.\n---\n a.c | 2 +-")+
			part("Content-Type: text/x-patch; name=\"0001-a.patch\"\nContent-Transfer-Encoding: 8bit\nContent-Disposition: attachment; filename=\"0001-a.patch\"\n", diff)+"--XX--\n"),
		"alternative": mailOf("[PATCH] a", strings.Replace(mixed, "mixed", "alternative", 1),
			part("Content-Type: text/plain\n", diff)+part("Content-Type: text/html\n", "<pre>"+diff)+"--XX--\n"),
		"nameless": mailOf("[PATCH] a", mixed,
			part("Content-Type: application/octet-stream; name=a.patch\nContent-Transfer-Encoding: base64\n", base64.StdEncoding.EncodeToString([]byte(diff)))+"--XX--\n"),
		"forwarded": mailOf("Fwd: a", mixed,
			part("Content-Type: text/plain\n", "Have a look.")+part("Content-Type: message/rfc822\n", "From: y <y@y>\nSubject: [PATCH] a\n\n"+diff)+"--XX--\n"),
		"patch file attached": mailOf("Fwd: a", mixed,
			part("Content-Type: text/x-patch; name=\"0001-a.patch\"\n", ">"+mailOf("[PATCH] a", "", diff))+"--XX--\n"),
	} {
		t.Run(name, func(t *testing.T) {
			s := read1(t, text)
			if len(s.Patches) != 1 || len(s.Patches[0].Files) != 1 {
				t.Fatalf("%d patches: %q", len(s.Patches), s.Notes)
			}
			f := s.Patches[0].Files[0]
			if f.OldName != "a.c" || f.NewName != "a.c" || len(f.TextFragments) != 1 {
				t.Fatalf("%s to %s, %d hunks", f.OldName, f.NewName, len(f.TextFragments))
			}
			var got strings.Builder
			for _, l := range f.TextFragments[0].Lines {
				got.WriteString(l.String())
			}
			if want := strings.SplitN(diff, "@@ void f(void)\n", 2)[1]; got.String() != want {
				t.Errorf("hunk %q, want %q", &got, want)
			}
			if strings.Contains(text, "PATCH") && s.Patches[0].Title() != "[PATCH] a" {
				t.Errorf("title %q", s.Patches[0].Title())
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	good := diffOf("a.c", 5)
	for _, test := range []struct{ name, in, want string }{
		{"empty", "", "test: no patch in the input"},
		{"prose", "Hello\n", "test: no patch in the input: passed over test: it has no diff"},
		{"cover alone", mailOf("[PATCH 0/3] x", "", "Hi\n"), "test: no patch in the input: passed over [PATCH 0/3] x: a cover letter"},
		{"gap", mailOf("[PATCH 1/3] x", "", good) + mailOf("[PATCH 3/3] z", "", good), "test: patch 2/3 of the series is missing"},
		{"cut", mailOf("[PATCH] x", "", good[:len(good)-20]), "test: [PATCH] x: malformed diff: line 12: invalid line operation: '2', counted from its first line"},
		{"mangled", mailOf("[PATCH] x", "", strings.ReplaceAll(good, "\n \t", "\n")), "test: [PATCH] x: malformed diff: line 5: invalid line operation: 'l', counted from its first line"},
		{"encoding", mailOf("[PATCH] x", "Content-Transfer-Encoding: x-uuencode\n", good), `test: unknown transfer encoding "x-uuencode"`},
		{"boundary", mailOf("[PATCH] x", "Content-Type: multipart/mixed; boundary=b\n", "--b\n\nx"), "test: body: unexpected EOF"},
		{"nested", deepMail(), "too deep"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read("test", strings.NewReader(test.in))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func deepMail() string {
	text := diffOf("a.c", 5)
	for range 20 {
		text = "Subject: x\nContent-Type: message/rfc822\n\n" + text
	}
	return text
}

func TestReadFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"0002-b.patch": mailOf("[PATCH 2/2] b", "", diffOf("a.c", 5)),
		"0001-a.patch": mailOf("[PATCH 1/2] a", "", diffOf("a.c", 4)),
		"notes.txt":    "nothing",
		"empty/x.txt":  "nothing",
	} {
		file := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(file), 0o777)
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"[PATCH 1/2] a", "[PATCH 2/2] b"}
	for _, names := range [][]string{{dir}, {filepath.Join(dir, "0002-b.patch"), "-"}} {
		s, err := ReadFiles(names, strings.NewReader(mailOf("[PATCH 1/2] a", "", diffOf("a.c", 4))))
		if err != nil {
			t.Fatal(err)
		}
		if got := titles(s); !slices.Equal(got, want) {
			t.Errorf("%s: %q", names, got)
		}
	}
	for _, name := range []string{"none", "empty"} {
		if _, err := ReadFiles([]string{filepath.Join(dir, name)}, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzRead: no input makes the reader or the applier panic, or name a file
// outside of the tree.
func FuzzRead(f *testing.F) {
	f.Add(mailOf("[PATCH v2 1/2] a", "", diffOf("a.c", 5)) + mailOf("[PATCH v2 2/2] a", "", diffOf("b.c", 4)))
	f.Add(mailOf("a", "Content-Type: multipart/mixed; boundary=b\n", "--b\n\n"+diffOf("a.c", 5)+"\n--b--\n"))
	f.Add("diff --git a/a.c b/../x.c\nsimilarity index 90%\nrename from a.c\nrename to ../x.c\n")
	f.Add("diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n\\ No newline at end of file\n")
	f.Add("diff --git a/b b/b\nGIT binary patch\nliteral 5\nMcmZQzWMT#Y01f~L\n\nliteral 0\nHcmV?d00001\n")
	dir := f.TempDir()
	var file strings.Builder
	for i := range 9 {
		fmt.Fprintf(&file, "\tline %d;\n", i+1)
	}
	for _, name := range []string{"a.c", "b.c"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(file.String()), 0o666); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Read("fuzz", strings.NewReader(text))
		if err != nil {
			return
		}
		states, err := s.Apply(dir)
		if err != nil {
			return
		}
		for _, st := range states {
			for _, name := range append(sortedKeys(st.Files), st.Touched...) {
				if !filepath.IsLocal(name) || checkName(name) != nil {
					t.Errorf("the name %q got through", name)
				}
			}
		}
	})
}

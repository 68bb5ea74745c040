package cparse

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

const kbuildText = `
# SPDX
KASAN_SANITIZE_a.o := n
mmu-y			:= nommu.o shared.o
mmu-$(CONFIG_MMU)	:= memory.o \
			   mmap.o shared.o # a comment, other.o

ifdef CONFIG_WIDE
mmu-$(CONFIG_MMU)	+= wide.o
else
mmu-$(CONFIG_MMU)	+= narrow.o
endif
obj-y := always.o $(mmu-y)
obj-$(CONFIG_MODULE) += module.o
obj-$(CONFIG_OFF) += off.o off_too.o offdir/
obj-$(CONFIG_MMU) += sub/ ./dot/
obj-$(CONFIG_BOTH) += both.o
obj-$(CONFIG_OFF)  += both.o

obj-$(CONFIG_MMU) += big.o
obj-$(CONFIG_OFF) += small.o
big-y := big_main.o
big-$(CONFIG_OFF) += big_off.o
big-$(CONFIG_MODULE) += big_module.o
big-objs += big_old.o
small-y := small_main.o

ifeq ($(CONFIG_MMU),y)
obj-y += eq.o
else ifeq ($(CONFIG_OFF),y)
obj-y += eq_off.o
else
obj-y += eq_else.o
endif
ifneq ("$(CONFIG_MMU)","y")
obj-y += ne.o
endif
ifeq ($(SOMETHING),y)
obj-y += unknown.o
else
obj-y += unknown_too.o
endif
obj-$(subst m,y,$(CONFIG_MODULE)) += subst.o
obj-$(or $(CONFIG_OFF),$(CONFIG_MMU)) += or.o
obj-$(and $(CONFIG_OFF),$(CONFIG_MMU)) += and.o
obj-$(if $(CONFIG_OFF),,y) += if.o
obj-$(call cc,$(CONFIG_OFF)) += call.o
obj-$(SOMETHING) += what.o
obj-y += $(addprefix x,filtered.o)
obj-y += $(patsubst %.c,%.o,$(FILES)) nested/deep.o
obj-$(CONFIG_OFF) += nested/deep_off.o

define rule
obj-$(CONFIG_MMU) += defined.o
endef

target.o: private-$(CONFIG_OFF) := target_only.o
target: a.o
	obj-$(CONFIG_OFF) += recipe.o
obj-$(CONFIG_OFF) += last.o
`

func TestKbuild(t *testing.T) {
	files := map[string]string{
		"Kbuild": "obj-y += dir/\nobj-$(CONFIG_OFF) += gone/\n", "Makefile": "obj-$(CONFIG_OFF) += dir/\n", "dir/Makefile": kbuildText,
		"dir/offdir/Makefile": "obj-y += in.o\n", "dir/sub/Makefile": "obj-$(CONFIG_OFF) += x.o\nobj-y += y.o\n",
		"dir/whole.c": "#include \"off_too.c\"\n", "dir/off_too.c": "",
	}
	defined := func(name string) (string, bool) {
		v, ok := map[string]string{"CONFIG_MMU": "y", "CONFIG_MODULE": "m", "CONFIG_BOTH": "y", "CONFIG_WIDE": "y"}[name]
		return v, ok
	}
	over := map[string][]byte{}
	for name, text := range files {
		over[name] = []byte(text)
	}
	tree, err := Open(t.TempDir(), Config{Overlay: over, Defined: defined})
	if err != nil {
		t.Fatal(err)
	}
	out := strings.Fields("nommu narrow off small small_main big_off eq_off eq_else ne and nested/deep_off last offdir/in offdir/more sub/x")
	in := strings.Fields(`memory mmap shared wide always module both big big_main big_module big_old eq unknown unknown_too subst or if call
		what filtered nested/deep defined target_only recipe off_too nowhere sub/y sub/nowhere dot/z a other`)
	for _, name := range slices.Concat(out, in) {
		want := slices.Contains(out, name)
		if got := tree.LeftOut("dir/"+name+".c", "dir"); got != want {
			t.Errorf("%s: left out %v, want %v", name, got, want)
		}
		if got := tree.LeftOut("dir/"+name+".c", "."); got != want {
			t.Errorf("%s, of all: left out %v, want %v", name, got, want)
		}
	}
	for _, c := range []struct {
		name, below string
		want        bool
	}{
		{"dir/offdir/in.c", "dir/offdir", false}, // somebody has named the directory
		{"gone/a.c", ".", true}, {"gone/a.c", "gone", false},
		{"dir/off.h", "dir", false}, {"dirs/off.c", "dir", false},
	} {
		if got := tree.LeftOut(c.name, c.below); got != c.want {
			t.Errorf("%s below %s: left out %v, want %v", c.name, c.below, got, c.want)
		}
	}
	// With other makefiles.
	over = maps.Clone(over)
	over["dir/Makefile"] = []byte("obj-$(CONFIG_OFF) += memory.o\nobj-y += nommu.o\n")
	if !tree.Update(over) {
		t.Fatal("not updated")
	}
	if tree.LeftOut("dir/nommu.c", "dir") || !tree.LeftOut("dir/memory.c", "dir") {
		t.Error("the makefile is that of before")
	}
}

func FuzzKbuild(f *testing.F) {
	for _, s := range []string{
		kbuildText, "obj-$(", "A = $(A)\nobj-y += $(A)", "$(A)$(A)-y := x.o\nelse\nendif\nifeq (", "ifeq 'a' \"b\"\nelse ifdef\n", "a=$(a:b=c)\na-objs:=$(subst ,,)", "x-y := x.o\nx-y += x.o y.o\n", "define\n", "a := $${b} $c ${d}\\\n", "A = 1$(A)$(A)\n A += $(A)$(A)\nA += $(A)$(A)$(A)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 {
			return
		}
		outer := func(name string) (string, bool) { return "", strings.HasPrefix(name, "CONFIG_") }
		m := readMakefile(text, outer)
		for name := range m.mentions {
			if !strings.HasSuffix(name, ".o") && !strings.HasSuffix(name, "/") {
				t.Fatalf("%q is mentioned", name)
			}
		}
		// A comment, a rule and a variable in front change nothing.
		n := readMakefile("# obj-y += a.o \\\n  b.o\nall: a.o\n\tobj-y += b.o\nfuzz_unused := 1\n"+text, outer)
		if !maps.Equal(m.mentions, n.mentions) || !maps.Equal(m.built, n.built) {
			t.Fatalf("%q: %v %v, then %v %v", text, m.mentions, m.built, n.mentions, n.built)
		}
	})
}

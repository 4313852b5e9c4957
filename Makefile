# SPDX-License-Identifier: GPL-2.0-or-later
#
# One non-recursive Makefile. Everything it makes is under build/ (SAN=1: build/san/), so that
# sources and products never mix and `rm -rf build` is a clean checkout.
#
#   make V=1       show the commands         make CC=clang   the other compiler
#   make SAN=1     with ASan and UBSan       make help       the targets

VERSION := 0.1.0
CC      := gcc
CLANG   := clang
BPFTOOL := $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
B       := build$(if $(SAN),/san)

ifeq ($(V),1)
Q =
msg = @:
else
Q = @
msg = @printf '  %-8s %s\n' "$(1)" "$(2)"
endif

WARN   := -Wall -Wextra -Wshadow -Wmissing-prototypes
CFLAGS := -std=gnu11 -O2 -g $(WARN)
ALL_CFLAGS = -D_GNU_SOURCE -DRINGFENCE_VERSION='"$(VERSION)"' $(CFLAGS) -I$(B)/lsm
LIBS   := -lbpf -lelf -lz -lseccomp -lyaml -ljansson -lmd
ifeq ($(SAN),1)
CFLAGS += -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif

# The multi-arch include directory has asm/types.h, which clang does not look for by itself
# when the target is bpf.
BPF_CFLAGS := -O2 -g -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 \
	-I/usr/include/$(shell $(CC) -print-multiarch) -Wall -Wextra -Wno-unused-parameter

LIB_SRC  := $(sort $(wildcard policy/*.c seccomp/*.c) $(filter-out enforcer/main.c,$(wildcard enforcer/*.c)))
LIB_OBJ  := $(LIB_SRC:%.c=$(B)/%.o)
BPF_OBJ  := build/lsm/ringfence.bpf.o
SKEL     := $(B)/lsm/ringfence.skel.h
UNIT     := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
UNIT_LIB := $(patsubst %.c,$(B)/%.o,$(filter-out tests/unit/test_%,$(sort $(wildcard tests/unit/*.c))))
TEST_BPF := $(patsubst %.bpf.c,build/%.bpf.o,$(sort $(wildcard tests/bpf/*.bpf.c)))
VM_HELP  := $(patsubst tests/vm/helpers/%.c,build/tests/vm/bin/%,$(sort $(wildcard tests/vm/helpers/*.c)))
BENCH    := $(patsubst tests/bench/%.c,build/tests/bench/bin/%,$(sort $(wildcard tests/bench/*.c)))
COUNTED  := $(patsubst tests/bench/host/%.c,$(B)/tests/bench/host/%,$(sort $(wildcard tests/bench/host/*.c)))
FUZZ     := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
C_FILES  := $(sort $(wildcard lsm/*.[ch] policy/*.[ch] seccomp/*.[ch] enforcer/*.[ch] \
	tests/unit/*.[ch] tests/bpf/*.[ch] tests/fuzz/*.[ch] tests/vm/helpers/*.[ch] tests/bench/*.[ch] \
	tests/bench/*/*.[ch]))
SH_FILES := $(sort $(wildcard tests/*.sh tests/*/*.sh tests/bats/*.bats tests/bats/*.bash \
	tests/vm/*.bats tests/vm/*.bash tests/vm/*/*.bats tests/vm/*/*.bash) tests/vm/vm-init .ci/run)

.PHONY: all help deps demo test unit bats vm fuzz bench lint san install uninstall clean
all: $(B)/ringfence

help:
	@echo 'make          build build/ringfence'
	@echo 'make deps     install the packages it is built with'
	@echo 'make demo     install what is missing, build, show nginx under policy'
	@echo 'make test     install what is missing, run every test (both kernels)'
	@echo 'make unit     unit tests            make bats   command line tests'
	@echo 'make vm       tests in the VM       make fuzz   bounded fuzzing'
	@echo 'make bench    what it costs, beside AppArmor and Landlock'
	@echo 'make san      unit tests under ASan and UBSan'
	@echo 'make lint     format, shellcheck, warnings of gcc and clang'
	@echo 'make install, make uninstall'
	@echo '              [PREFIX=/usr/local] [UNITDIR=PREFIX/lib/systemd/system] [DESTDIR=]'
	@echo 'make clean    remove build/'

deps:
	$(Q)tests/deps.sh build

$(B)/ringfence: $(B)/enforcer/main.o $(LIB_OBJ)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/%.o: %.c
	$(call msg,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(EXTRA_$(basename $(notdir $<))) -MMD -MP -c -o $@ $<

build/%.bpf.o: %.bpf.c
	$(call msg,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(SKEL): $(BPF_OBJ)
	$(call msg,SKEL,$@)
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name ringfence_bpf > $@

$(patsubst %.c,$(B)/%.o,$(wildcard enforcer/*.c)): $(SKEL)

# --- tests ---------------------------------------------------------------------------------------

$(B)/tests/unit/%: EXTRA = -DBPF_OBJ_DIR='"build/tests/bpf"'
$(B)/tests/unit/%: tests/unit/%.c $(UNIT_LIB) $(LIB_OBJ) $(TEST_BPF)
	$(call msg,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(EXTRA) -MMD -MP -MF $@.d -o $@ $< $(UNIT_LIB) $(LIB_OBJ) $(LIBS) -lcmocka -lpthread

build/tests/vm/bin/%: tests/vm/helpers/%.c
	$(call msg,HELPER,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE $(CFLAGS) -static -MMD -MP -MF build/tests/vm/$*.d -o $@ $< -lpthread

build/tests/vm/bin/opens-first: CFLAGS += -nostartfiles

build/tests/bench/bin/%: tests/bench/%.c
	$(call msg,BENCH,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE $(CFLAGS) -static -MMD -MP -MF build/tests/bench/$*.d -o $@ $<

$(B)/tests/bench/host/%: tests/bench/host/%.c $(LIB_OBJ)
	$(call msg,BENCH,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(LIB_OBJ) $(LIBS)

# The whole library once, with the fuzzer's coverage; the -D and -I of other objects.
FUZZ_CFLAGS := -std=gnu11 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_OBJ    := $(LIB_SRC:%.c=build/fuzz/obj/%.o)
build/fuzz/obj/%.o: %.c build/lsm/ringfence.skel.h
	$(call msg,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) -D_GNU_SOURCE -DRINGFENCE_VERSION='"$(VERSION)"' -Ibuild/lsm $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link \
		-MMD -MP -c -o $@ $<
build/fuzz/%: build/fuzz/obj/tests/fuzz/%.o $(FUZZ_OBJ)
	$(call msg,FUZZ,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

# `make test` and `make demo` are scripts: they install what is missing before make can know
# what there is to build.
demo:
	$(Q)tests/demo.sh
test:
	$(Q)tests/test.sh

unit: $(UNIT)
bats: build/ringfence
vm: build/ringfence $(VM_HELP)
fuzz: $(FUZZ)
unit bats vm fuzz:
	$(Q)tests/test.sh $@
san:
	$(Q)tests/test.sh san
bench:
	$(Q)tests/bench/bench.sh
lint:
	$(Q)tests/test.sh lint

# Built for their own sake by tests/test.sh.
.PHONY: unit-programs vm-helpers fuzz-programs bench-programs print-c-files print-sh-files
unit-programs: $(UNIT)
vm-helpers: build/ringfence $(VM_HELP)
fuzz-programs: $(FUZZ)
bench-programs: build/ringfence $(BENCH) $(COUNTED)
print-c-files:
	@printf '%s\n' $(C_FILES)
print-sh-files:
	@printf '%s\n' $(SH_FILES)

# Units below /usr/local and /usr are found by systemd; another PREFIX wants a UNITDIR. Policies and logs are the
# administrator's: uninstall leaves them.
PREFIX  ?= /usr/local
UNITDIR ?= $(PREFIX)/lib/systemd/system
PAGES   := $(wildcard enforcer/*.[578] policy/*.5)
MAN_OF   = $(DESTDIR)$(PREFIX)/share/man/man$(subst .,,$(suffix $(1)))/$(notdir $(1))

install: $(B)/ringfence
	install -D -m 755 $(B)/ringfence $(DESTDIR)$(PREFIX)/sbin/ringfence
	ln -sf ringfence $(DESTDIR)$(PREFIX)/sbin/ringfence-runtime
	install -d -m 755 $(DESTDIR)$(UNITDIR)
	test -d $(DESTDIR)/etc/ringfence/policies || install -d -m 755 $(DESTDIR)/etc/ringfence/policies
	sed 's|/usr/local/sbin|$(PREFIX)/sbin|' enforcer/ringfence.service > $(DESTDIR)$(UNITDIR)/ringfence.service
	chmod 644 $(DESTDIR)$(UNITDIR)/ringfence.service
	set -e; for page in $(PAGES); do \
		install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; \
	done

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/ringfence-runtime $(DESTDIR)$(PREFIX)/sbin/ringfence
	rm -f $(DESTDIR)$(UNITDIR)/ringfence.service $(foreach page,$(PAGES),$(call MAN_OF,$(page)))

clean:
	rm -rf build

-include $(shell find build -path build/vm -prune -o -type f -name '*.d' -print 2>/dev/null)

.DELETE_ON_ERROR:
.SECONDARY:

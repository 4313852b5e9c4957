/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter: a prelude written here, then a body built by libseccomp.
 *
 *   prelude, in this order:
 *     arch  != native                                      kill
 *     nr    from the x32 bit on (but not -1), or 512 to 547  kill  (x86-64 only)
 *     nr    in a gap of the known numbers, or above        ENOSYS (allow-lists only)
 *     for each call whose verdict depends on arguments, by number:
 *       one test after the other: deny entries, then the privilege, then allow
 *       entries, then the verdict that is left
 *   body:
 *     number -> verdict, as a binary tree, for every call whose verdict does not
 *     depend on arguments; `otherwise` for all that are not in it
 *
 * Why the prelude does what it does:
 *  - A number means another call on another architecture, and an x32 call is a
 *    64-bit one with a bit set: both would walk past a filter made of numbers.
 *    They are killed, not refused, since no program does that by accident.
 *  - -1 is the number of a call that a tracer has cancelled. It is not to be
 *    killed; it is merely unknown. Other negative numbers are nobody's.
 *  - A C library tries a new call and falls back to an old one on ENOSYS, and
 *    only on ENOSYS. The table is libseccomp's; what is newer, or was never
 *    used, gets ENOSYS unless a policy names it.
 *  - libseccomp compares 64 bits where the kernel looks at 32 or 16 (argtypes.c),
 *    takes one condition per argument, and does not order a denial before an
 *    allowance of the same call. So it is given no arguments at all, and the
 *    precedence of resolve.c is the order of the code.
 *  - The kernel proves per number, at installation, that a call is allowed
 *    whatever its arguments, and then does not run the filter for it: the
 *    length of the prelude costs those calls nothing.
 *
 * In audit mode every refusal becomes SECCOMP_RET_LOG, those of the prelude
 * included, but clone3 is simply allowed: its ENOSYS answers a question about
 * the filter, not a violation, and would be logged for every thread started.
 *
 * The filter is a function of the policy's meaning alone: calls are sorted by
 * number, tests and values by value.
 */
#include "filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emit.h"
#include "resolve.h"
#include "simulate.h"

/* libseccomp's actions are the kernel's return values. */
_Static_assert(SCMP_ACT_KILL_PROCESS == SECCOMP_RET_KILL_PROCESS, "kill");
_Static_assert(SCMP_ACT_ERRNO(1) == (SECCOMP_RET_ERRNO | 1), "errno");
_Static_assert(SCMP_ACT_LOG == SECCOMP_RET_LOG, "log");
_Static_assert(SCMP_ACT_ALLOW == SECCOMP_RET_ALLOW, "allow");

/* The newest libseccomp interface used: SCMP_ACT_LOG and SCMP_ACT_KILL_PROCESS came with 3. */
#define LIBSECCOMP_API 3

struct builder {
	const struct call_table *table;
	struct emitter code;
	bool audit;
};

/* What the filter returns for `verdict` in this mode. */
static uint32_t in_mode(const struct builder *b, uint32_t verdict)
{
	if (b->audit && verdict != SECCOMP_RET_ALLOW)
		return SECCOMP_RET_LOG;
	return verdict;
}

/* As call_verdict(), in this mode. */
static uint32_t final_verdict(const struct builder *b, uint32_t nr)
{
	if (b->audit && call_is_fallback(b->table, nr))
		return SECCOMP_RET_ALLOW;
	return in_mode(b, call_verdict(b->table, nr));
}

static void emit_if(struct builder *b, uint16_t op, uint32_t k, uint8_t jt, uint8_t jf)
{
	emit(&b->code, BPF_JMP | op | BPF_K, k, jt, jf);
}

static void emit_arch(struct builder *b)
{
	emit_load(&b->code, offsetof(struct seccomp_data, arch));
	emit_if(b, BPF_JEQ, native_arch(), 1, 0);
	emit_return(&b->code, in_mode(b, SECCOMP_RET_KILL_PROCESS));
	emit_load(&b->code, offsetof(struct seccomp_data, nr));
	if (!native_has_x32())
		return;
	emit_if(b, BPF_JEQ, UINT32_MAX, 4, 0);	 /* cancelled: past all this */
	emit_if(b, BPF_JGE, X32_BIT, 2, 0);	 /* x32: kill */
	emit_if(b, BPF_JGE, X32_FIRST, 0, 2);	 /* below: past all this */
	emit_if(b, BPF_JGE, X32_LAST + 1, 1, 0); /* above: past all this */
	emit_return(&b->code, in_mode(b, SECCOMP_RET_KILL_PROCESS));
}

/* Whether the body or an argument test knows what to do about the number. */
static bool is_handled(const struct call_table *t, uint32_t nr)
{
	return t->calls[nr].known || t->calls[nr].listed;
}

/* ENOSYS for every run of numbers that are not handled; the last run has no end. */
static void emit_unknown(struct builder *b)
{
	uint32_t verdict = in_mode(b, SECCOMP_RET_ERRNO | ENOSYS);
	uint32_t nr = 0;

	while (nr < SYSCALL_NUMBERS_MAX) {
		uint32_t first = nr;

		while (nr < SYSCALL_NUMBERS_MAX && !is_handled(b->table, nr))
			nr++;
		if (nr == SYSCALL_NUMBERS_MAX)
			break;
		if (nr > first) {
			emit_if(b, BPF_JGE, first, 0, 2);
			emit_if(b, BPF_JGE, nr, 1, 0);
			emit_return(&b->code, verdict);
		}
		while (nr < SYSCALL_NUMBERS_MAX && is_handled(b->table, nr))
			nr++;
	}
	while (nr && !is_handled(b->table, nr - 1))
		nr--;
	emit_if(b, BPF_JGE, nr, 0, 1);
	emit_return(&b->code, verdict);
}

/* Returns `verdict` when one of the entries applies, falls through when none does. */
static void emit_alternatives(struct builder *b, const struct alternatives *list, uint32_t verdict)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct alternative *a = &list->items[i];
		unsigned next = emit_label(&b->code);

		for (size_t t = 0; t < a->n_tests; t++)
			emit_test(&b->code, &a->tests[t], next);
		emit_return(&b->code, verdict);
		emit_place(&b->code, next);
	}
}

/* The accumulator holds the number here, and after a call that is another. */
static void emit_conditional(struct builder *b, uint32_t nr)
{
	const struct call_rules *c = &b->table->calls[nr];
	unsigned next = emit_label(&b->code);

	emit_if(b, BPF_JEQ, nr, 1, 0);
	emit_jump(&b->code, next);
	emit_alternatives(b, &c->deny, in_mode(b, b->table->deny));
	if (!c->refused)
		emit_alternatives(b, &c->refuse, in_mode(b, SECCOMP_RET_ERRNO | EPERM));
	if (!c->refused && !c->allowed)
		emit_alternatives(b, &c->allow, SECCOMP_RET_ALLOW);
	emit_return(&b->code, final_verdict(b, nr));
	emit_place(&b->code, next);
}

/* Reads the program that libseccomp writes to a descriptor. */
static int export_read(scmp_filter_ctx ctx, struct emitter *code)
{
	struct sock_filter *insns = NULL;
	struct stat st;
	int fd = memfd_create("filter", MFD_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(ctx, fd);
	if (!r && fstat(fd, &st) < 0)
		r = -errno;
	if (!r) {
		insns = malloc((size_t)st.st_size + 1);
		r = insns ? 0 : -ENOMEM;
	}
	if (!r && pread(fd, insns, (size_t)st.st_size, 0) != st.st_size)
		r = -EIO;
	if (!r)
		emit_append(code, insns, (size_t)st.st_size / sizeof(*insns));
	free(insns);
	close(fd);
	return r;
}

static int body_fill(const struct builder *b, scmp_filter_ctx ctx, uint32_t otherwise)
{
	int r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);

	if (!r)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	for (uint32_t nr = 0; !r && nr < SYSCALL_NUMBERS_MAX; nr++) {
		const struct call_rules *c = &b->table->calls[nr];
		bool clone3 = b->table->clone3 >= 0 && nr == (uint32_t)b->table->clone3;
		uint32_t verdict;

		if ((!c->listed && !clone3) || call_is_conditional(c))
			continue;
		verdict = final_verdict(b, nr);
		/* libseccomp refuses a rule that says what the default says. */
		if (verdict != otherwise)
			r = seccomp_rule_add_exact(ctx, verdict, (int)nr, 0);
	}
	return r;
}

static int emit_body(struct builder *b)
{
	uint32_t otherwise = in_mode(b, b->table->otherwise);
	scmp_filter_ctx ctx;
	int r;

	/* The filter is made for any kernel, so the running one is not asked what it can do. */
	r = seccomp_api_set(LIBSECCOMP_API);
	if (r < 0)
		return r;
	ctx = seccomp_init(otherwise);
	if (!ctx)
		return -ENOMEM;
	r = body_fill(b, ctx, otherwise);
	if (!r)
		r = export_read(ctx, &b->code);
	seccomp_release(ctx);
	return r;
}

static int builder_run(struct builder *b)
{
	emit_arch(b);
	if (b->table->refuses)
		emit_unknown(b);
	for (uint32_t nr = 0; nr < SYSCALL_NUMBERS_MAX; nr++)
		if (call_is_conditional(&b->table->calls[nr]))
			emit_conditional(b, nr);
	return emit_body(b);
}

/*
 * Whether the finished program says, of each call that does not depend on arguments, what the
 * table says. libseccomp has been seen to lose rules, with success, when it was out of memory.
 */
static bool says_what_it_should(const struct builder *b)
{
	struct syscall_call call = {.arch = native_arch()};

	for (uint32_t nr = 0; nr < SYSCALL_NUMBERS_MAX; nr++) {
		if (!is_handled(b->table, nr) || call_is_conditional(&b->table->calls[nr]))
			continue;
		call.nr = nr;
		if (filter_run(b->code.insns, &call) != final_verdict(b, nr))
			return false;
	}
	return true;
}

/* The kernel would refuse a longer one; and what is built is checked, whoever built it. */
static int filter_accept(const struct policy *p, const struct builder *b, struct diag *d)
{
	const struct emitter *code = &b->code;

	if (code->n > BPF_MAXINSNS) {
		diag_error(d, p->syscalls.mark,
			   "the filter needs %zu instructions, the kernel accepts %d", code->n,
			   BPF_MAXINSNS);
		return diag_hint(d, "shorten the lists of argument values, or use mask, lt and gt");
	}
	if (filter_verify(code->insns, code->n) < 0 || !says_what_it_should(b))
		return diag_error(d, p->syscalls.mark,
				  "the filter came out wrong and is not used: out of memory, or a "
				  "fault of libseccomp");
	return 0;
}

int filter_build(const struct policy *p, bool audit, struct diag *d, struct sock_filter **ret_insns,
		 size_t *ret_len)
{
	struct call_table table;
	struct builder b = {.table = &table, .audit = audit};
	int r = call_table_build(p, d, &table);

	if (r < 0)
		return r;
	r = builder_run(&b);
	if (!r)
		r = emit_finish(&b.code);
	else if (r != -ENOMEM)
		diag_error(d, p->syscalls.mark, "libseccomp failed to build the filter: error %d",
			   -r);
	if (!r)
		r = filter_accept(p, &b, d);
	if (!r) {
		*ret_insns = b.code.insns;
		*ret_len = b.code.n;
		b.code.insns = NULL;
	}
	emitter_done(&b.code);
	call_table_done(&table);
	return r == 0 || r == -ENOMEM ? r : -EINVAL;
}

int syscalls_check(const struct policy *p, struct diag *d)
{
	struct call_table table;
	int r = call_table_build(p, d, &table);

	if (!r)
		call_table_done(&table);
	return r;
}

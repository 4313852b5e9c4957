/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interpreter for filters: each instruction does what the kernel's does,
 * and what the kernel would refuse is refused. Where it can be asked, the
 * running kernel is: each program is offered to it too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../seccomp/filter.h"
#include "../../seccomp/simulate.h"

#define S(code, k)	   ((struct sock_filter)BPF_STMT(code, k))
#define J(code, k, jt, jf) ((struct sock_filter)BPF_JUMP(code, k, jt, jf))
#define PROGRAM(...)	   ((struct sock_filter[]){__VA_ARGS__})
#define LENGTH(...)	   (sizeof(PROGRAM(__VA_ARGS__)) / sizeof(struct sock_filter))
#define RUN(...)	   run(PROGRAM(__VA_ARGS__), LENGTH(__VA_ARGS__))
#define VALID(...)	   verify_as_kernel(PROGRAM(__VA_ARGS__), LENGTH(__VA_ARGS__), 0)
#define INVALID(...)	   verify_as_kernel(PROGRAM(__VA_ARGS__), LENGTH(__VA_ARGS__), -EINVAL)
#define LD(offset)	   S(BPF_LD | BPF_W | BPF_ABS, offset)
#define RET_A		   S(BPF_RET | BPF_A, 0)
#define RET(k)		   S(BPF_RET | BPF_K, k)
#define IMM(k)		   S(BPF_LD | BPF_IMM, k)
#define IMX(k)		   S(BPF_LDX | BPF_IMM, k)

static const struct syscall_call sample = {
    .nr = 0x01020304,
    .arch = 0xc000003e,
    .ip = 0x1112131415161718,
    .args = {0x2122232425262728, 2, 3, 4, 5, 0x6162636465666768},
};

static uint32_t run(const struct sock_filter *insns, size_t len)
{
	return filter_simulate(insns, len, &sample);
}

/* In a child, because a filter cannot be taken off again. Programs here never return ALLOW. */
static int kernel_verify(const struct sock_filter *insns, size_t len)
{
	struct sock_fprog program = {.len = (unsigned short)len,
				     .filter = (struct sock_filter *)insns};
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		long r;

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
		/* Nothing else may be called: the filter may refuse even exit. */
		if (r < 0 && errno == EINVAL)
			_exit(22);
		__builtin_trap();
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 22 ? -EINVAL : 0;
}

static void verify_as_kernel(const struct sock_filter *insns, size_t len, int want)
{
	assert_int_equal(filter_verify(insns, len), want);
	assert_int_equal(kernel_verify(insns, len), want);
}

static void loads(void **state)
{
	(void)state;
	assert_int_equal(RUN(LD(0), RET_A), 0x01020304);
	assert_int_equal(RUN(LD(4), RET_A), 0xc000003e);
	assert_int_equal(RUN(LD(8), RET_A), 0x15161718);
	assert_int_equal(RUN(LD(12), RET_A), 0x11121314);
	assert_int_equal(RUN(LD(16), RET_A), 0x25262728);
	assert_int_equal(RUN(LD(20), RET_A), 0x21222324);
	assert_int_equal(RUN(LD(60), RET_A), 0x61626364);
	assert_int_equal(RUN(S(BPF_LD | BPF_W | BPF_LEN, 0), RET_A), 64);
	assert_int_equal(RUN(S(BPF_LDX | BPF_W | BPF_LEN, 0), S(BPF_MISC | BPF_TXA, 0), RET_A), 64);
	assert_int_equal(RUN(IMM(7), RET_A), 7);
	assert_int_equal(RUN(IMX(8), S(BPF_MISC | BPF_TXA, 0), RET_A), 8);
	assert_int_equal(RUN(IMM(9), S(BPF_ST, 15), IMM(1), S(BPF_LD | BPF_MEM, 15), RET_A), 9);
	assert_int_equal(RUN(IMX(9), S(BPF_STX, 0), S(BPF_LD | BPF_MEM, 0), RET_A), 9);
	assert_int_equal(
	    RUN(IMM(9), S(BPF_ST, 3), S(BPF_LDX | BPF_MEM, 3), S(BPF_MISC | BPF_TXA, 0), RET_A), 9);
	assert_int_equal(
	    RUN(IMM(5), S(BPF_MISC | BPF_TAX, 0), IMM(1), S(BPF_MISC | BPF_TXA, 0), RET_A), 5);
	assert_int_equal(RUN(RET(SECCOMP_RET_ALLOW)), SECCOMP_RET_ALLOW);
	assert_int_equal(RUN(RET_A), 0); /* registers start at zero */
}

static void arithmetic(void **state)
{
	static const struct {
		uint16_t op;
		uint32_t a, b, want;
	} facts[] = {
	    {BPF_ADD, 0xffffffff, 2, 1},
	    {BPF_SUB, 1, 2, 0xffffffff},
	    {BPF_MUL, 0x10000, 0x10000, 0},
	    {BPF_DIV, 7, 2, 3},
	    {BPF_OR, 5, 2, 7},
	    {BPF_AND, 6, 3, 2},
	    {BPF_XOR, 6, 3, 5},
	    {BPF_LSH, 1, 31, 0x80000000},
	    {BPF_RSH, 0x80000000, 31, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		uint16_t op = facts[i].op;

		assert_int_equal(RUN(IMM(facts[i].a), S(BPF_ALU | op | BPF_K, facts[i].b), RET_A),
				 facts[i].want);
		assert_int_equal(
		    RUN(IMM(facts[i].a), IMX(facts[i].b), S(BPF_ALU | op | BPF_X, 0), RET_A),
		    facts[i].want);
	}
	assert_int_equal(RUN(IMM(1), S(BPF_ALU | BPF_NEG, 0), RET_A), 0xffffffff);
	/* Shifts by a register count five bits; division by zero ends with 0. */
	assert_int_equal(RUN(IMM(1), IMX(33), S(BPF_ALU | BPF_LSH | BPF_X, 0), RET_A), 2);
	assert_int_equal(RUN(IMM(1), IMX(0), S(BPF_ALU | BPF_DIV | BPF_X, 0), RET(5)), 0);
}

static void jumps(void **state)
{
	static const struct {
		uint16_t op;
		uint32_t a, b;
		bool taken;
	} facts[] = {
	    {BPF_JEQ, 5, 5, true},  {BPF_JEQ, 5, 6, false},  {BPF_JGT, 6, 5, true},
	    {BPF_JGT, 5, 5, false}, {BPF_JGE, 5, 5, true},   {BPF_JGE, 4, 5, false},
	    {BPF_JSET, 6, 2, true}, {BPF_JSET, 4, 3, false}, {BPF_JGT, 0x80000000, 1, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		uint16_t op = facts[i].op;

		assert_int_equal(
		    RUN(IMM(facts[i].a), J(BPF_JMP | op | BPF_K, facts[i].b, 1, 0), RET(2), RET(1)),
		    facts[i].taken ? 1 : 2);
		assert_int_equal(RUN(IMM(facts[i].a), IMX(facts[i].b),
				     J(BPF_JMP | op | BPF_X, 0, 0, 1), RET(1), RET(2)),
				 facts[i].taken ? 1 : 2);
	}
	assert_int_equal(RUN(S(BPF_JMP | BPF_JA, 1), RET(1), RET(2)), 2);
	assert_int_equal(RUN(S(BPF_JMP | BPF_JA, 0), RET(1)), 1);
}

static void refuses_what_the_kernel_refuses(void **state)
{
	(void)state;
	VALID(RET(0));
	VALID(LD(60), RET(0));
	INVALID(LD(64), RET(0));
	INVALID(LD(2), RET(0));
	INVALID(LD(0xfffffffc), RET(0));
	INVALID(LD(0)); /* no return at the end */
	INVALID(RET(0), S(BPF_JMP | BPF_JA, 0));
	INVALID(S(BPF_JMP | BPF_JA, 1), RET(0));	  /* past the end */
	INVALID(S(BPF_JMP | BPF_JA, 0xffffffff), RET(0)); /* backwards */
	INVALID(J(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), RET(0));
	INVALID(J(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 255), RET(0));
	VALID(J(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), RET(0), RET(0));
	INVALID(S(BPF_LD | BPF_B | BPF_ABS, 0), RET(0));
	INVALID(S(BPF_LD | BPF_H | BPF_ABS, 0), RET(0));
	INVALID(S(BPF_LD | BPF_W | BPF_IND, 0), RET(0));
	INVALID(S(BPF_LDX | BPF_B | BPF_MSH, 0), RET(0));
	INVALID(S(BPF_ALU | BPF_MOD | BPF_K, 3), RET(0));
	INVALID(S(BPF_ALU | BPF_DIV | BPF_K, 0), RET(0));
	INVALID(S(BPF_ALU | BPF_LSH | BPF_K, 32), RET(0));
	INVALID(S(BPF_ALU | BPF_RSH | BPF_K, 32), RET(0));
	INVALID(S(BPF_ST, 16), RET(0));
	INVALID(S(BPF_LD | BPF_MEM, 16), RET(0));
	INVALID(S(BPF_LD | BPF_MEM, 0), RET(0)); /* never written */
	INVALID(S(BPF_RET | BPF_X, 0));
	INVALID(S(0xffff, 0), RET(0));
	INVALID(S(BPF_ALU | BPF_NEG | BPF_X, 0), RET(0));
	/* Written on one way, read on both. */
	INVALID(J(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), S(BPF_ST, 1), S(BPF_LD | BPF_MEM, 1),
		RET(0));
	VALID(S(BPF_ST, 1), J(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), IMM(1), S(BPF_LD | BPF_MEM, 1),
	      RET(0));
	INVALID(S(BPF_JMP | BPF_JA, 1), S(BPF_ST, 1), S(BPF_LD | BPF_MEM, 1), RET(0));
}

static void lengths(void **state)
{
	struct sock_filter *insns = calloc(BPF_MAXINSNS + 1, sizeof(*insns));

	(void)state;
	assert_non_null(insns);
	for (size_t i = 0; i <= BPF_MAXINSNS; i++)
		insns[i] = RET(7);
	assert_int_equal(filter_simulate(insns, 0, &sample), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(filter_simulate(insns, 1, &sample), 7);
	assert_int_equal(filter_simulate(insns, BPF_MAXINSNS, &sample), 7);
	assert_int_equal(filter_simulate(insns, BPF_MAXINSNS + 1, &sample),
			 SECCOMP_RET_KILL_PROCESS);
	free(insns);
}

/* A refused program is not run: its verdict is the strictest. */
static void refused_kills(void **state)
{
	(void)state;
	assert_int_equal(RUN(RET(SECCOMP_RET_ALLOW), LD(0)), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(RUN(RET(SECCOMP_RET_ALLOW), RET(0)), SECCOMP_RET_ALLOW);
}

/* Every code, alone before a return: taken by the kernel if and only if taken here. */
static void every_code(void **state)
{
	unsigned taken = 0;

	(void)state;
	for (uint32_t code = 0; code < 256; code++) {
		struct sock_filter insns[] = {RET(0), RET(0), RET(0)};

		insns[0] = S((uint16_t)code, 1);
		if (filter_verify(insns, 3) != kernel_verify(insns, 3))
			fail_msg("code %#x: %d here", code, filter_verify(insns, 3));
		insns[0].k = 0;
		if (filter_verify(insns, 3) != kernel_verify(insns, 3))
			fail_msg("code %#x with k 0: %d here", code, filter_verify(insns, 3));
		taken += filter_verify(insns, 3) == 0;
	}
	assert_in_range(taken, 30, 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(loads),	  cmocka_unit_test(arithmetic),
	    cmocka_unit_test(jumps),	  cmocka_unit_test(refuses_what_the_kernel_refuses),
	    cmocka_unit_test(lengths),	  cmocka_unit_test(refused_kills),
	    cmocka_unit_test(every_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

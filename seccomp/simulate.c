/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a filter as the kernel does, so that what was emitted can be asked what
 * it means: by `explain`, and by the tests that hold it against the policy.
 *
 * Two steps, as in the kernel. filter_verify() takes the instructions that
 * seccomp admits (a subset of classic BPF), with every jump inside the program,
 * every load inside seccomp_data, no scratch word read before it is written,
 * and a return at the end. After that the run needs no checks: jumps only go
 * forward, so it ends. What differs from a socket filter: a load is aligned and
 * reads the record in native byte order, and `len` is the record's size.
 */
#include "simulate.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

struct machine {
	uint32_t a, x;
	uint32_t m[BPF_MEMWORDS];
	struct seccomp_data data;
};

static bool is_alu(uint16_t code)
{
	switch (BPF_OP(code)) {
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
	case BPF_DIV:
	case BPF_OR:
	case BPF_AND:
	case BPF_LSH:
	case BPF_RSH:
		return !(code & ~(BPF_ALU | 0xf0 | BPF_X));
	case BPF_XOR:
		return !(code & ~(BPF_ALU | 0xf0 | BPF_X));
	case BPF_NEG:
		return code == (BPF_ALU | BPF_NEG);
	default: /* no BPF_MOD: seccomp never admitted it */
		return false;
	}
}

static bool alu_valid(const struct sock_filter *i)
{
	if (!is_alu(i->code))
		return false;
	if (i->code == (BPF_ALU | BPF_DIV | BPF_K))
		return i->k != 0;
	if (i->code == (BPF_ALU | BPF_LSH | BPF_K) || i->code == (BPF_ALU | BPF_RSH | BPF_K))
		return i->k < 32;
	return true;
}

static bool jump_valid(const struct sock_filter *i, size_t left)
{
	switch (i->code) {
	case BPF_JMP | BPF_JA:
		return i->k < left;
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JEQ | BPF_X:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_X:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_X:
	case BPF_JMP | BPF_JSET | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_X:
		return i->jt < left && i->jf < left;
	default:
		return false;
	}
}

static bool insn_valid(const struct sock_filter *i, size_t left)
{
	switch (BPF_CLASS(i->code)) {
	case BPF_ALU:
		return alu_valid(i);
	case BPF_JMP:
		return jump_valid(i, left);
	default:
		break;
	}
	switch (i->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return i->k < sizeof(struct seccomp_data) && !(i->k & 3);
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
		return i->k < BPF_MEMWORDS;
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_W | BPF_LEN:
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
	case BPF_MISC | BPF_TAX:
	case BPF_MISC | BPF_TXA:
	case BPF_RET | BPF_K:
	case BPF_RET | BPF_A:
		return true;
	default:
		return false;
	}
}

/*
 * No scratch word is read on any way on which it was not written: `known` holds,
 * per instruction, the words written on all ways there that were seen so far.
 */
static int scratch_verify(const struct sock_filter *insns, size_t len)
{
	uint16_t *known = malloc(len * sizeof(*known));
	uint16_t now = 0;
	int r = 0;

	if (!known)
		return -ENOMEM;
	memset(known, 0xff, len * sizeof(*known));
	for (size_t pc = 0; pc < len && !r; pc++) {
		const struct sock_filter *i = &insns[pc];

		now &= known[pc];
		if (i->code == BPF_ST || i->code == BPF_STX) {
			now |= (uint16_t)(1u << i->k);
		} else if (i->code == (BPF_LD | BPF_MEM) || i->code == (BPF_LDX | BPF_MEM)) {
			r = now & (1u << i->k) ? 0 : -EINVAL;
		} else if (i->code == (BPF_JMP | BPF_JA)) {
			known[pc + 1 + i->k] &= now;
			now = 0xffff;
		} else if (BPF_CLASS(i->code) == BPF_JMP) {
			known[pc + 1 + i->jt] &= now;
			known[pc + 1 + i->jf] &= now;
			now = 0xffff;
		}
	}
	free(known);
	return r;
}

int filter_verify(const struct sock_filter *insns, size_t len)
{
	uint16_t last;

	if (!len || len > BPF_MAXINSNS)
		return -EINVAL;
	for (size_t pc = 0; pc < len; pc++)
		if (!insn_valid(&insns[pc], len - pc - 1))
			return -EINVAL;
	last = insns[len - 1].code;
	if (last != (BPF_RET | BPF_K) && last != (BPF_RET | BPF_A))
		return -EINVAL;
	return scratch_verify(insns, len);
}

/* False: division by zero, which ends the program with 0. */
static bool alu_run(struct machine *vm, const struct sock_filter *i)
{
	uint32_t operand = BPF_SRC(i->code) == BPF_X ? vm->x : i->k;

	switch (BPF_OP(i->code)) {
	case BPF_ADD:
		vm->a += operand;
		break;
	case BPF_SUB:
		vm->a -= operand;
		break;
	case BPF_MUL:
		vm->a *= operand;
		break;
	case BPF_DIV:
		if (!operand)
			return false;
		vm->a /= operand;
		break;
	case BPF_OR:
		vm->a |= operand;
		break;
	case BPF_AND:
		vm->a &= operand;
		break;
	case BPF_XOR:
		vm->a ^= operand;
		break;
	case BPF_LSH:
		vm->a <<= operand & 31;
		break;
	case BPF_RSH:
		vm->a >>= operand & 31;
		break;
	case BPF_NEG:
		vm->a = -vm->a;
		break;
	}
	return true;
}

/* How many instructions to skip. */
static size_t jump_run(const struct machine *vm, const struct sock_filter *i)
{
	uint32_t operand = BPF_SRC(i->code) == BPF_X ? vm->x : i->k;
	bool taken = false;

	switch (BPF_OP(i->code)) {
	case BPF_JA:
		return i->k;
	case BPF_JEQ:
		taken = vm->a == operand;
		break;
	case BPF_JGT:
		taken = vm->a > operand;
		break;
	case BPF_JGE:
		taken = vm->a >= operand;
		break;
	case BPF_JSET:
		taken = vm->a & operand;
		break;
	}
	return taken ? i->jt : i->jf;
}

static void move_run(struct machine *vm, const struct sock_filter *i)
{
	switch (i->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		memcpy(&vm->a, (const char *)&vm->data + i->k, sizeof(vm->a));
		break;
	case BPF_LD | BPF_W | BPF_LEN:
		vm->a = sizeof(vm->data);
		break;
	case BPF_LDX | BPF_W | BPF_LEN:
		vm->x = sizeof(vm->data);
		break;
	case BPF_LD | BPF_IMM:
		vm->a = i->k;
		break;
	case BPF_LDX | BPF_IMM:
		vm->x = i->k;
		break;
	case BPF_LD | BPF_MEM:
		vm->a = vm->m[i->k];
		break;
	case BPF_LDX | BPF_MEM:
		vm->x = vm->m[i->k];
		break;
	case BPF_ST:
		vm->m[i->k] = vm->a;
		break;
	case BPF_STX:
		vm->m[i->k] = vm->x;
		break;
	case BPF_MISC | BPF_TAX:
		vm->x = vm->a;
		break;
	case BPF_MISC | BPF_TXA:
		vm->a = vm->x;
		break;
	}
}

static uint32_t program_run(struct machine *vm, const struct sock_filter *insns)
{
	for (const struct sock_filter *i = insns;; i++) {
		switch (BPF_CLASS(i->code)) {
		case BPF_RET:
			return i->code == (BPF_RET | BPF_A) ? vm->a : i->k;
		case BPF_JMP:
			i += jump_run(vm, i);
			break;
		case BPF_ALU:
			if (!alu_run(vm, i))
				return SECCOMP_RET_KILL_THREAD;
			break;
		default:
			move_run(vm, i);
		}
	}
}

uint32_t filter_run(const struct sock_filter *insns, const struct syscall_call *call)
{
	struct machine vm = {
	    .data = {.nr = (int)call->nr, .arch = call->arch, .instruction_pointer = call->ip}};

	for (size_t i = 0; i < 6; i++)
		vm.data.args[i] = call->args[i];
	return program_run(&vm, insns);
}

uint32_t filter_simulate(const struct sock_filter *insns, size_t len,
			 const struct syscall_call *call)
{
	if (filter_verify(insns, len) < 0)
		return SECCOMP_RET_KILL_PROCESS;
	return filter_run(insns, call);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The seccomp program as a listing: the instructions classic BPF has for
 * seccomp, jumps as absolute line numbers, returns in words.
 */
#include "dump.h"

#include <linux/seccomp.h>
#include <stddef.h>

#include "../seccomp/filter.h"

const char *verdict_text(__u32 verdict, char *buf, size_t size)
{
	unsigned data = verdict & SECCOMP_RET_DATA;
	const char *word = errno_word((int)data);

	switch (verdict & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return "allow";
	case SECCOMP_RET_LOG:
		return "log";
	case SECCOMP_RET_KILL_PROCESS:
		return "kill process";
	case SECCOMP_RET_KILL_THREAD:
		return "kill thread";
	case SECCOMP_RET_ERRNO:
		if (word)
			snprintf(buf, size, "errno %s", word);
		else
			snprintf(buf, size, "errno %u", data);
		return buf;
	default:
		snprintf(buf, size, "action 0x%08x", verdict);
		return buf;
	}
}

/* A word of struct seccomp_data by its offset, little-endian halves included. */
static const char *field_text(__u32 offset, char *buf, size_t size)
{
	const __u32 args = offsetof(struct seccomp_data, args);

	if (offset == offsetof(struct seccomp_data, nr))
		return "nr";
	if (offset == offsetof(struct seccomp_data, arch))
		return "arch";
	if (offset >= args && offset < sizeof(struct seccomp_data))
		snprintf(buf, size, "arg%u.%s", (offset - args) / 8,
			 (offset - args) % 8 ? "high" : "low");
	else
		snprintf(buf, size, "[%u]", offset);
	return buf;
}

static void print_jump(const struct sock_filter *insn, size_t at, FILE *out)
{
	const char *test = "?";

	switch (BPF_OP(insn->code)) {
	case BPF_JA:
		fprintf(out, "goto %zu\n", at + 1 + insn->k);
		return;
	case BPF_JEQ:
		test = "==";
		break;
	case BPF_JGT:
		test = ">";
		break;
	case BPF_JGE:
		test = ">=";
		break;
	case BPF_JSET:
		test = "&";
		break;
	default:
		break;
	}
	fprintf(out, "if A %s 0x%x goto %zu else %zu\n", test, insn->k, at + 1 + insn->jt,
		at + 1 + insn->jf);
}

static void print_insn(const struct sock_filter *insn, size_t at, FILE *out)
{
	char buf[32];

	fprintf(out, "%5zu  ", at);
	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		fprintf(out, "A = %s\n", field_text(insn->k, buf, sizeof(buf)));
		return;
	case BPF_ALU | BPF_AND | BPF_K:
		fprintf(out, "A = A & 0x%x\n", insn->k);
		return;
	case BPF_RET | BPF_K:
		fprintf(out, "return %s\n", verdict_text(insn->k, buf, sizeof(buf)));
		return;
	case BPF_RET | BPF_A:
		fputs("return A\n", out);
		return;
	default:
		break;
	}
	if (BPF_CLASS(insn->code) == BPF_JMP)
		print_jump(insn, at, out);
	else
		fprintf(out, "code 0x%04x k 0x%x\n", insn->code, insn->k);
}

void filter_dump(const struct sock_filter *insns, size_t len, FILE *out)
{
	for (size_t i = 0; i < len; i++)
		print_insn(&insns[i], i, out);
}

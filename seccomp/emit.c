/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Classic BPF with symbolic jumps. A conditional jump reaches 255 instructions
 * only, so conditional jumps here go over fixed short distances, and every
 * other jump is an unconditional one, which reaches everywhere. That costs an
 * instruction now and then and needs no argument about lengths.
 *
 * Registers of seccomp_data are 64 bits, the accumulator has 32: a 64-bit
 * comparison is two, upper half first. Halves whose mask is zero are not
 * looked at; that is how conditions on int arguments ignore the upper half.
 */
#include "emit.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the lower half comes first");
#define ARG_LOW(n)  ((uint32_t)(offsetof(struct seccomp_data, args) + 8 * (n)))
#define ARG_HIGH(n) (ARG_LOW(n) + 4)

void emitter_done(struct emitter *e)
{
	free(e->insns);
	free(e->targets);
	free(e->labels);
	*e = (struct emitter){0};
}

static bool make_room(struct emitter *e)
{
	size_t room = e->room ? e->room * 2 : 256;
	struct sock_filter *insns;
	unsigned *targets;

	if (e->n < e->room)
		return true;
	insns = realloc(e->insns, room * sizeof(*insns));
	if (insns)
		e->insns = insns;
	targets = realloc(e->targets, room * sizeof(*targets));
	if (targets)
		e->targets = targets;
	if (!insns || !targets) {
		e->failed = true;
		return false;
	}
	e->room = room;
	return true;
}

void emit(struct emitter *e, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	if (!make_room(e))
		return;
	e->targets[e->n] = 0;
	e->insns[e->n++] = (struct sock_filter){code, jt, jf, k};
}

void emit_load(struct emitter *e, uint32_t offset)
{
	emit(e, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

void emit_return(struct emitter *e, uint32_t verdict)
{
	emit(e, BPF_RET | BPF_K, verdict, 0, 0);
}

unsigned emit_label(struct emitter *e)
{
	size_t *labels = realloc(e->labels, (e->n_labels + 2) * sizeof(*labels));

	if (!labels) {
		e->failed = true;
		return 0;
	}
	e->labels = labels;
	labels[++e->n_labels] = 0;
	return e->n_labels;
}

void emit_jump(struct emitter *e, unsigned label)
{
	size_t at = e->n;

	emit(e, BPF_JMP | BPF_JA, 0, 0, 0);
	if (!e->failed)
		e->targets[at] = label;
}

void emit_place(struct emitter *e, unsigned label)
{
	if (!e->failed)
		e->labels[label] = e->n;
}

static void emit_if(struct emitter *e, uint16_t op, uint32_t k, uint8_t jt, uint8_t jf)
{
	emit(e, BPF_JMP | op | BPF_K, k, jt, jf);
}

/* One half of an argument, masked. Returns the number of instructions. */
static uint8_t emit_half(struct emitter *e, uint32_t offset, uint32_t mask)
{
	emit_load(e, offset);
	if (mask == UINT32_MAX)
		return 1;
	emit(e, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
	return 2;
}

/* A conditional jump reaches this far. */
#define REACH 255

/*
 * Jumps to `equal` when the accumulator is one of the values, falls through otherwise. Values in
 * reach of one another share one far jump.
 */
static void emit_any(struct emitter *e, const uint64_t *values, size_t n, unsigned equal)
{
	for (size_t i = 0; i < n; i++) {
		size_t place = i % (REACH + 1);
		size_t first = i - place, left = (n - first < REACH + 1 ? n - first : REACH + 1);
		bool last = place == left - 1;

		emit_if(e, BPF_JEQ, (uint32_t)values[i], (uint8_t)(left - 1 - place), last);
		if (last)
			emit_jump(e, equal);
	}
}

/* The same for one value whose upper half counts too. */
static void emit_wide(struct emitter *e, const struct arg_test *t, uint64_t value, unsigned equal)
{
	uint32_t high = (uint32_t)(t->mask >> 32), low = (uint32_t)t->mask;
	/* On difference, over the lower half: its load, its test, its jump. */
	uint8_t rest = low ? (low == UINT32_MAX ? 3 : 4) : 1;

	emit_half(e, ARG_HIGH(t->arg), high);
	emit_if(e, BPF_JEQ, (uint32_t)(value >> 32), 0, rest);
	if (low) {
		emit_half(e, ARG_LOW(t->arg), low);
		emit_if(e, BPF_JEQ, (uint32_t)value, 0, 1);
	}
	emit_jump(e, equal);
}

/* Jumps to `equal` when the masked argument is one of the test's values. */
static void emit_equal(struct emitter *e, const struct arg_test *t, unsigned equal)
{
	if (t->mask >> 32) {
		for (size_t i = 0; i < t->n_values; i++)
			emit_wide(e, t, t->values[i], equal);
	} else {
		emit_half(e, ARG_LOW(t->arg), (uint32_t)t->mask);
		emit_any(e, t->values, t->n_values, equal);
	}
}

/* Jumps to `least` when the masked argument is at least `value`, to `below` otherwise. */
static void emit_order(struct emitter *e, const struct arg_test *t, unsigned least, unsigned below)
{
	uint32_t high = (uint32_t)(t->mask >> 32);
	uint64_t value = t->values[0];

	if (high) {
		emit_half(e, ARG_HIGH(t->arg), high);
		emit_if(e, BPF_JGT, (uint32_t)(value >> 32), 0, 1);
		emit_jump(e, least);
		emit_if(e, BPF_JEQ, (uint32_t)(value >> 32), 1, 0);
		emit_jump(e, below);
	}
	emit_half(e, ARG_LOW(t->arg), (uint32_t)t->mask);
	emit_if(e, BPF_JGE, (uint32_t)value, 0, 1);
	emit_jump(e, least);
	emit_jump(e, below);
}

void emit_test(struct emitter *e, const struct arg_test *t, unsigned fail)
{
	unsigned pass = emit_label(e);

	switch (t->kind) {
	case TEST_IN:
		emit_equal(e, t, pass);
		emit_jump(e, fail);
		break;
	case TEST_NOT_IN:
		emit_equal(e, t, fail);
		break;
	case TEST_AT_LEAST:
		emit_order(e, t, pass, fail);
		break;
	case TEST_BELOW:
		emit_order(e, t, fail, pass);
		break;
	case TEST_ALWAYS:
		break;
	}
	emit_place(e, pass);
}

void emit_append(struct emitter *e, const struct sock_filter *insns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		emit(e, insns[i].code, insns[i].k, insns[i].jt, insns[i].jf);
}

int emit_finish(struct emitter *e)
{
	if (e->failed)
		return -ENOMEM;
	for (size_t i = 0; i < e->n; i++)
		if (e->targets[i])
			e->insns[i].k = (uint32_t)(e->labels[e->targets[i]] - i - 1);
	return 0;
}

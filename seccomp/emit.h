/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes classic BPF instructions with symbolic jumps: see emit.c.
 */
#ifndef SECCOMP_EMIT_H
#define SECCOMP_EMIT_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

#include "condition.h"

struct emitter {
	struct sock_filter *insns;
	unsigned *targets; /* per instruction: the label a jump goes to, 0: none */
	size_t n, room;
	size_t *labels; /* per label: the instruction it stands before */
	unsigned n_labels;
	bool failed; /* out of memory; checked once, by emit_finish() */
};

void emitter_done(struct emitter *e);

void emit(struct emitter *e, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf);
void emit_load(struct emitter *e, uint32_t offset); /* of struct seccomp_data */
void emit_return(struct emitter *e, uint32_t verdict);

unsigned emit_label(struct emitter *e); /* a new one, 0 when out of memory */
void emit_jump(struct emitter *e, unsigned label);
void emit_place(struct emitter *e, unsigned label); /* here */

/* Falls through when the test holds, jumps to `fail` when it does not. */
void emit_test(struct emitter *e, const struct arg_test *t, unsigned fail);

/* Appends finished code, whose jumps are relative to itself. */
void emit_append(struct emitter *e, const struct sock_filter *insns, size_t n);

/* Resolves the jumps. Returns 0 or -ENOMEM. */
int emit_finish(struct emitter *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A listing of an image for people. It reads the very words the kernel reads,
 * by the same matcher, and shows the states in the order in which bytes reach
 * them.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../lsm/match.h"
#include "image.h"
#include "intern.h"

struct listing {
	const struct image *img;
	FILE *out;
	struct intern states; /* indices of bases, in the order of discovery */
};

static void put_byte(FILE *out, unsigned byte)
{
	if (byte > ' ' && byte < 0x7f && byte != '\\')
		fputc((int)byte, out);
	else
		fprintf(out, "\\x%02x", byte);
}

/* Bytes of a class as ranges: "a-z _". */
static void put_class(const struct listing *l, unsigned class)
{
	const __u8 *class_of = l->img->head->class_of;
	const char *space = "";
	unsigned last;

	for (unsigned byte = 0; byte < 256; byte = last + 1) {
		last = byte;
		if (class_of[byte] != class)
			continue;
		while (last < 255 && class_of[last + 1] == class)
			last++;
		fputs(space, l->out);
		space = " ";
		put_byte(l->out, byte);
		if (last > byte) {
			fputc('-', l->out);
			put_byte(l->out, last);
		}
	}
}

static void put_ops(FILE *out, const char *label, unsigned mask)
{
	const char *comma = "";

	if (!mask)
		return;
	fprintf(out, " %s ", label);
	if (mask == RF_OPS_ALL) {
		fputs("all", out);
		return;
	}
	for (unsigned op = 0; op < _RF_OP_MAX; op++) {
		if (!(mask & RF_OP_BIT(op)))
			continue;
		fprintf(out, "%s%s", comma, op_name(op));
		comma = ",";
	}
}

static void put_head(const struct listing *l)
{
	const struct rf_image_head *h = l->img->head;
	char hash[2 * RF_HASH_SIZE + 1];

	image_hash_hex(l->img, RF_HASH_SIZE, hash);
	fprintf(l->out, "policy %s from %s\nhash %s\n", l->img->name, l->img->file, hash);
	fprintf(l->out, "mode %s, privileges 0x%x, filter of %zu instructions\n",
		h->mode == RF_MODE_AUDIT ? "audit" : "enforce", h->privileges, l->img->filter_len);
	if (h->flags & RF_IMAGE_FILES)
		fprintf(l->out, "files: otherwise %s\n", h->otherwise ? "allow" : "deny");
	else
		fputs("files: not governed\n", l->out);
	fprintf(l->out, "%zu bytes: %u words, %u rows at %u, %u classes, %u rules\n", l->img->size,
		h->words, h->rows, h->rows_at, h->classes - RF_CLASS_FIRST, h->rules);
}

static void put_row(const struct listing *l, unsigned number)
{
	const struct rf_row *rows =
	    (const struct rf_row *)(image_body(l->img) + l->img->head->rows_at);
	const struct rf_row *row = &rows[number];

	fprintf(l->out, "row %u:", number);
	put_ops(l->out, "allow", row->allow);
	put_ops(l->out, "deny", row->deny);
	put_ops(l->out, "audit", row->audit);
	for (unsigned op = 0; op < _RF_OP_MAX; op++)
		if (row->rule[op])
			fprintf(l->out, " %s:%u", op_name(op), row->rule[op]);
	fputc('\n', l->out);
}

static __u32 step(const struct listing *l, __u32 state, unsigned class)
{
	const struct rf_image_head *h = l->img->head;
	const __u8 *byte = memchr(h->class_of, (int)class, sizeof(h->class_of));

	if (!byte)
		return RF_STATE_DEAD;
	return rf_step(h, image_body(l->img), h->words, state, (__u8)(byte - h->class_of));
}

/* The default of a state is left out of its list where that is the dead state. */
static int put_state(struct listing *l, __u32 state)
{
	const struct rf_image_head *h = l->img->head;
	const __u32 *body = image_body(l->img), unit = rf_row_unit(body, h->words, state);
	__u32 number, to, otherwise = body[state];

	otherwise = RF_UNIT_LABEL(otherwise) == RF_LABEL_DEFAULT ? RF_UNIT_TARGET(otherwise) : 0;
	fprintf(l->out, "state %u%s:", state, state == h->start ? " (start)" : "");
	if (unit)
		fprintf(l->out, " row %u", RF_ROW_INDEX(unit));
	if (rf_is_uniform(h, body, h->words, state))
		fputs(" uniform", l->out);
	fputc('\n', l->out);
	for (unsigned class = RF_CLASS_FIRST; class < h->classes; class ++) {
		to = step(l, state, class);
		if (to && intern_add(&l->states, &to, sizeof(to), &number) < 0)
			return -1;
		if (to == otherwise)
			continue;
		fputs("  ", l->out);
		put_class(l, class);
		fprintf(l->out, " -> %u\n", to);
	}
	if (otherwise)
		fprintf(l->out, "  else -> %u\n", otherwise);
	return 0;
}

static void put_states(struct listing *l)
{
	__u32 state = l->img->head->start, number;
	int r = state ? intern_add(&l->states, &state, sizeof(state), &number) : 0;

	for (uint32_t i = 0; i < l->states.n && r >= 0; i++) {
		memcpy(&state, intern_key(&l->states, i), sizeof(state));
		r = put_state(l, state);
	}
	if (r < 0)
		fputs("(out of memory: the list of states is not complete)\n", l->out);
	fprintf(l->out, "%zu states\n", l->states.n);
}

void image_dump(const struct image *img, FILE *out)
{
	struct listing l = {.img = img, .out = out};

	put_head(&l);
	for (size_t i = 1; i < img->n_rules; i++)
		fprintf(out, "rule %zu: %s\n", i, img->rules[i].pattern);
	for (unsigned class = RF_CLASS_FIRST; class < img->head->classes; class ++) {
		fprintf(out, "class %u: ", class);
		put_class(&l, class);
		fputc('\n', out);
	}
	for (unsigned row = 0; row < img->head->rows; row++)
		put_row(&l, row);
	put_states(&l);
	intern_done(&l.states);
}

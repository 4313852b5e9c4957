/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arbitrary bytes as an image: first as an image file, then, with magic, sizes
 * and version put right so that the verifier is reached, as a kernel part. What
 * the verifier accepts must be walkable without leaving it, which the address
 * sanitizer watches: the memory ends where the image does.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lsm/match.h"
#include "../../policy/image.h"

static void walk(const struct rf_image_head *head, size_t size)
{
	const __u32 *body = (const __u32 *)(head + 1);
	uint64_t x = size * 0x9e3779b97f4a7c15u + head->start;
	__u32 state = head->start;

	for (unsigned i = 0; i < 4096; i++) {
		const struct rf_row *row;

		/* `cap` far beyond the truth: the image alone must keep the walk inside. */
		row = rf_row_of(head, body, RF_BODY_MAX, state);
		if (!row || rf_judge(head->otherwise, row, RF_OPS_ALL).rule > head->rules)
			abort();
		(void)rf_is_uniform(head, body, RF_BODY_MAX, state);
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		state = rf_step(head, body, RF_BODY_MAX, state, (__u8)(x >> 32));
		if (state == RF_STATE_DEAD)
			state = head->start;
	}
}

static void as_file(const uint8_t *data, size_t size)
{
	FILE *in = size ? fmemopen((void *)data, size, "r") : NULL;
	struct image *img = NULL;
	struct diag d;

	if (!in)
		return;
	diag_init(&d, "fuzz");
	if (!image_read(in, &d, &img))
		walk(img->head, img->size);
	else if (!d.errors)
		abort();
	diag_done(&d);
	image_free(img);
	fclose(in);
}

/* The fields without which nothing else is looked at. */
static void repair(struct rf_image_head *h, size_t size)
{
	h->magic = RF_IMAGE_MAGIC;
	h->version = RF_IMAGE_VERSION;
	h->words = (__u32)((size - RF_HEAD_SIZE) / sizeof(__u32));
	h->rows_at = h->rows_at % (h->words + 1) / RF_ROW_WORDS * RF_ROW_WORDS;
	h->rows = (h->words - h->rows_at) / RF_ROW_WORDS;
	memset(h->zero, 0, sizeof(h->zero));
	h->flags &= RF_IMAGE_FLAGS;
	h->mode &= 1;
	h->privileges = 0;
	h->otherwise = h->otherwise & 1 ? RF_OPS_ALL : 0;
	if (h->classes <= RF_CLASS_FIRST || h->classes > 256)
		h->classes = 3 + h->classes % 254;
	for (unsigned byte = 0; byte < 256; byte++)
		h->class_of[byte] =
		    (__u8)(RF_CLASS_FIRST + h->class_of[byte] % (h->classes - RF_CLASS_FIRST));
	memset(h + 1, 0, RF_RESERVED_UNITS * sizeof(__u32));
}

static void as_kernel_part(const uint8_t *data, size_t size, bool repaired)
{
	const size_t least = RF_HEAD_SIZE + RF_RESERVED_UNITS * sizeof(__u32);
	size_t rounded = size / 32 * 32;
	struct rf_image_head *head;
	const char *why = NULL;

	if (repaired && rounded < least)
		return;
	head = malloc(repaired ? rounded : size + 1);
	if (!head)
		abort();
	memcpy(head, data, repaired ? rounded : size);
	if (repaired)
		repair(head, rounded);
	if (!image_verify(head, repaired ? rounded : size, &why))
		walk(head, rounded);
	else if (!why)
		abort();
	free(head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	as_file(data, size);
	as_kernel_part(data, size, false);
	as_kernel_part(data, size, true);
	return 0;
}

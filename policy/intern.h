/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives equal keys equal numbers: 0, 1, 2, ... in the order in which they were
 * first seen. The one hash table of the compiler: trie edges, byte sets,
 * subsets and rows all are numbered by it. Keys are copied and aligned for
 * 32-bit words.
 */
#ifndef POLICY_INTERN_H
#define POLICY_INTERN_H

#include <stddef.h>
#include <stdint.h>

struct intern_entry {
	size_t at;
	uint32_t size;
	uint32_t hash;
};

/* Zeroed memory is an empty one. */
struct intern {
	uint8_t *bytes;
	size_t used, bytes_room;
	struct intern_entry *entries;
	size_t n, entries_room;
	uint32_t *table; /* number + 1, or 0 */
	size_t table_size;
};

void intern_done(struct intern *it);

/* Returns 1 when the key is new, 0 when it is known, -ENOMEM. */
int intern_add(struct intern *it, const void *key, size_t size, uint32_t *ret_number);

static inline const void *intern_key(const struct intern *it, uint32_t number)
{
	return it->bytes + it->entries[number].at;
}

static inline size_t intern_size(const struct intern *it, uint32_t number)
{
	return it->entries[number].size;
}

/* Makes room for `need` elements of `size` bytes in *array. Returns 0 or -ENOMEM. */
int array_grow(void *array, size_t *room, size_t need, size_t size);

#endif

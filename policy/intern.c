/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open addressing with linear probing, grown at three quarters. The hash need
 * not resist attack: who writes the policy pays for compiling it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "intern.h"

int array_grow(void *array, size_t *room, size_t need, size_t size)
{
	size_t want = *room ? *room : 64;
	void *old, *new;

	if (need <= *room)
		return 0;
	while (want < need)
		want *= 2;
	memcpy(&old, array, sizeof(old));
	new = reallocarray(old, want, size);
	if (!new)
		return -ENOMEM;
	memcpy(array, &new, sizeof(new));
	*room = want;
	return 0;
}

static uint32_t hash_of(const void *key, size_t size)
{
	const uint8_t *bytes = key;
	uint64_t hash = size * 0x9e3779b97f4a7c15u, word;

	for (; size; size -= size < 8 ? size : 8) {
		word = 0;
		memcpy(&word, bytes, size < 8 ? size : 8);
		bytes += 8;
		hash = (hash ^ word) * 0xff51afd7ed558ccdu;
		hash ^= hash >> 32;
	}
	return (uint32_t)(hash ^ hash >> 29);
}

static int grow_table(struct intern *it)
{
	size_t size = it->table_size ? it->table_size * 2 : 64, slot;
	uint32_t *table = calloc(size, sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (size_t i = 0; i < it->n; i++) {
		for (slot = it->entries[i].hash; table[slot & (size - 1)]; slot++)
			;
		table[slot & (size - 1)] = (uint32_t)i + 1;
	}
	free(it->table);
	it->table = table;
	it->table_size = size;
	return 0;
}

static int append(struct intern *it, const void *key, size_t size, uint32_t hash)
{
	size_t at = (it->used + 3) & ~(size_t)3;

	if (array_grow(&it->bytes, &it->bytes_room, at + size + 1, 1) ||
	    array_grow(&it->entries, &it->entries_room, it->n + 1, sizeof(*it->entries)))
		return -ENOMEM;
	if (size)
		memcpy(it->bytes + at, key, size);
	it->used = at + size;
	it->entries[it->n++] =
	    (struct intern_entry){.at = at, .size = (uint32_t)size, .hash = hash};
	return 1;
}

int intern_add(struct intern *it, const void *key, size_t size, uint32_t *ret_number)
{
	uint32_t hash = hash_of(key, size), number;
	const struct intern_entry *e;
	size_t slot;
	int r;

	if (it->n >= it->table_size / 4 * 3 && grow_table(it))
		return -ENOMEM;
	for (slot = hash & (it->table_size - 1); it->table[slot];
	     slot = (slot + 1) & (it->table_size - 1)) {
		number = it->table[slot] - 1;
		e = &it->entries[number];
		if (e->hash == hash && e->size == size && !memcmp(it->bytes + e->at, key, size)) {
			*ret_number = number;
			return 0;
		}
	}
	r = append(it, key, size, hash);
	if (r < 0)
		return r;
	it->table[slot] = (uint32_t)it->n;
	*ret_number = (uint32_t)it->n - 1;
	return 1;
}

void intern_done(struct intern *it)
{
	free(it->bytes);
	free(it->entries);
	free(it->table);
	*it = (struct intern){0};
}

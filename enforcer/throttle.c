/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table is memory that the programs and we change at the same time; every change is one atomic
 * instruction on both sides.
 */
#include "throttle.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "util.h"

#include "ringfence.skel.h"

#define NSEC_PER_SEC 1000000000u

static int parse_number(const char **text, char end, __u32 *ret)
{
	char *after;
	unsigned long n;

	if (**text < '0' || **text > '9')
		return -EINVAL;
	n = strtoul(*text, &after, 10); /* too large: ULONG_MAX */
	if (*after != end || !n || n > THROTTLE_MAX)
		return -EINVAL;
	*ret = (__u32)n;
	*text = after + 1;
	return 0;
}

int throttle_parse(const char *text, struct throttle *ret)
{
	struct throttle t;

	if (!strcmp(text, "off")) {
		*ret = THROTTLE_OFF;
		return 0;
	}
	if (parse_number(&text, ':', &t.burst) || parse_number(&text, '\0', &t.rate))
		return -EINVAL;
	*ret = t;
	return 0;
}

static struct rf_throttles table_of(const struct throttle *t)
{
	struct rf_throttles table = {0};

	if (!t->rate)
		return table;
	table.interval = (NSEC_PER_SEC + t->rate - 1) / t->rate;
	table.slack = (__u64)(t->burst - 1) * table.interval;
	return table;
}

int throttle_put(struct bpf *b, __u32 slot, const struct throttle *t)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	const struct rf_throttles table = table_of(t);
	_close_ int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "rf_throttle", sizeof(__u32),
					sizeof(table), 1, &opts);
	__u32 zero = 0;

	if (fd < 0)
		return -errno;
	if (bpf_map_update_elem(fd, &zero, &table, BPF_ANY) ||
	    bpf_map_update_elem(bpf_map__fd(b->skel->maps.rf_throttled), &slot, &fd, BPF_ANY))
		return -errno;
	return 0;
}

void throttle_remove(struct bpf *b, __u32 slot)
{
	(void)bpf_map_delete_elem(bpf_map__fd(b->skel->maps.rf_throttled), &slot);
}

int throttle_map(const char *dir, __u32 slot, struct rf_throttles **ret)
{
	_close_ int outer = -1, inner = -1;
	char path[256];
	void *table;
	__u32 id;

	if (snprintf(path, sizeof(path), "%s/%s", dir, BPF_THROTTLES_PIN) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	outer = bpf_obj_get(path);
	if (outer < 0 || bpf_map_lookup_elem(outer, &slot, &id))
		return -errno;
	inner = bpf_map_get_fd_by_id(id);
	if (inner < 0)
		return -errno;
	table = mmap(NULL, sizeof(**ret), PROT_READ | PROT_WRITE, MAP_SHARED, inner, 0);
	if (table == MAP_FAILED)
		return -errno;
	*ret = table;
	return 0;
}

void throttle_unmap(struct rf_throttles *table)
{
	if (table)
		munmap(table, sizeof(*table));
}

/* Joint throttles have no key of their own. */
static __u64 key_of(const struct rf_throttles *table, __u32 i)
{
	__u32 kind = i / 2 ? RF_KIND_SYSCALL : 0;

	if (i >= RF_THROTTLE_JOINTS)
		return __atomic_load_n(&table->at[i].key, __ATOMIC_RELAXED);
	return RF_THROTTLE_KEY(0, kind, i % 2, RF_REASON_POLICY, 0, RF_THROTTLE_CALLS);
}

/*
 * What was fetched and may not be told yet stands where the table outlives its reader: in the keys
 * of two joint throttles, which have no use for them. 0 of whatever key: nothing does.
 */
#define NOTED_KEY   0
#define NOTED_COUNT 1

_Static_assert(RF_THROTTLE_JOINTS > NOTED_COUNT, "keys that nobody uses");

static void note(struct rf_throttles *table, __u64 key, __u64 n)
{
	__atomic_store_n(&table->at[NOTED_KEY].key, key, __ATOMIC_SEQ_CST);
	__atomic_store_n(&table->at[NOTED_COUNT].key, n, __ATOMIC_SEQ_CST);
}

__u64 throttle_take(struct rf_throttles *table, __u32 i, __u64 now, __u64 *ret_key)
{
	struct rf_throttle *t = &table->at[i];
	__u64 n = __atomic_load_n(&t->repeated, __ATOMIC_RELAXED);

	if (!n || __atomic_load_n(&t->due, __ATOMIC_RELAXED) > now)
		return 0;
	*ret_key = key_of(table, i);
	/* Whoever is killed from here on leaves it told twice at worst. */
	note(table, *ret_key, n);
	n = __atomic_exchange_n(&t->repeated, 0, __ATOMIC_SEQ_CST);
	note(table, *ret_key, n);
	return n;
}

void throttle_told(struct rf_throttles *table)
{
	note(table, 0, 0);
}

__u64 throttle_left(const struct rf_throttles *table, __u64 *ret_key)
{
	*ret_key = __atomic_load_n(&table->at[NOTED_KEY].key, __ATOMIC_RELAXED);
	return __atomic_load_n(&table->at[NOTED_COUNT].key, __ATOMIC_RELAXED);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is changed of a domain while its tasks run. The programs count in the
 * same record, so it cannot be written as a whole: its memory is mapped, and
 * one word stored.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/mman.h>

#include "bpf.h"
#include "util.h"

#include "ringfence.skel.h"

static size_t size_of(const struct bpf *b)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = (b->options.domains + BPF_SLOT_FIRST) * sizeof(struct rf_domain);

	return (size + page - 1) / page * page;
}

/* The record in a slot; NULL: no such slot, or the map cannot be mapped (errno). */
static struct rf_domain *domain_at(struct bpf *b, __u32 slot)
{
	void *at;

	if (slot >= b->options.domains + BPF_SLOT_FIRST) {
		errno = EINVAL;
		return NULL;
	}
	if (!b->domains) {
		at = mmap(NULL, size_of(b), PROT_READ | PROT_WRITE, MAP_SHARED,
			  bpf_map__fd(b->skel->maps.rf_domains), 0);
		if (at == MAP_FAILED)
			return NULL;
		b->domains = at;
	}
	return &b->domains[slot];
}

int bpf_switch_audit(struct bpf *b, __u32 slot, bool audit)
{
	struct rf_domain *dom = domain_at(b, slot);

	if (!dom)
		return -errno;
	__atomic_store_n(&dom->audit, audit, __ATOMIC_SEQ_CST);
	return 0;
}

int bpf_switch_objects(struct bpf *b, __u32 slot, bool objects)
{
	struct rf_domain *dom = domain_at(b, slot);

	if (!dom)
		return -errno;
	__atomic_store_n(&dom->objects, objects, __ATOMIC_SEQ_CST);
	return 0;
}

void bpf_unmap_domains(struct bpf *b)
{
	if (b->domains)
		munmap(b->domains, size_of(b));
	b->domains = NULL;
}

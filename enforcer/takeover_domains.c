/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "takeover_domains.h"

#include <errno.h>
#include <string.h>

#include "bpf_reuse.h"
#include "cgroup.h"
#include "images.h"
#include "log.h"
#include "state_file.h"
#include "takeover_image.h"
#include "util.h"

struct takeover {
	const struct client_context *ctx;
	struct client *clients;
	json_t *state; /* NULL: nothing is known */
	unsigned known, forgotten;
};

/* --- policies ------------------------------------------------------------------------------- */

/* What alerts that wait in rings may name. */
static void restore_past(struct named_policy *at, const json_t *past)
{
	__u8 hash[RF_HASH_SIZE], spelling[IMAGE_SPELLING];
	const json_t *one;
	unsigned n = 0;
	size_t i;

	json_array_foreach(past, i, one)
	{
		at->past[n] = state_past(one, hash, spelling) ? images_load(hash, spelling) : NULL;
		n += at->past[n] != NULL;
	}
}

static int restore_policies(const struct takeover *t)
{
	struct named_policy *at;
	const json_t *o;
	size_t i;

	json_array_foreach(json_object_get(t->state, "policies"), i, o)
	{
		const char *name = json_string_value(json_object_get(o, "name"));

		if (policies_find(t->ctx->policies, name))
			continue;
		at = policies_restore(t->ctx->policies, name);
		if (!at)
			return -ENOMEM;
		at->audit = json_is_true(json_object_get(o, "audit"));
		restore_past(at, json_object_get(o, "past"));
	}
	return 0;
}

/* --- one domain ----------------------------------------------------------------------------- */

static struct registry_image *image_of(const struct takeover *t, const struct registry_slot *at)
{
	return &t->ctx->registry->images[at->dom.image];
}

/* Is that the policy of the image that the domain has, as far as others have told? */
static bool agrees(const struct takeover *t, const struct registry_slot *at, const char *policy)
{
	const struct registry_image *image = image_of(t, at);
	const struct named_policy *named = policy ? policies_find(t->ctx->policies, policy) : NULL;

	if (image->users)
		return image->policy ? policy && !strcmp(image->policy, policy) : !policy;
	return !named || !named->image; /* else that policy's image is another one */
}

/* Another domain has this image, and was restored without the text that it is from. */
static bool shares_forgotten_image(const struct takeover *t, const struct registry_slot *at)
{
	const struct registry *r = t->ctx->registry;

	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++)
		if (r->slots[i].used && r->slots[i].dom.image == at->dom.image &&
		    r->slots[i].forgotten)
			return true;
	return false;
}

/*
 * Whose image it is: a policy's, or, where it has no name, the client's alone. Others that have it
 * may have told the name already. `known`: what the file says of it, or NULL.
 */
static int restore_image(const struct takeover *t, struct registry_slot *at, struct client *c,
			 const struct state_domain *known)
{
	static const __u8 unknown[IMAGE_SPELLING];
	const char *policy = known ? known->policy : NULL;
	struct named_policy *named = NULL;
	struct image *img;
	bool whole;
	int r;

	policy = image_of(t, at)->users ? image_of(t, at)->policy : policy;
	if (policy) {
		named = policies_restore(t->ctx->policies, policy);
		if (!named)
			return -ENOMEM;
		at->policy = named->name;
		at->image = named->image;
	}
	if (at->image) {
		at->forgotten |= shares_forgotten_image(t, at);
		return 0;
	}
	r = takeover_image(t->ctx->registry->bpf, at->dom.image, known ? known->spelling : unknown,
			   &img, &whole);
	if (r < 0)
		return r;
	if (named)
		named->image = img;
	else
		c->image = img;
	at->image = img;
	at->forgotten |= !whole;
	return 0;
}

/* The image whose filter is in force, which is that of the start. NULL: it is not at hand. */
static const struct image *start_of(const struct takeover *t, const struct registry_slot *at)
{
	if (at->forgotten)
		return NULL;
	return at->policy
		   ? policies_find_filter(policies_find(t->ctx->policies, at->policy), at->filter)
		   : at->image;
}

static void collect(const struct takeover *t, __u32 slot, const struct registry_slot *at,
		    struct client *c)
{
	const struct image *start = start_of(t, at), *later = at->forgotten ? NULL : at->image;
	struct bpf *b = t->ctx->registry->bpf;
	_close_ int events = bpf_inner(b, "rf_rings", slot);
	const struct collected_domain domain = {.events = events,
						.domains = bpf_domains_fd(b),
						.slot = slot,
						.cgroup = at->dom.cgroup,
						.pin_dir = t->ctx->pin_dir,
						.name = at->name,
						.image = start ? start : later,
						.start_unknown = !start,
						.tally = registry_tally(t->ctx->registry, slot)};

	if (events < 0)
		log_errno(events, "Failed to find the ring of container '%s'; its alerts are lost",
			  shown(at->name).text);
	else /* tells by itself; then they are counted, as lost ones */
		(void)collector_add(t->ctx->collector, &domain, &c->alerts);
}

/* What the file says of it. */
static int describe(const struct takeover *t, struct registry_slot *at, struct client *c,
		    const struct state_domain *known)
{
	at->collected = known->collected;
	at->attached = known->attached;
	at->detached = known->detached;
	at->filter_audits = known->filter_audits;
	memcpy(at->filter, known->filter, sizeof(at->filter));
	at->name = strdup(known->name);
	return at->name ? restore_image(t, at, c, known) : -ENOMEM;
}

/* A cgroup that cannot be looked at counts as one that somebody is in: the domain stays. */
static int open_cgroup(__u32 slot, __u64 id)
{
	int fd = cgroup_open(id);

	if (fd == -ESTALE || fd == -ENOENT)
		return CLIENT_CGROUP_GONE;
	if (fd < 0)
		log_errno(fd, "Failed to open the cgroup of the domain in slot %u; it will not end",
			  slot);
	return fd < 0 ? -1 : fd;
}

/* `known`: what the file says of it; NULL: nothing that agrees. */
static int restore_one(struct takeover *t, __u32 slot, struct registry_slot *at,
		       const struct state_domain *known)
{
	struct client taken = CLIENT_NONE;
	int r;

	at->used = true;
	at->forgotten = !known;
	r = known ? describe(t, at, &taken, known) : restore_image(t, at, &taken, NULL);
	if (r < 0) {
		free(at->name);
		image_free(taken.image);
		return log_errno(r, "Failed to take over the domain in slot %u", slot);
	}
	registry_restore(t->ctx->registry, slot, at);
	taken.slot = slot;
	taken.cgroup = open_cgroup(slot, at->dom.cgroup);
	if (at->collected)
		collect(t, slot, at, &taken);
	t->clients[slot - BPF_SLOT_FIRST] = taken;
	if (at->forgotten)
		log_warning("Not all is known of the domain in slot %u, cgroup %llu: it stays "
			    "enforced",
			    slot, (unsigned long long)at->dom.cgroup);
	t->known += !at->forgotten;
	t->forgotten += at->forgotten;
	return 0;
}

/* --- all of them ---------------------------------------------------------------------------- */

/* One that is known, or free: then its generation counts. The others come when those are there. */
static int restore_known(struct takeover *t, __u32 slot)
{
	struct registry *r = t->ctx->registry;
	struct registry_slot at = {0};
	struct state_domain known;
	int e = bpf_read_domain(bpf_domains_fd(r->bpf), slot, &at.dom);

	if (e < 0)
		return log_errno(e, "Failed to read the domain in slot %u", slot);
	if (at.dom.state == RF_DOMAIN_FREE) {
		registry_restore(r, slot, &at);
		return 0;
	}
	if (at.dom.image < BPF_SLOT_FIRST || at.dom.image >= r->n + BPF_SLOT_FIRST)
		return log_errno(-EBADMSG, "The domain in slot %u makes no sense", slot);
	if (!state_find(t->state, slot, &at.dom, &known) || !agrees(t, &at, known.policy))
		return 0;
	return restore_one(t, slot, &at, &known);
}

static int restore_other(struct takeover *t, __u32 slot)
{
	struct registry *r = t->ctx->registry;
	struct registry_slot at = {0};

	if (registry_at(r, slot) || bpf_read_domain(bpf_domains_fd(r->bpf), slot, &at.dom) < 0 ||
	    at.dom.state == RF_DOMAIN_FREE)
		return 0;
	return restore_one(t, slot, &at, NULL);
}

static int restore_all(struct takeover *t)
{
	const struct registry *r = t->ctx->registry;
	int e = 0;

	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST && !e; i++)
		e = restore_known(t, i);
	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST && !e; i++)
		e = restore_other(t, i);
	return e;
}

/* Of all files of images those stay that somebody has, or has had. */
static int forget_other_images(const struct takeover *t)
{
	const struct registry *r = t->ctx->registry;
	const struct policies *p = t->ctx->policies;
	const struct image **images = calloc(r->n + p->n * (POLICIES_PAST + 1), sizeof(*images));
	size_t n = 0;

	if (!images)
		return log_errno(-ENOMEM, "Failed to take over images");
	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++)
		if (registry_at(r, i))
			images[n++] = registry_at(r, i)->image;
	for (size_t i = 0; i < p->n; i++) {
		if (p->items[i]->image)
			images[n++] = p->items[i]->image;
		for (unsigned k = 0; k < POLICIES_PAST && p->items[i]->past[k]; k++)
			images[n++] = p->items[i]->past[k];
	}
	images_forget_others(images, n);
	free(images);
	return 0;
}

int takeover_domains(const struct client_context *ctx, struct client *clients, size_t n)
{
	struct takeover t = {.ctx = ctx, .clients = clients};
	int r;

	if (n < ctx->registry->n)
		return log_errno(-EINVAL, "Failed to take over domains");
	t.state = state_read();
	r = restore_policies(&t);
	if (!r)
		r = restore_all(&t);
	json_decref(t.state);
	if (!r)
		r = forget_other_images(&t);
	if (r < 0)
		return r;
	registry_restored(ctx->registry);
	state_save(ctx->registry, ctx->policies);
	log_info("Took over %u domains, and %u of which not all is known", t.known, t.forgotten);
	return 0;
}

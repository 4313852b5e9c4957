/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A slot's generation grows each time it is given out, so that a record that
 * outlived its domain names nobody: its task is refused everything.
 */
#include "registry.h"

#include <errno.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "util.h"

int registry_init(struct registry *r, struct bpf *b, __u32 n)
{
	*r = (struct registry){.bpf = b, .n = n};
	r->slots = calloc(n + BPF_SLOT_FIRST, sizeof(*r->slots));
	r->images = calloc(n + BPF_SLOT_FIRST, sizeof(*r->images));
	if (r->slots && r->images)
		return 0;
	registry_done(r);
	return -ENOMEM;
}

void registry_done(struct registry *r)
{
	for (__u32 i = BPF_SLOT_FIRST; r->slots && i < r->n + BPF_SLOT_FIRST; i++)
		if (r->slots[i].used) {
			objects_done(&r->slots[i].objects);
			free(r->slots[i].name);
		}
	for (__u32 i = BPF_SLOT_FIRST; r->images && i < r->n + BPF_SLOT_FIRST; i++)
		if (r->images[i].users)
			objects_done(&r->images[i].objects);
	tally_done(&r->tally);
	free(r->slots);
	free(r->images);
	*r = (struct registry){0};
}

static __u32 find_slot(const struct registry *r)
{
	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++)
		if (!r->slots[i].used)
			return i;
	return 0;
}

static bool is_image_of(const struct registry_image *at, const struct registration *who)
{
	if (at->policy != who->policy)
		return false;
	return at->policy || !memcmp(at->hash, who->image->head->hash, RF_HASH_SIZE);
}

/* The slot that has the image, or a free one: there are as many as domains. */
static __u32 find_image(const struct registry *r, const struct registration *who)
{
	__u32 spare = 0;

	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++) {
		if (!r->images[i].users)
			spare = spare ? spare : i;
		else if (is_image_of(&r->images[i], who))
			return i;
	}
	return spare;
}

static int explain_image(int e, const struct registry *r, const struct image *img)
{
	if (e == -E2BIG)
		return log_errno(e, "The policy needs %zu bytes, the programs were loaded for %zu",
				 img->size, r->bpf->options.image_size);
	return log_errno(e, "Failed to load the policy image");
}

static int use_image(struct registry *r, const struct registration *who, __u32 *ret_slot)
{
	__u32 slot = find_image(r, who);
	struct registry_image *at = &r->images[slot];
	int e;

	if (!at->users) {
		e = bpf_put_image(r->bpf, slot, who->image);
		if (e < 0)
			return explain_image(e, r, who->image);
		memcpy(at->hash, who->image->head->hash, RF_HASH_SIZE);
		at->policy = who->policy;
		at->objects = (struct objects){0};
	}
	at->users++;
	*ret_slot = slot;
	return 0;
}

/* Tags are by the hash's beginning, and more than one slot may have an image of that. */
void registry_untag(struct registry *r, const __u8 hash[RF_HASH_SIZE])
{
	__u64 image;

	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++)
		if (r->images[i].users && !memcmp(r->images[i].hash, hash, sizeof(image)))
			return;
	memcpy(&image, hash, sizeof(image));
	bpf_untag(r->bpf, image);
}

static void drop_image(struct registry *r, __u32 slot)
{
	struct registry_image *image = &r->images[slot];

	if (--image->users)
		return;
	objects_done(&image->objects);
	registry_untag(r, image->hash);
	bpf_remove_image(r->bpf, slot);
}

/* Ring, domain and the task's record, which is what confines: last. */
static int enter(struct registry *r, __u32 slot, const struct registration *who, int *ret_events)
{
	const struct rf_domain *dom = &r->slots[slot].dom;
	const struct rf_task rec = {
	    .domain = slot, .generation = dom->generation, .state = RF_TASK_STARTING};
	int events = bpf_put_ring(r->bpf, slot, who->ring_size), e;

	if (events < 0)
		return log_errno(events, "Failed to make a ring buffer of %zu bytes",
				 who->ring_size);
	e = throttle_put(r->bpf, slot, &who->throttle);
	if (!e)
		e = bpf_put_domain(r->bpf, slot, dom);
	if (!e && who->pidfd >= 0)
		e = bpf_put_task(r->bpf, who->pidfd, &rec);
	if (e < 0) {
		close(events);
		bpf_remove_domain(r->bpf, slot, dom);
		throttle_remove(r->bpf, slot);
		return log_errno(e, "Failed to register the command");
	}
	*ret_events = events;
	return 0;
}

void registry_filter_hash(const struct image *img, __u8 ret[RF_HASH_SIZE])
{
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	if (img->filter_len)
		SHA256Update(&ctx, (const __u8 *)img->filter,
			     img->filter_len * sizeof(*img->filter));
	SHA256Final(ret, &ctx);
}

/* What people are told of it, and its filter, which it keeps whatever becomes of the policy. */
static int describe(struct registry_slot *at, const struct registration *who)
{
	const struct image *img = who->image;

	at->name = strdup(who->name ? who->name : img->name);
	at->image = img;
	at->policy = who->policy;
	at->attached = who->pidfd < 0;
	at->detached = at->collected = at->forgotten = false;
	at->filter_audits = who->audit || who->filter_audits || img->head->mode == RF_MODE_AUDIT;
	registry_filter_hash(img, at->filter);
	return at->name ? 0 : -ENOMEM;
}

static int tag_and_enter(struct registry *r, __u32 slot, __u32 image,
			 const struct registration *who, int *ret_events)
{
	struct registry_slot *at = &r->slots[slot];
	int e = objects_tag(&at->objects, r->bpf);

	if (e < 0)
		return e;
	at->dom =
	    (struct rf_domain){.cgroup = who->cgroup,
			       .generation = at->dom.generation + 1,
			       .state = who->pidfd < 0 ? RF_DOMAIN_RUNNING : RF_DOMAIN_STARTING,
			       .image = image,
			       .audit = who->audit || who->switched,
			       .objects = at->objects.n_held || r->images[image].objects.n_held};
	return enter(r, slot, who, ret_events);
}

/* Who was set free there is out of it, and another domain may have the cgroup. */
static __u32 find_cgroup(const struct registry *r, __u64 cgroup)
{
	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++)
		if (r->slots[i].used && !r->slots[i].detached && r->slots[i].dom.cgroup == cgroup)
			return i;
	return 0;
}

static int check_room(const struct registry *r, __u32 slot, const struct registration *who)
{
	if (!slot) {
		log_errno(-EBUSY, "All %u domains are in use", r->n);
		log_hint("each lasts until its last process has ended: 'ringfence list' shows "
			 "them");
		return -EBUSY;
	}
	if (who->cgroup && find_cgroup(r, who->cgroup)) {
		log_errno(-EEXIST, "The cgroup is confined already");
		log_hint("'ringfence list' shows by which policy; for another one, 'ringfence "
			 "detach' comes first");
		return -EEXIST;
	}
	return 0;
}

int registry_add(struct registry *r, const struct registration *who, struct registered *ret)
{
	__u32 slot = find_slot(r), image = 0;
	struct registry_slot *at = &r->slots[slot];
	int e;

	e = check_room(r, slot, who);
	if (e < 0)
		return e;
	e = describe(at, who);
	if (e < 0)
		return log_errno(e, "Failed to register the command");
	e = objects_collect(who->image, &at->objects);
	if (!e)
		e = use_image(r, who, &image);
	if (!e) {
		e = tag_and_enter(r, slot, image, who, &ret->events);
		if (e < 0)
			drop_image(r, image);
	}
	if (e < 0) {
		objects_done(&at->objects);
		free(take_ptr(at->name));
		return e;
	}
	at->used = true;
	ret->slot = slot;
	ret->objects = &at->objects;
	return 0;
}

/* The text of a policy by name may call itself something else after a reload. */
struct tally_policy *registry_tally(struct registry *r, __u32 slot)
{
	struct registry_slot *at = &r->slots[slot];

	if (!at->tally)
		at->tally = tally_find(&r->tally, at->policy ? at->policy : at->image->name);
	return at->tally;
}

void registry_remove(struct registry *r, __u32 slot)
{
	struct registry_slot *at = &r->slots[slot];
	struct rf_domain last, dom = at->dom;

	if (!bpf_read_domain(bpf_domains_fd(r->bpf), slot, &last))
		tally_end(registry_tally(r, slot), last.count);
	at->tally = NULL;
	if (at->detached)
		dom.cgroup = 0; /* registry_detach() has let go of it */
	bpf_remove_domain(r->bpf, slot, &dom);
	throttle_remove(r->bpf, slot);
	drop_image(r, dom.image);
	objects_done(&at->objects);
	free(take_ptr(at->name));
	at->used = false;
}

const struct registry_slot *registry_at(const struct registry *r, __u32 slot)
{
	bool is_slot = slot >= BPF_SLOT_FIRST && slot < r->n + BPF_SLOT_FIRST;

	return is_slot && r->slots[slot].used ? &r->slots[slot] : NULL;
}

bool registry_audits(const struct registry_slot *at)
{
	return at->dom.audit || at->image->head->mode == RF_MODE_AUDIT;
}

unsigned registry_users(const struct registry *r, const char *policy)
{
	for (__u32 i = BPF_SLOT_FIRST; policy && i < r->n + BPF_SLOT_FIRST; i++)
		if (r->images[i].users && r->images[i].policy == policy)
			return r->images[i].users;
	return 0;
}

const struct objects *registry_objects_since(const struct registry *r, __u32 slot)
{
	const struct registry_image *image = &r->images[r->slots[slot].dom.image];

	return image->objects.file ? &image->objects : NULL;
}

int registry_switch_audit(struct registry *r, __u32 slot, bool audit)
{
	int e = bpf_switch_audit(r->bpf, slot, audit);

	if (!e)
		r->slots[slot].dom.audit = audit;
	return e;
}

int registry_attach(struct registry *r, __u32 slot, struct bpf_attached *ret)
{
	const struct rf_domain *dom = &r->slots[slot].dom;
	int e = bpf_attach(r->bpf, slot, dom->generation, dom->cgroup, ret);

	return e < 0 ? log_errno(e, "Failed to confine all tasks of the cgroup") : 0;
}

int registry_detach(struct registry *r, __u32 slot, struct bpf_attached *ret)
{
	int e = bpf_detach(r->bpf, slot, &r->slots[slot].dom, ret);

	if (e < 0)
		return log_errno(e, "Failed to free all tasks of the domain");
	r->slots[slot].detached = true;
	return 0;
}

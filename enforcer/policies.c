/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of policies by name. What a reload does with it is in policies_reload.c. */
#include "policies.h"

#include <errno.h>
#include <string.h>

#include "cmd.h"
#include "escape.h"
#include "images.h"
#include "log.h"
#include "policy_name.h"
#include "util.h"

struct named_policy *policies_find(const struct policies *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->items[i]->name, name))
			return p->items[i];
	return NULL;
}

static struct named_policy *add(struct policies *p, const char *name)
{
	struct named_policy **items = realloc(p->items, (p->n + 1) * sizeof(*items));
	struct named_policy *fresh = calloc(1, sizeof(*fresh));

	if (items)
		p->items = items;
	if (fresh)
		fresh->name = strdup(name);
	if (!items || !fresh || !fresh->name) {
		free(fresh ? fresh->name : NULL);
		free(fresh);
		return NULL;
	}
	return p->items[p->n++] = fresh;
}

static int check_name(const char *name)
{
	_free_ char *shown = NULL;

	if (policy_name_is_valid(name))
		return 0;
	shown = escape_bytes(name, strlen(name));
	return log_error("'%s' is no name of a policy", shown ? shown : "?"), -EINVAL;
}

int policies_compile(const char *name, bool quiet, struct image **ret)
{
	_free_ char *path = policy_name_path(name);
	_cleanup_(diag_done) struct diag d = {0};
	struct compiled c;
	int r;

	if (!path)
		return log_errno(-ENOMEM, "Failed to compile policy '%s'", name);
	diag_init(&d, path);
	r = compiled_build(path, false, &d, &c);
	if (quiet)
		diag_drop_warnings(&d);
	diag_print(&d, log_destination());
	if (r == -ENOENT)
		log_hint("a policy by name is a file " POLICY_DIR "/NAME.yaml");
	if (r < 0)
		return r == -ENOMEM ? log_errno(r, "Failed to compile policy '%s'", name) : r;
	policy_free(take_ptr(c.policy));
	*ret = c.image;
	return 0;
}

static bool has_filter(const struct image *img, const __u8 filter[RF_HASH_SIZE])
{
	__u8 hash[RF_HASH_SIZE];

	registry_filter_hash(img, hash);
	return !memcmp(hash, filter, RF_HASH_SIZE);
}

const struct image *policies_find_filter(const struct named_policy *at,
					 const __u8 filter[RF_HASH_SIZE])
{
	if (at->image && has_filter(at->image, filter))
		return at->image;
	for (unsigned i = 0; i < POLICIES_PAST && at->past[i]; i++)
		if (has_filter(at->past[i], filter))
			return at->past[i];
	return NULL;
}

static bool is_in_file_of(const struct image *img, const struct image *other)
{
	return img && images_share_file(img, other);
}

void policies_drop_image(const struct policies *p, const struct image *img)
{
	const struct registry *r = p->registry;

	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++)
		if (registry_at(r, i) && is_in_file_of(registry_at(r, i)->image, img))
			return;
	for (size_t i = 0; i < p->n; i++) {
		if (is_in_file_of(p->items[i]->image, img))
			return;
		for (unsigned k = 0; k < POLICIES_PAST; k++)
			if (is_in_file_of(p->items[i]->past[k], img))
				return;
	}
	images_forget(img);
}

/* Of one that has just been taken out of the table; NULL will do. */
static void let_go(const struct policies *p, struct image *img)
{
	if (img)
		policies_drop_image(p, img);
	image_free(img);
}

static void forget(const struct policies *p, struct named_policy *at)
{
	for (unsigned i = 0; i < POLICIES_PAST; i++)
		let_go(p, take_ptr(at->past[i]));
	let_go(p, take_ptr(at->image));
}

void policies_replace_image(const struct policies *p, struct named_policy *at, struct image *img)
{
	struct image *oldest = at->past[POLICIES_PAST - 1];

	memmove(at->past + 1, at->past, (POLICIES_PAST - 1) * sizeof(*at->past));
	at->past[0] = at->image;
	at->image = img;
	let_go(p, oldest);
}

int policies_get(struct policies *p, const char *name, struct named_policy **ret)
{
	struct named_policy *at;
	struct image *img;
	int r = check_name(name);

	if (r < 0)
		return r;
	at = policies_find(p, name);
	if (!at || !registry_users(p->registry, at->name)) {
		r = policies_compile(name, true, &img);
		if (r < 0)
			return r;
		if (!at)
			at = add(p, name);
		if (!at) {
			image_free(img);
			return log_errno(-ENOMEM, "Failed to load policy '%s'", name);
		}
		forget(p, at);
		at->image = img;
		r = images_store(img);
		if (r < 0) {
			/* It decides all the same; its alerts cannot name their lines after a
			 * reload. */
			log_errno(r, "Failed to store the image of policy '%s', ignoring", name);
		}
	}
	*ret = at;
	return 0;
}

struct named_policy *policies_restore(struct policies *p, const char *name)
{
	struct named_policy *at = policies_find(p, name);

	return at || !policy_name_is_valid(name) ? at : add(p, name);
}

void policies_done(struct policies *p)
{
	for (size_t i = 0; i < p->n; i++) {
		for (unsigned k = 0; k < POLICIES_PAST; k++)
			image_free(p->items[i]->past[k]);
		image_free(p->items[i]->image);
		free(p->items[i]->name);
		free(p->items[i]);
	}
	free(p->items);
	*p = (struct policies){0};
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reload: every file is compiled before anything is changed, and one that is
 * wrong leaves all policies as they are. The order: compile, hand the images
 * out to the readers of alerts (images.h), swap (registry_replace.c), let the
 * old ones go.
 */
#include <errno.h>
#include <sha2.h>
#include <string.h>

#include "images.h"
#include "log.h"
#include "policies.h"
#include "policy_name.h"
#include "reload_text.h"
#include "util.h"

struct reload_item {
	const char *name;
	struct named_policy *at; /* NULL: nobody has asked for it yet */
	struct image *image;	 /* compiled anew; NULL: it is wrong */
	bool changes;
};

struct reload {
	struct policies *policies;
	struct reload_item *items;
	size_t n;
};

static void add_item(struct reload *re, const char *name)
{
	for (size_t i = 0; i < re->n; i++)
		if (!strcmp(re->items[i].name, name))
			return;
	re->items[re->n++] = (struct reload_item){.name = name};
}

/* All of them, before any is looked at. */
static int check_names(const json_t *names)
{
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
	{
		if (!json_is_string(name))
			return log_errno(-EPROTO, "The request makes no sense");
		if (policy_name_is_valid(json_string_value(name)))
			continue;
		log_error("'%s' is no name of a policy", shown(json_string_value(name)).text);
		log_hint(
		    "a name has letters, digits, '.', '_' and '-', and means a file " POLICY_DIR
		    "/NAME.yaml; nothing is reloaded");
		return -EINVAL;
	}
	return 0;
}

/* Which ones. Tells what goes wrong. */
static int choose(struct reload *re, const json_t *names)
{
	const struct policies *p = re->policies;
	int r = check_names(names);
	const json_t *name;
	size_t i;

	if (r < 0)
		return r;
	re->items = calloc(p->n + json_array_size(names) + 1, sizeof(*re->items));
	if (!re->items)
		return log_errno(-ENOMEM, "Failed to reload");
	json_array_foreach(names, i, name) add_item(re, json_string_value(name));
	for (i = 0; i < p->n && !json_array_size(names); i++)
		if (registry_users(p->registry, p->items[i]->name))
			add_item(re, p->items[i]->name);
	return 0;
}

static int compile_one(const struct reload *re, struct reload_item *it)
{
	const struct registry *registry = re->policies->registry;
	int r = policies_compile(it->name, false, &it->image);

	it->at = policies_find(re->policies, it->name);
	if (r < 0)
		return r;
	if (it->image->size > registry->bpf->options.image_size) {
		log_error("Policy '%s' needs %zu bytes, the programs were loaded for %zu", it->name,
			  it->image->size, registry->bpf->options.image_size);
		image_free(take_ptr(it->image));
		return -E2BIG;
	}
	it->changes = it->at && registry_users(registry, it->at->name) &&
		      memcmp(it->at->image->head->hash, it->image->head->hash, RF_HASH_SIZE) != 0;
	return 0;
}

/* All of them, so that all errors come in one go. */
static int compile(struct reload *re)
{
	int r = 0;

	for (size_t i = 0; i < re->n; i++) {
		int e = compile_one(re, &re->items[i]);

		r = r ? r : e;
	}
	return r;
}

static int swap(struct reload *re)
{
	struct registry_change *changes = calloc(re->n + 1, sizeof(*changes));
	size_t n = 0;
	int r = 0;

	if (!changes)
		return log_errno(-ENOMEM, "Failed to reload");
	for (size_t i = 0; i < re->n && !r; i++) {
		if (!re->items[i].changes)
			continue;
		r = images_store(re->items[i].image);
		if (r < 0)
			log_errno(r, "Failed to store the image of policy '%s'", re->items[i].name);
		changes[n++] = (struct registry_change){.policy = re->items[i].at->name,
							.image = re->items[i].image};
	}
	if (!r)
		r = registry_replace(re->policies->registry, changes, n);
	free(changes);
	return r;
}

static void set_hash(json_t *to, const char *key, const struct image *img)
{
	char hash[2 * RF_HASH_SIZE + 1];

	if (img)
		image_hash_hex(img, RF_HASH_SIZE, hash);
	json_object_set_new(to, key, img ? json_string(hash) : json_null());
}

/* SHA-256 of the file's text, for what has no hash as a policy; null: it cannot be read. */
static json_t *file_hash(const char *name)
{
	_cleanup_(diag_done) struct diag d = {0};
	_free_ char *path = policy_name_path(name), *text = NULL;
	char hash[SHA256_DIGEST_STRING_LENGTH];
	size_t size;

	if (!path)
		return json_null();
	diag_init(&d, path);
	if (policy_read_text(path, &d, &text, &size) < 0)
		return json_null();
	return json_string(SHA256Data((const __u8 *)text, size, hash));
}

/* Before the images change hands. */
static json_t *tell(const struct reload *re, bool applied)
{
	json_t *list = json_array();

	for (size_t i = 0; i < re->n; i++) {
		const struct reload_item *it = &re->items[i];
		unsigned users = it->at ? registry_users(re->policies->registry, it->at->name) : 0;
		json_t *one = json_pack("{s:s, s:b, s:b, s:b, s:i}", "policy", it->name, "valid",
					it->image != NULL, "changed", it->changes, "applied",
					it->changes && applied, "domains", (int)users);

		set_hash(one, "old_hash", users ? it->at->image : NULL);
		set_hash(one, "hash", it->image);
		if (!it->image)
			json_object_set_new(one, "file_hash", file_hash(it->name));
		json_array_append_new(list, one);
	}
	return list;
}

/* Whoever asked, the daemon's own log has it too. */
static void record(const json_t *list)
{
	const json_t *item;
	size_t i;

	if (!json_array_size(list))
		log_event("Reload: no policy is in use");
	json_array_foreach(list, i, item) log_event("Reload: %s", reload_text(item).text);
}

static void done(struct reload *re, bool applied)
{
	for (size_t i = 0; i < re->n; i++) {
		struct reload_item *it = &re->items[i];

		if (it->changes && applied)
			policies_replace_image(re->policies, it->at, it->image);
		else
			image_free(it->image);
	}
	free(re->items);
}

int policies_reload(struct policies *p, const json_t *names, json_t **ret_list)
{
	struct reload re = {.policies = p};
	int chosen = choose(&re, names), r = chosen;

	*ret_list = NULL;
	if (!r)
		r = compile(&re);
	if (!r)
		r = swap(&re);
	p->reloads++;
	p->reload_failures += r < 0;
	if (!chosen) {
		*ret_list = tell(&re, !r);
		record(*ret_list);
	}
	done(&re, !r);
	return r;
}

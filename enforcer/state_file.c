/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing it. */
#include "state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "images.h"
#include "log.h"
#include "state_path.h"
#include "util.h"

static void to_hex(const __u8 *bytes, unsigned n, char *ret)
{
	for (unsigned i = 0; i < n; i++)
		snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}

static json_t *domain_json(const struct registry_slot *at, __u32 slot)
{
	char filter[2 * RF_HASH_SIZE + 1], spelling[2 * IMAGE_SPELLING + 1];

	to_hex(at->filter, RF_HASH_SIZE, filter);
	to_hex(at->image->spelling, IMAGE_SPELLING, spelling);
	return json_pack("{s:I, s:I, s:I, s:s, s:s*, s:b, s:b, s:b, s:b, s:s, s:s}", "slot",
			 (json_int_t)slot, "generation", (json_int_t)at->dom.generation,
			 "cgroup_id", (json_int_t)at->dom.cgroup, "name", at->name, "policy",
			 at->policy, "collected", at->collected, "attached", at->attached,
			 "detached", at->detached, "filter_audits", at->filter_audits, "filter",
			 filter, "spelling", spelling);
}

/* Where its own image cannot be stored, its domain is taken over without the names of its rules. */
static void store_image(const struct registry_slot *at)
{
	int e = at->forgotten ? 0 : images_store(at->image);

	if (e < 0)
		log_errno(e, "Failed to store the image of container '%s', ignoring",
			  shown(at->name).text);
}

static json_t *domains_json_of(const struct registry *r)
{
	json_t *list = json_array();

	for (__u32 i = BPF_SLOT_FIRST; i < r->n + BPF_SLOT_FIRST; i++) {
		const struct registry_slot *at = registry_at(r, i);

		if (!at || !at->name)
			continue;
		store_image(at);
		if (json_array_append_new(list, domain_json(at, i))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *past_json(const struct named_policy *at)
{
	char hash[2 * RF_HASH_SIZE + 1], spelling[2 * IMAGE_SPELLING + 1];
	json_t *list = json_array();

	for (unsigned i = 0; i < POLICIES_PAST && at->past[i]; i++) {
		to_hex(at->past[i]->head->hash, RF_HASH_SIZE, hash);
		to_hex(at->past[i]->spelling, IMAGE_SPELLING, spelling);
		json_array_append_new(list, json_sprintf("%s-%s", hash, spelling));
	}
	return list;
}

static json_t *policies_json(const struct registry *r, const struct policies *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->n; i++) {
		const struct named_policy *at = p->items[i];

		if (!at->audit && !registry_users(r, at->name))
			continue;
		if (json_array_append_new(list,
					  json_pack("{s:s, s:b, s:o}", "name", at->name, "audit",
						    at->audit, "past", past_json(at)))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* A line, to a file in memory: there is no disk to wait for. Closes `fd`. */
static int write_line(int fd, const json_t *json)
{
	FILE *f = fdopen(fd, "a");
	int r;

	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	errno = 0;
	r = json_dumpf(json, f, JSON_COMPACT) || putc('\n', f) == EOF ? -1 : 0;
	if (fclose(f) || r)
		r = errno ? -errno : -EIO;
	return r;
}

static int write_whole(const json_t *json)
{
	int fd =
	    open(STATE_PATH ".new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : write_line(fd, json);

	if (!r && rename(STATE_PATH ".new", STATE_PATH))
		r = -errno;
	if (r < 0)
		unlink(STATE_PATH ".new");
	return r;
}

static int append(const json_t *json)
{
	int fd = open(STATE_PATH, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : write_line(fd, json);
}

/* Lines since the file was written anew, and how many there may be: as many as then had one. */
#define APPENDED_LEAST 64u
static unsigned appended, appended_max;

void state_save(const struct registry *r, const struct policies *p)
{
	json_t *domains = domains_json_of(r);
	size_t n = json_array_size(domains);
	json_t *json = json_pack("{s:i, s:o, s:o}", "version", STATE_VERSION, "domains", domains,
				 "policies", policies_json(r, p));
	int e = json ? write_whole(json) : -ENOMEM;

	json_decref(json);
	appended = 0;
	appended_max = e < 0 ? 0 : (unsigned)n + APPENDED_LEAST;
	if (e < 0)
		log_errno(e, "Failed to write '" STATE_PATH
			     "', ignoring: a new daemon would not know all it takes over");
}

/* What cannot be appended may be half there: then all is written anew. */
void state_add(const struct registry *r, const struct policies *p, __u32 slot)
{
	const struct registry_slot *at = registry_at(r, slot);
	json_t *json = appended < appended_max ? domain_json(at, slot) : NULL;

	if (json)
		store_image(at);
	if (!json || append(json) < 0)
		state_save(r, p);
	else
		appended++;
	json_decref(json);
}

void state_forget(void)
{
	unlink(STATE_PATH);
}

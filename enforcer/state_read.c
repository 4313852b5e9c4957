/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading it: all of it is as it must be, or none of it counts. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"
#include "policy_name.h"
#include "state_file.h"
#include "state_path.h"
#include "util.h"

#define STATE_MAX (64u << 20) /* bytes: a domain has some hundred */

static int digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static bool from_hex(const char *text, size_t n, __u8 *ret)
{
	if (strlen(text) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (__u8)(high << 4 | low);
	}
	return true;
}

bool state_past(const json_t *past, __u8 ret_hash[RF_HASH_SIZE], __u8 ret_spelling[IMAGE_SPELLING])
{
	const char *text = json_string_value(past);
	const size_t n = text ? strcspn(text, "-") : 0;
	_free_ char *hash = text ? strndup(text, n) : NULL;

	memset(ret_spelling, 0, IMAGE_SPELLING);
	return hash && from_hex(hash, RF_HASH_SIZE, ret_hash) &&
	       (!text[n] || from_hex(text + n + 1, IMAGE_SPELLING, ret_spelling));
}

struct entry {
	json_int_t slot, generation, cgroup;
	struct state_domain domain;
};

static bool read_domain(json_t *o, struct entry *ret)
{
	struct state_domain *d = &ret->domain;
	int collected, attached, detached, filter_audits;
	const char *filter, *spelling = NULL;

	*ret = (struct entry){0};
	if (json_unpack(o, "{s:I, s:I, s:I, s:s, s?s, s:b, s:b, s:b, s:b, s:s, s?s !}", "slot",
			&ret->slot, "generation", &ret->generation, "cgroup_id", &ret->cgroup,
			"name", &d->name, "policy", &d->policy, "collected", &collected, "attached",
			&attached, "detached", &detached, "filter_audits", &filter_audits, "filter",
			&filter, "spelling", &spelling) ||
	    (d->policy && !policy_name_is_valid(d->policy)))
		return false;
	d->collected = collected;
	d->attached = attached;
	d->detached = detached;
	d->filter_audits = filter_audits;
	return from_hex(filter, RF_HASH_SIZE, d->filter) &&
	       (!spelling || from_hex(spelling, IMAGE_SPELLING, d->spelling));
}

static bool is_policy(json_t *o)
{
	__u8 hash[RF_HASH_SIZE], spelling[IMAGE_SPELLING];
	json_t *past, *one;
	const char *name;
	int audit;
	size_t i;

	if (json_unpack(o, "{s:s, s:b, s:o !}", "name", &name, "audit", &audit, "past", &past) ||
	    !policy_name_is_valid(name) || !json_is_array(past) ||
	    json_array_size(past) > POLICIES_PAST)
		return false;
	json_array_foreach(past, i, one) if (!state_past(one, hash, spelling)) return false;
	return true;
}

static bool is_whole(json_t *state)
{
	json_t *domains, *policies, *o;
	struct entry entry;
	int version;
	size_t i;

	if (json_unpack(state, "{s:i, s:o, s:o !}", "version", &version, "domains", &domains,
			"policies", &policies) ||
	    version != STATE_VERSION || !json_is_array(domains) || !json_is_array(policies))
		return false;
	json_array_foreach(domains, i, o) if (!read_domain(o, &entry)) return false;
	json_array_foreach(policies, i, o) if (!is_policy(o)) return false;
	return true;
}

/* 0, or why it is not to be believed. */
static int check_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > STATE_MAX)
		return -EINVAL;
	return st.st_uid || (st.st_mode & (S_IWGRP | S_IWOTH)) ? -EPERM : 0;
}

/* The next line that has an end. NULL: there is none, or it is no JSON. */
static json_t *read_line(FILE *f, bool *ret_end)
{
	_free_ char *line = NULL;
	size_t size = 0;
	ssize_t n = getline(&line, &size, f);

	*ret_end = n <= 0 || line[n - 1] != '\n';
	return *ret_end ? NULL : json_loadb(line, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
}

/* Adds the domains of the other lines to those of the first. */
static bool read_others(FILE *f, json_t *state)
{
	json_t *domains = json_object_get(state, "domains"), *o;
	struct entry entry;
	bool end;

	for (;;) {
		o = read_line(f, &end);
		if (end)
			return true;
		if (!o || !read_domain(o, &entry)) {
			json_decref(o);
			return false;
		}
		if (json_array_append_new(domains, o))
			return false;
	}
}

json_t *state_read_from(FILE *f)
{
	bool end;
	json_t *state = read_line(f, &end);

	if (state && is_whole(state) && read_others(f, state))
		return state;
	json_decref(state);
	return NULL;
}

json_t *state_read(void)
{
	int fd = open(STATE_PATH, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	int r = fd < 0 ? -errno : check_file(fd);
	_fclose_ FILE *f = r < 0 ? NULL : fdopen(fd, "r");
	json_t *state;

	if (!f) {
		log_errno(r < 0 ? r : -ENOMEM, "Failed to read '" STATE_PATH "'");
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	state = state_read_from(f);
	if (!state)
		log_error("'" STATE_PATH "' is damaged, and none of it is believed");
	return state;
}

bool state_find(const json_t *state, __u32 slot, const struct rf_domain *dom,
		struct state_domain *ret)
{
	struct entry entry;
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(state, "domains"), i, o)
	{
		if (json_integer_value(json_object_get(o, "slot")) != (json_int_t)slot ||
		    !read_domain(o, &entry) || entry.generation != (json_int_t)dom->generation ||
		    entry.cgroup != (json_int_t)dom->cgroup)
			continue;
		*ret = entry.domain;
		return true;
	}
	return false;
}

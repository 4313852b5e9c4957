/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ringfence does not know of a configuration stays as it was; so do
 * integers that the JSON library does not take (json_large.h).
 */
#include "runtime_bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "../seccomp/oci.h"
#include "escape.h"
#include "json_large.h"
#include "log.h"
#include "policy_name.h"
#include "runtime_settings.h"
#include "util.h"

#define CONFIG_MAX   (16 << 20) /* bytes */
#define HOOK_SECONDS 70		/* longer than the daemon is waited for */

static int make_marker(struct runtime_bundle *b)
{
	uint64_t r[2];

	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		return -errno;
	snprintf(b->marker, sizeof(b->marker), "%016llx%016llx:", (unsigned long long)r[0],
		 (unsigned long long)r[1]);
	return 0;
}

char *runtime_bundle_text(const struct runtime_bundle *b)
{
	char *text = json_dumps(b->config, JSON_INDENT(1) | JSON_ENSURE_ASCII);

	if (text)
		json_large_show(text, b->marker);
	return text;
}

/* ---- reading --------------------------------------------------------- */

static char *read_text(int fd, size_t size)
{
	char *text = malloc(size + 1);
	size_t at = 0;

	while (text && at < size) {
		ssize_t n = read(fd, text + at, size - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	if (text)
		text[at] = '\0';
	return text;
}

static int parse(struct runtime_bundle *b, const char *text, size_t size, const char *shown)
{
	_free_ char *hidden = json_large_hide(text, b->marker);
	json_error_t error;

	if (!hidden)
		return log_errno(-ENOMEM, "Failed to read '%s'", shown);
	if (strlen(text) != size) {
		log_error("'%s' has a NUL byte in it", shown);
		return -EINVAL;
	}
	b->config = json_loads(hidden, JSON_REJECT_DUPLICATES, &error);
	if (!b->config) {
		_free_ char *why = escape_bytes(error.text, strlen(error.text));

		fprintf(stderr, "%s:%d:%d: error: %s\n", shown, error.line, error.column,
			why ? why : "not JSON");
		return -EINVAL;
	}
	if (json_is_object(b->config))
		return 0;
	fprintf(stderr, "%s:1:1: error: not a JSON object\n", shown);
	return -EINVAL;
}

static int read_config(struct runtime_bundle *b, const char *path)
{
	_free_ char *escaped = escape_bytes(path, strlen(path)), *text = NULL;
	_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	const char *shown = escaped ? escaped : "?";
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return log_errno(-errno, "Failed to read '%s'", shown);
	if (!S_ISREG(st.st_mode) || st.st_size > CONFIG_MAX) {
		log_error("'%s' is not a regular file of at most %d MiB", shown, CONFIG_MAX >> 20);
		return -EINVAL;
	}
	text = read_text(fd, (size_t)st.st_size);
	return text ? parse(b, text, (size_t)st.st_size, shown)
		    : log_errno(-ENOMEM, "Failed to read '%s'", shown);
}

int runtime_bundle_read(const char *dir, const char *config, struct runtime_bundle *ret)
{
	_cleanup_(runtime_bundle_done) struct runtime_bundle b = {0};
	_free_ char *path = NULL;
	int r = make_marker(&b);

	if (r < 0)
		return log_errno(r, "Failed to begin");
	b.path = realpath(dir, NULL);
	if (!b.path)
		return log_errno(-errno, "Failed to find the bundle '%s'", dir);
	/* crun takes a relative name from where it is called, but the default from the bundle. */
	if (config && strcmp(config, "config.json"))
		path = strdup(config);
	else if (asprintf(&path, "%s/config.json", b.path) < 0)
		path = NULL;
	if (!path)
		return log_errno(-ENOMEM, "Failed to begin");
	r = read_config(&b, path);
	if (r < 0)
		return r;
	*ret = b;
	b = (struct runtime_bundle){0};
	return 0;
}

void runtime_bundle_done(struct runtime_bundle *b)
{
	free(b->path);
	json_decref(b->config);
	*b = (struct runtime_bundle){0};
}

int runtime_bundle_policy(const struct runtime_bundle *b, const char **ret_name)
{
	const json_t *annotations = json_object_get(b->config, "annotations");
	const json_t *value = json_object_get(annotations, RUNTIME_ANNOTATION);
	const char *name = json_string_value(value);

	*ret_name = NULL;
	if (!value)
		return 0;
	if (name && policy_name_is_valid(name)) {
		*ret_name = name;
		return 0;
	}
	log_error("Annotation " RUNTIME_ANNOTATION ": '%s' cannot be the name of a policy",
		  name ? shown(name).text : "");
	log_hint("a policy NAME is the file /etc/ringfence/policies/NAME.yaml");
	return -EINVAL;
}

/* ---- what is changed ------------------------------------------------- */

/* The member `key`, an object, made if it is not there. NULL: out of memory, or it is none. */
static json_t *object_in(json_t *o, const char *key)
{
	json_t *inner = json_object_get(o, key);

	if (!inner || json_is_null(inner)) {
		if (json_object_set_new(o, key, json_object()))
			return NULL;
		inner = json_object_get(o, key);
	}
	return json_is_object(inner) ? inner : NULL;
}

static int add_flag(json_t *flags, const char *flag)
{
	for (size_t i = 0; i < json_array_size(flags); i++) {
		const char *word = json_string_value(json_array_get(flags, i));

		if (word && !strcmp(word, flag))
			return 0;
	}
	return json_array_append_new(flags, json_string(flag)) ? -ENOMEM : 0;
}

/* Where there is no list, runtimes have a default, which goes into the list that is made here. */
static int log_refusals(json_t *merged)
{
	json_t *theirs = json_object_get(merged, "flags");
	json_t *flags = json_is_array(theirs) ? json_copy(theirs) : json_array();
	int r = flags ? 0 : -ENOMEM;

	if (!r && (!theirs || json_is_null(theirs)))
		r = add_flag(flags, "SECCOMP_FILTER_FLAG_SPEC_ALLOW");
	if (!r)
		r = add_flag(flags, "SECCOMP_FILTER_FLAG_LOG");
	if (!r && json_object_set(merged, "flags", flags))
		r = -ENOMEM;
	json_decref(flags);
	return r;
}

/* Flags and the like of theirs stay; ours is one more. */
static int keep_rest(const json_t *theirs, bool log, json_t *merged)
{
	bool errno_ret = json_object_get(merged, "defaultErrnoRet");

	if (theirs && json_object_update_missing(merged, (json_t *)(uintptr_t)theirs))
		return -ENOMEM;
	json_object_del(merged, "archMap");
	if (!errno_ret) /* the runtimes refuse it beside another action */
		json_object_del(merged, "defaultErrnoRet");
	return log ? log_refusals(merged) : 0;
}

int runtime_bundle_merge(struct runtime_bundle *b, const struct policy *policy, bool log)
{
	_cleanup_(diag_done) struct diag ours = {0}, other = {0};
	json_t *os = object_in(b->config, "linux"), *merged = NULL;
	const json_t *theirs = json_object_get(os, "seccomp");
	int r;

	if (!os) {
		log_error("The bundle's config.json: 'linux' is no object");
		return -EINVAL;
	}
	if (json_is_null(theirs))
		theirs = NULL;
	diag_init(&ours, policy->file);
	diag_init(&other, "linux.seccomp of the bundle's config.json");
	r = oci_merge(policy, theirs, &ours, &other, &merged);
	diag_print(&ours, stderr);
	diag_print(&other, stderr);
	if (!r)
		r = keep_rest(theirs, log, merged);
	if (!r && json_object_set(os, "seccomp", merged))
		r = -ENOMEM;
	json_decref(merged);
	return r == -ENOMEM ? log_errno(r, "Failed to merge the filters") : r;
}

int runtime_bundle_add_hook(struct runtime_bundle *b, const char *path, const char *dir)
{
	json_t *hooks = object_in(b->config, "hooks"), *list, *hook;

	if (!hooks) {
		log_error("The bundle's config.json: 'hooks' is no object");
		return -EINVAL;
	}
	list = json_object_get(hooks, "createRuntime");
	if (list && !json_is_array(list) && !json_is_null(list)) {
		log_error("The bundle's config.json: 'createRuntime' of 'hooks' is no list");
		return -EINVAL;
	}
	if (!json_is_array(list)) {
		if (json_object_set_new(hooks, "createRuntime", json_array()))
			return -ENOMEM;
		list = json_object_get(hooks, "createRuntime");
	}
	hook = json_pack("{s:s, s:[s, s, s], s:i}", "path", path, "args", "ringfence-runtime",
			 "hook", dir, "timeout", HOOK_SECONDS);
	return json_array_append_new(list, hook) ? -ENOMEM : 0;
}

/* ---- paths ----------------------------------------------------------- */

/* The string `key`, a path, as seen from `base`. */
static int make_absolute(json_t *o, const char *key, const char *base)
{
	const char *path = json_string_value(json_object_get(o, key));

	if (!path || path[0] == '/')
		return 0;
	return json_object_set_new(o, key, json_sprintf("%s/%s", base, path)) ? -ENOMEM : 0;
}

/* Does the mount take its source for a path? */
static bool is_bind(const json_t *mount)
{
	const json_t *options = json_object_get(mount, "options");
	const char *type = json_string_value(json_object_get(mount, "type"));
	bool bind = type && !strcmp(type, "bind");

	for (size_t i = 0; i < json_array_size(options); i++) {
		const char *word = json_string_value(json_array_get(options, i));

		bind = bind || (word && (!strcmp(word, "bind") || !strcmp(word, "rbind")));
	}
	return bind;
}

int runtime_bundle_make_absolute(struct runtime_bundle *b)
{
	json_t *mounts = json_object_get(b->config, "mounts");
	json_t *root = json_object_get(b->config, "root");
	int r = root ? make_absolute(root, "path", b->path) : 0;

	for (size_t i = 0; i < json_array_size(mounts) && !r; i++) {
		json_t *mount = json_array_get(mounts, i);

		if (is_bind(mount))
			r = make_absolute(mount, "source", b->path);
	}
	return r;
}

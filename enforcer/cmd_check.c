/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ringfence check: compile each file as `run` would, say everything that is
 * wrong with it, and keep nothing.
 */
#include "cmd.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../lsm/match.h"
#include "escape.h"
#include "log.h"
#include "util.h"

struct check_options {
	bool json;
	bool quiet;
};

/* What one file came to. */
struct check {
	const char *file;
	int result; /* of compiled_build() */
	struct diag diag;
	struct compiled compiled;
};

/*
 * The number of states a walk can be in, the dead one included: the image has no list of them,
 * they are found by going everywhere. 0 when out of memory.
 */
static size_t count_states(const struct image *img)
{
	const struct rf_image_head *head = img->head;
	_free_ unsigned char *seen = calloc(head->words, 1);
	_free_ __u32 *todo = calloc(head->words, sizeof(*todo));
	size_t n = 1, left = 0;

	if (!seen || !todo)
		return 0;
	seen[RF_STATE_DEAD] = 1;
	if (!seen[head->start]) {
		seen[head->start] = 1;
		todo[left++] = head->start;
		n++;
	}
	while (left) {
		__u32 from = todo[--left];

		for (unsigned byte = 0; byte < 256; byte++) {
			__u32 to = rf_step(head, image_body(img), head->words, from, (__u8)byte);

			if (seen[to])
				continue;
			seen[to] = 1;
			todo[left++] = to;
			n++;
		}
	}
	return n;
}

static void print_summary(const struct check *c)
{
	const struct image *img = c->compiled.image;
	_free_ char *file = escape_bytes(c->file, strlen(c->file));
	char hash[8 + 1];

	image_hash_hex(img, 4, hash);
	printf("%s: ok: %zu rule%s, %zu states, image %.1f KiB, filter %zu instructions, hash %s\n",
	       file ? file : "?", c->compiled.policy->files.n_rules,
	       c->compiled.policy->files.n_rules == 1 ? "" : "s", count_states(img),
	       (double)img->size / 1024, img->filter_len, hash);
}

static json_t *diagnostics_json(struct diag *d)
{
	static const char *const levels[] = {
	    [DIAG_ERROR] = "error", [DIAG_WARNING] = "warning", [DIAG_NOTE] = "note"};
	json_t *list = json_array();

	diag_sort(d);
	for (size_t i = 0; i < d->n; i++) {
		const struct diag_entry *e = &d->entries[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:i, s:i, s:s, s:s*}", "level",
						levels[e->level], "line", e->mark.line, "col",
						e->mark.col, "text", e->text, "hint", e->hint));
	}
	return list;
}

static json_t *check_json(struct check *c)
{
	_free_ char *file = escape_bytes(c->file, strlen(c->file));
	json_t *o = json_pack("{s:s, s:b}", "file", file ? file : "?", "valid", c->result == 0);
	const struct image *img = c->compiled.image;
	char hash[2 * RF_HASH_SIZE + 1];

	if (img) {
		image_hash_hex(img, RF_HASH_SIZE, hash);
		json_object_set_new(o, "name", json_string(img->name));
		json_object_set_new(
		    o, "mode", json_string(img->head->mode == RF_MODE_AUDIT ? "audit" : "enforce"));
		json_object_set_new(o, "rules",
				    json_integer((json_int_t)c->compiled.policy->files.n_rules));
		json_object_set_new(o, "states", json_integer((json_int_t)count_states(img)));
		json_object_set_new(o, "image_bytes", json_integer((json_int_t)img->size));
		json_object_set_new(o, "filter_instructions",
				    json_integer((json_int_t)img->filter_len));
		json_object_set_new(o, "hash", json_string(hash));
	}
	json_object_set_new(o, "diagnostics", diagnostics_json(&c->diag));
	if (c->diag.hidden)
		json_object_set_new(o, "diagnostics_hidden", json_integer(c->diag.hidden));
	return o;
}

/* Checks `file`; its JSON goes to `list`, if there is one. Returns the exit code. */
static int check_file(const char *file, const struct check_options *opt, json_t *list)
{
	struct check c = {.file = file};

	diag_init(&c.diag, file);
	c.result = compiled_build(file, false, &c.diag, &c.compiled);
	if (opt->quiet)
		diag_drop_warnings(&c.diag);
	if (list)
		json_array_append_new(list, check_json(&c));
	else
		diag_print(&c.diag, stderr);
	if (c.result == -ENOMEM)
		log_errno(c.result, "failed to compile the policy");
	if (c.result == 0 && !list && !opt->quiet)
		print_summary(&c);
	compiled_done(&c.compiled);
	diag_done(&c.diag);
	return compiled_exit(c.result);
}

static int check_all(char **files, const struct check_options *opt)
{
	json_t *list = opt->json ? json_array() : NULL;
	int code = EXIT_OK;

	for (; *files; files++) {
		int one = check_file(*files, opt, list);

		/* "Could not look" outranks "looked and it is bad". */
		code = one > code ? one : code;
	}
	if (opt->json && command_print_json(json_pack("{s:b, s:o}", "valid", code == EXIT_OK,
						      "files", list)) != EXIT_OK)
		return EXIT_CANNOT;
	return code;
}

int cmd_check(int argc, char **argv)
{
	static const struct option options[] = {
	    {"json", no_argument, NULL, 'j'}, {"quiet", no_argument, NULL, 'q'}, {0}};
	struct check_options opt = {0};
	int c;

	while ((c = getopt_long(argc, argv, "q", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			opt.json = true;
			break;
		case 'q':
			opt.quiet = true;
			break;
		default:
			return command_misused(argv[0], NULL);
		}
	}
	if (optind == argc)
		return command_misused(argv[0], "no policy file given");
	return check_all(argv + optind, &opt);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the name of a policy to everything that is made from it: the one road
 * that check, explain, compile and run share, so that what one accepts the
 * others do.
 */
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../seccomp/filter.h"
#include "escape.h"
#include "links.h"
#include "log.h"
#include "policy_name.h"
#include "util.h"

void compiled_done(struct compiled *c)
{
	image_free(c->image);
	policy_free(c->policy);
	*c = (struct compiled){0};
}

/* The system call part and the file part are both looked at, so that all errors come in one go. */
static int build_image(const struct policy *p, struct diag *d, struct image **ret_image)
{
	_free_ struct sock_filter *filter = NULL;
	struct image *image = NULL;
	size_t filter_len = 0;
	int r, r_image;

	r = syscalls_check(p, d);
	r_image = image_build(p, d, &image);
	if (r == 0)
		r = filter_build(p, p->mode == RF_MODE_AUDIT, d, &filter, &filter_len);
	if (r == 0)
		r = r_image;
	if (r == 0) {
		image_set_filter(image, take_ptr(filter), filter_len);
		r = image_seal(image);
		if (r < 0)
			diag_error(d, (struct mark){0},
				   "the compiler made an image that does not "
				   "verify; this is a defect of ringfence");
	}
	if (r < 0) {
		image_free(image);
		return r;
	}
	*ret_image = image;
	return 0;
}

/* A file that cannot be read at all is another failure than one that is wrong. */
static int check_readable(const char *path, struct diag *d)
{
	if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0)
		return 0;
	/* A dangling link is there; the reader has the better words for links. */
	if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 && errno == ENOENT)
		return 0;
	diag_error(d, (struct mark){0}, "cannot be read: %s", strerror(errno));
	return -errno;
}

int compiled_build(const char *path, bool audit, struct diag *d, struct compiled *ret)
{
	_cleanup_(compiled_done) struct compiled c = {0};
	struct policy *rest = NULL;
	_free_ char *text = NULL;
	size_t size = 0;
	int r = check_readable(path, d);

	if (r == 0)
		r = policy_read_file(path, d, &c.policy, &rest, &text, &size);
	if (rest)
		(void)syscalls_check(rest, d); /* r is an error already; this adds the others */
	policy_free(rest);
	if (r < 0)
		return r;
	if (audit)
		c.policy->mode = RF_MODE_AUDIT;
	r = build_image(c.policy, d, &c.image);
	if (r == 0)
		image_set_text(c.image, take_ptr(text), size);
	if (r == 0)
		r = policy_lint(c.policy, d);
	if (r == 0)
		r = syscalls_lint(c.policy, d);
	if (r == 0)
		links_lint(c.policy, d);
	if (r == 0 && d->out_of_memory)
		r = -ENOMEM;
	/* An error that was told but not returned must not pass for a policy. */
	if (r == 0 && d->errors)
		r = -EINVAL;
	if (r < 0)
		return r;
	*ret = c;
	c = (struct compiled){0};
	return 0;
}

void diag_drop_warnings(struct diag *d)
{
	size_t kept = 0;
	bool drop = false;

	for (size_t i = 0; i < d->n; i++) {
		struct diag_entry *e = &d->entries[i];

		/* Notes follow their parent and go where it goes. */
		if (e->level != DIAG_NOTE)
			drop = e->level == DIAG_WARNING;
		if (drop) {
			free(e->text);
			free(e->hint);
		} else {
			d->entries[kept++] = *e;
		}
	}
	d->n = kept;
	d->warnings = 0;
}

/* The file that `name_or_file` means; malloc'ed. -EINVAL: no name (told). */
static int resolve(const char *name_or_file, char **ret_path)
{
	_free_ char *shown = NULL;

	if (policy_is_named(name_or_file) && !policy_name_is_valid(name_or_file)) {
		shown = escape_bytes(name_or_file, strlen(name_or_file));
		log_error("'%s' is no name of a policy", shown ? shown : "?");
		log_hint("a name has letters, digits, '.', '_' and '-'; a file's has a '/' or ends "
			 "in '.yaml'");
		return -EINVAL;
	}
	*ret_path =
	    policy_is_named(name_or_file) ? policy_name_path(name_or_file) : strdup(name_or_file);
	return *ret_path ? 0 : log_errno(-ENOMEM, "failed to load the policy");
}

/* Nothing is there. */
static void hint_at_names(const char *name_or_file)
{
	if (!policy_is_named(name_or_file))
		return;
	if (access(name_or_file, F_OK) == 0)
		log_hint("the file here is './%s'", name_or_file);
	else
		log_hint("a policy by name is a file " POLICY_DIR "/NAME.yaml");
}

int compiled_load(const char *name_or_file, bool audit, bool quiet, struct compiled *ret)
{
	_cleanup_(diag_done) struct diag d = {0};
	_free_ char *path = NULL;
	int r = resolve(name_or_file, &path);

	if (r < 0)
		return r;
	diag_init(&d, path);
	r = compiled_build(path, audit, &d, ret);
	if (quiet)
		diag_drop_warnings(&d);
	diag_print(&d, stderr);
	if (r == -ENOENT)
		hint_at_names(name_or_file);
	if (r == -ENOMEM)
		log_errno(r, "failed to compile the policy");
	return r;
}

enum exit_code compiled_exit(int r)
{
	return r == 0 ? EXIT_OK : r == -EINVAL ? EXIT_NO : EXIT_CANNOT;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking up protected objects and having them tagged. */
#include "objects.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "escape.h"
#include "log.h"
#include "util.h"

int objects_collect(const struct image *img, struct objects *ret)
{
	struct objects o = {.file = strdup(img->file)};
	int r = object_paths_collect(img, &o.paths);

	memcpy(&o.image, img->head->hash, sizeof(o.image));
	r = o.file ? r : -ENOMEM;
	if (!r) {
		o.items = calloc(o.paths.n + 1, sizeof(*o.items));
		r = o.items ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < o.paths.n && !r; i++)
		o.items[i] = (struct object){.path = &o.paths.items[i], .fd = -1};
	if (r) {
		objects_done(&o);
		return log_errno(r, "Failed to find what the policy protects");
	}
	*ret = o;
	return 0;
}

void objects_done(struct objects *o)
{
	for (size_t i = 0; i < o->paths.n && o->items; i++) {
		free(o->items[i].target);
		close_fd(&o->items[i].fd);
	}
	free(o->items);
	free(o->file);
	object_paths_done(&o->paths);
	*o = (struct objects){0};
}

/* Not O_NOFOLLOW: with it even RESOLVE_NO_SYMLINKS opens a link that the path ends in. */
static int open_path(const char *path, __u64 resolve)
{
	const struct open_how how = {.flags = O_PATH | O_CLOEXEC,
				     .resolve = RESOLVE_NO_MAGICLINKS | resolve};

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

static bool is_own(const char *path)
{
	return !strcmp(path, "/proc/self") || !strncmp(path, "/proc/self/", 11) ||
	       !strcmp(path, "/proc/thread-self") || !strncmp(path, "/proc/thread-self/", 18);
}

/* Where an O_PATH descriptor leads; NULL if that is not to be had. */
static char *path_of(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path));
	return n > 0 && n < (ssize_t)sizeof(path) ? strndup(path, (size_t)n) : NULL;
}

/* What the path leads to if it has links in it: the object of a rule that denies. */
static int resolve_links(struct object *o)
{
	int fd;

	o->hold = OBJECT_LINK;
	if (!(o->path->ops & ~OBJECT_NAME_OPS)) /* it is about the link */
		return 0;
	fd = open_path(o->path->path, 0);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -errno;
	o->target = path_of(fd);
	if ((o->path->denied & ~OBJECT_NAME_OPS) && o->target && !is_own(o->target)) {
		o->hold = OBJECT_HELD;
		o->fd = fd;
		return 0;
	}
	close(fd);
	return 0;
}

/* Opens what is to be tagged: then hold is OBJECT_HELD. */
static int look_up(struct object *o)
{
	int fd;

	if (is_own(o->path->path)) {
		o->hold = OBJECT_OWN;
		return 0;
	}
	fd = open_path(o->path->path, RESOLVE_NO_SYMLINKS);
	if (fd < 0 && errno == ELOOP)
		return resolve_links(o);
	if (fd < 0) {
		o->hold = OBJECT_ABSENT;
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	}
	o->hold = OBJECT_HELD;
	o->fd = fd;
	return 0;
}

static int refuse(const struct objects *all, const struct object *o, enum rf_tagged result)
{
	static const char *const why[] = {
	    [RF_TAGGED_FULL] = "as many other rules name it as one object can have",
	    [RF_TAGGED_UNKNOWN] = "the kernel does not tell which object it is",
	    [RF_TAGGED_NO_ROOM] = "there is no memory for it, or no room among the objects "
				  "(a daemon holds 65,536)",
	};
	_free_ char *path = escape_bytes(o->path->path, strlen(o->path->path));
	int errors[] = {0, -ENOSPC, -ENXIO, -ENOMEM};

	log_error("%s:%u: '%s' cannot be held by object: %s", all->file, o->path->mark.line,
		  path ? path : "?", why[result]);
	return errors[result];
}

/* Tags the objects of one batch, which are open, and closes those that last by themselves. */
static int tag_batch(struct objects *all, struct bpf *b, struct object **batch, size_t n)
{
	struct bpf_target targets[BPF_TARGETS_MAX];
	int r;

	for (size_t i = 0; i < n; i++)
		targets[i] =
		    (struct bpf_target){.fd = batch[i]->fd,
					.tag = {.image = all->image,
						.state = batch[i]->path->state,
						.rule = (__u16)batch[i]->path->rule,
						.flags = batch[i]->target ? RF_TAG_DENY_ONLY : 0}};
	r = n ? bpf_tag(b, targets, n) : 0;
	if (r)
		return log_errno(r, "Failed to tag objects");
	for (size_t i = 0; i < n; i++) {
		if (targets[i].result != RF_TAGGED)
			return refuse(all, batch[i], targets[i].result);
		all->n_held++;
		if (fstat(batch[i]->fd, &batch[i]->st))
			return log_errno(-errno, "Failed to look at an object");
		if (targets[i].lasting)
			close(take_fd(&batch[i]->fd));
	}
	return 0;
}

static bool has_other_links(const struct object *o)
{
	return o->hold == OBJECT_HELD && !S_ISDIR(o->st.st_mode) && o->st.st_nlink > 1;
}

static void warn_of_link(const struct objects *all, const struct object *o, const char *path)
{
	_free_ char *target = o->target ? escape_bytes(o->target, strlen(o->target)) : NULL;

	log_warning("%s:%u: '%s' leads through a symbolic link; no file has that path", all->file,
		    o->path->mark.line, path);
	if (o->hold == OBJECT_HELD)
		log_hint("what it leads to is held, '%s'", target ? target : "?");
	else if (target)
		log_hint("write '%s'", target);
}

static void warn(const struct objects *all)
{
	for (size_t i = 0; i < all->paths.n; i++) {
		const struct object *o = &all->items[i];
		_free_ char *path = escape_bytes(o->path->path, strlen(o->path->path));

		if (o->target)
			warn_of_link(all, o, path ? path : "?");
		if (o->path->kind == OBJECT_DENIED && has_other_links(o))
			log_warning("%s:%u: '%s' has other hard links (%lu); the rule holds for "
				    "them too",
				    all->file, o->path->mark.line, path ? path : "?",
				    (unsigned long)o->st.st_nlink - 1);
	}
}

int objects_tag(struct objects *all, struct bpf *b)
{
	struct object *batch[BPF_TARGETS_MAX];
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < all->paths.n && !r; i++) {
		struct object *o = &all->items[i];

		r = look_up(o);
		if (r < 0) {
			_free_ char *path = escape_bytes(o->path->path, strlen(o->path->path));

			return log_errno(r, "Failed to look up '%s', which a rule protects",
					 path ? path : "?");
		}
		if (o->path->kind == OBJECT_NAMED) {
			close(take_fd(&o->fd));
			o->hold = o->hold == OBJECT_LINK ? OBJECT_LINK : OBJECT_UNPROTECTED;
		} else if (o->hold == OBJECT_HELD) {
			batch[n++] = o;
		}
		if (n == BPF_TARGETS_MAX) {
			r = tag_batch(all, b, batch, n);
			n = 0;
		}
	}
	if (!r)
		r = tag_batch(all, b, batch, n);
	if (!r)
		warn(all);
	return r;
}

static json_t *object_json(const struct objects *all, const struct object *o)
{
	static const char *const why_not[] = {
	    [OBJECT_ABSENT] = "absent", [OBJECT_LINK] = "link", [OBJECT_OWN] = "own"};
	_free_ char *path = escape_bytes(o->path->path, strlen(o->path->path));
	_free_ char *target = o->target ? escape_bytes(o->target, strlen(o->target)) : NULL;
	_free_ char *rule = NULL;
	json_t *json;

	if (!path || asprintf(&rule, "%s:%u", all->file, o->path->mark.line) < 0)
		return NULL;
	json = json_pack("{s:s, s:s, s:s, s:b, s:s*}", "path", path, "rule", rule, "effect",
			 o->path->kind == OBJECT_DENIED ? "deny" : "read-only", "held",
			 o->hold == OBJECT_HELD, "target", target);
	if (o->hold != OBJECT_HELD)
		json_object_set_new(json, "because", json_string(why_not[o->hold]));
	else
		json_object_update_new(
		    json, json_pack("{s:I, s:I, s:I}", "device", (json_int_t)o->st.st_dev, "inode",
				    (json_int_t)o->st.st_ino, "other_links",
				    (json_int_t)(has_other_links(o) ? o->st.st_nlink - 1 : 0)));
	return json;
}

json_t *objects_json(const struct objects *all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < all->paths.n && list; i++) {
		if (all->paths.items[i].kind == OBJECT_NAMED)
			continue;
		if (json_array_append_new(list, object_json(all, &all->items[i]))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

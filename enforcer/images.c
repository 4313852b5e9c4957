/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of images: written whole or not at all, read with the distrust that images get. */
#include "images.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "util.h"

#define DIR_PATH "/run/ringfence"
#define PREFIX	 "image-"
/* In memory; as many as the daemon keeps of a policy: half a megabyte each at most. */
#define ITEMS_MAX 8u

struct image_path {
	char text[sizeof(DIR_PATH "/" PREFIX) + 2 * IMAGES_HASH + 1 + 2 * IMAGE_SPELLING +
		  sizeof(".new")];
};

static void add_hex(struct image_path *path, const __u8 *bytes, size_t n)
{
	size_t len = strlen(path->text);

	for (size_t i = 0; i < n; i++)
		len +=
		    (size_t)snprintf(path->text + len, sizeof(path->text) - len, "%02x", bytes[i]);
}

/* What the names of all images of a hash begin with, and an older version's end with. */
static struct image_path stem_of(const __u8 *hash, size_t n)
{
	struct image_path path = {DIR_PATH "/" PREFIX};

	add_hex(&path, hash, n);
	return path;
}

static struct image_path path_of(const __u8 hash[IMAGES_HASH], const __u8 spelling[IMAGE_SPELLING],
				 const char *suffix)
{
	struct image_path path = stem_of(hash, IMAGES_HASH);

	strcat(path.text, "-");
	add_hex(&path, spelling, IMAGE_SPELLING);
	strcat(path.text, suffix);
	return path;
}

static struct image_path path_of_image(const struct image *img, const char *suffix)
{
	return path_of(img->head->hash, img->spelling, suffix);
}

int images_store(const struct image *img)
{
	struct image_path path = path_of_image(img, ""), fresh = path_of_image(img, ".new");
	FILE *f;
	int fd, r;

	if (access(path.text, F_OK) == 0)
		return 0;
	fd = open(fresh.text, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	f = fdopen(fd, "w");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	r = image_write(img, f);
	if (fclose(f) && !r)
		r = -errno;
	if (!r && rename(fresh.text, path.text))
		r = -errno;
	if (r < 0)
		unlink(fresh.text);
	return r;
}

bool images_share_file(const struct image *one, const struct image *other)
{
	return !memcmp(one->head->hash, other->head->hash, IMAGES_HASH) &&
	       !memcmp(one->spelling, other->spelling, IMAGE_SPELLING);
}

void images_forget(const struct image *img)
{
	unlink(path_of_image(img, "").text);
}

/* Root's, whom it is read for, and nobody else's to write. */
static struct image *read_file(const char *path)
{
	_cleanup_(diag_done) struct diag d = {0};
	_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	_fclose_ FILE *f = NULL;
	struct image *img = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)))
		return NULL;
	f = fdopen(fd, "r");
	if (!f)
		return NULL;
	(void)take_fd(&fd);
	diag_init(&d, path);
	return image_read(f, &d, &img) < 0 ? NULL : img;
}

/* --- by the hash alone ---------------------------------------------------------------------- */

struct search {
	const __u8 *hash; /* its beginning, `n` bytes */
	size_t n;
	const struct image *like; /* of the same policy; NULL: whose is not known */
	struct image *found;
	struct timespec time; /* of its file */
	bool several;	      /* and whose is not known */
};

static bool is_older(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec < other->tv_sec ||
	       (one->tv_sec == other->tv_sec && one->tv_nsec < other->tv_nsec);
}

/* A policy has a file, whatever its text calls itself. Of those of one policy the newest counts. */
static void consider(struct search *s, const char *path)
{
	struct image *img = read_file(path);
	struct stat st;

	if (!img || stat(path, &st) || memcmp(img->head->hash, s->hash, s->n) != 0 ||
	    (s->like && strcmp(img->file, s->like->file) != 0)) {
		image_free(img);
		return;
	}
	s->several |= !s->like && s->found && !images_share_file(img, s->found);
	if (s->found && is_older(&st.st_mtim, &s->time)) {
		image_free(img);
		return;
	}
	image_free(s->found);
	s->found = img;
	s->time = st.st_mtim;
}

/* Does its name begin so? Not one that is being written. */
static bool has_stem(const char *file, const char *stem)
{
	return !strncmp(file, stem, strlen(stem)) && !strchr(file, '.');
}

/* Where those of several policies have the hash, and whose is wanted is not known: none. */
static struct image *search(const __u8 *hash, size_t n, const struct image *like)
{
	const struct image_path stem = stem_of(hash, n);
	struct search s = {.hash = hash, .n = n, .like = like};
	DIR *dir = opendir(DIR_PATH);
	struct dirent *e;
	char path[sizeof(DIR_PATH "/") + NAME_MAX];

	while (dir && (e = readdir(dir))) {
		snprintf(path, sizeof(path), DIR_PATH "/%s", e->d_name);
		if (has_stem(path, stem.text))
			consider(&s, path);
	}
	if (dir)
		closedir(dir);
	if (s.several)
		image_free(take_ptr(s.found));
	return s.found;
}

struct image *images_load(const __u8 hash[RF_HASH_SIZE], const __u8 spelling[IMAGE_SPELLING])
{
	static const __u8 unknown[IMAGE_SPELLING];
	const bool is_known = memcmp(spelling, unknown, IMAGE_SPELLING) != 0;
	struct image *img = is_known ? read_file(path_of(hash, spelling, "").text)
				     : search(hash, IMAGES_HASH, NULL);

	if (!img || memcmp(img->head->hash, hash, RF_HASH_SIZE) != 0 ||
	    (is_known && memcmp(img->spelling, spelling, IMAGE_SPELLING) != 0)) {
		image_free(img);
		return NULL;
	}
	/* Of an older version's, which has no spelling in its name. */
	(void)images_store(img);
	return img;
}

/* --- many of them --------------------------------------------------------------------------- */

static bool is_of_one(const char *file, const struct image *const *images, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(path_of_image(images[i], "").text + strlen(DIR_PATH "/"), file))
			return true;
	return false;
}

void images_forget_others(const struct image *const *images, size_t n)
{
	DIR *dir = opendir(DIR_PATH);
	struct dirent *e;

	if (!dir)
		return;
	while ((e = readdir(dir)))
		if (!strncmp(e->d_name, PREFIX, strlen(PREFIX)) && !is_of_one(e->d_name, images, n))
			(void)unlinkat(dirfd(dir), e->d_name, 0);
	closedir(dir);
}

static int keep(struct images *images, struct image *img)
{
	struct image **items;

	if (images->n == ITEMS_MAX) { /* the oldest goes */
		image_free(images->items[0]);
		memmove(images->items, images->items + 1, --images->n * sizeof(*images->items));
	}
	items = realloc(images->items, (images->n + 1) * sizeof(*items));
	if (!items)
		return -ENOMEM;
	images->items = items;
	images->items[images->n++] = img;
	return 0;
}

static const struct image *find(struct images *images, const __u8 *hash, size_t n,
				const struct image *like)
{
	struct image *img;

	for (size_t i = 0; i < images->n; i++)
		if (!memcmp(images->items[i]->head->hash, hash, n))
			return images->items[i];
	/* A flood of alerts of one image does not ask for its file each time. */
	if (!memcmp(images->missed, hash, n))
		return NULL;
	img = search(hash, n, like);
	if (img && !keep(images, img))
		return img;
	image_free(img);
	memset(images->missed, 0, sizeof(images->missed));
	memcpy(images->missed, hash, n);
	return NULL;
}

const struct image *images_find(struct images *images, const __u8 hash[IMAGES_HASH],
				const struct image *like)
{
	return find(images, hash, IMAGES_HASH, like);
}

const struct image *images_find_short(struct images *images, const __u8 hash[IMAGES_HASH_SHORT],
				      const struct image *like)
{
	return find(images, hash, IMAGES_HASH_SHORT, like);
}

void images_done(struct images *images)
{
	for (size_t i = 0; i < images->n; i++)
		image_free(images->items[i]);
	free(images->items);
	*images = (struct images){0};
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of images: written whole or not at all, read with the distrust that images get. */
#include "images.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "util.h"

#define DIR_PATH  "/run/ringfence"
#define PREFIX	  "image-"
#define ITEMS_MAX 64u /* in memory; an image has half a megabyte at most */

struct image_path {
	char text[sizeof(DIR_PATH "/" PREFIX) + 2 * IMAGES_HASH + sizeof(".new")];
};

static struct image_path path_of(const __u8 hash[IMAGES_HASH], const char *suffix)
{
	struct image_path path;
	int n = snprintf(path.text, sizeof(path.text), DIR_PATH "/" PREFIX);

	for (unsigned i = 0; i < IMAGES_HASH; i++)
		n += snprintf(path.text + n, sizeof(path.text) - (size_t)n, "%02x", hash[i]);
	snprintf(path.text + n, sizeof(path.text) - (size_t)n, "%s", suffix);
	return path;
}

int images_store(const struct image *img)
{
	struct image_path path = path_of(img->head->hash, ""),
			  fresh = path_of(img->head->hash, ".new");
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

void images_forget(const struct image *img)
{
	unlink(path_of(img->head->hash, "").text);
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

struct image *images_load(const __u8 hash[RF_HASH_SIZE])
{
	struct image *img = read_file(path_of(hash, "").text);

	if (img && !memcmp(img->head->hash, hash, RF_HASH_SIZE))
		return img;
	image_free(img);
	return NULL;
}

static bool is_of_one(const char *file, const struct image *const *images, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(path_of(images[i]->head->hash, "").text + strlen(DIR_PATH "/"), file))
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

const struct image *images_find(struct images *images, const __u8 hash[IMAGES_HASH])
{
	struct image *img;

	for (size_t i = 0; i < images->n; i++)
		if (!memcmp(images->items[i]->head->hash, hash, IMAGES_HASH))
			return images->items[i];
	/* A flood of alerts of one image does not ask for its file each time. */
	if (!memcmp(images->missed, hash, IMAGES_HASH))
		return NULL;
	img = read_file(path_of(hash, "").text);
	if (img && !memcmp(img->head->hash, hash, IMAGES_HASH) && !keep(images, img))
		return img;
	image_free(img);
	memcpy(images->missed, hash, IMAGES_HASH);
	return NULL;
}

void images_done(struct images *images)
{
	for (size_t i = 0; i < images->n; i++)
		image_free(images->items[i]);
	free(images->items);
	*images = (struct images){0};
}

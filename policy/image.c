/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image: put together from what the stages made, sealed, walked, freed.
 */
#include <errno.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "../lsm/match.h"
#include "compile.h"

_Static_assert(SHA256_DIGEST_LENGTH == RF_HASH_SIZE, "the hash is SHA-256");

/* An answer of ENOSYS to clone3 is news only where the author has asked for it. */
static bool denies_clone3(const struct syscall_section *s)
{
	for (size_t i = 0; i < s->n_deny; i++)
		if (!strcmp(s->deny[i].name.text, "clone3"))
			return true;
	return false;
}

static __u32 image_flags(const struct policy *p)
{
	return (p->files.present ? RF_IMAGE_FILES : 0) |
	       (p->syscalls.present ? RF_IMAGE_SYSCALLS : 0) |
	       (denies_clone3(&p->syscalls) ? 0 : RF_IMAGE_QUIET_CLONE3);
}

/* Every operation that some row audits. */
static uint32_t audited(const struct packed *p)
{
	const struct rf_row *rows = (const struct rf_row *)(p->body + p->rows_at);
	uint32_t ops = 0;

	for (uint32_t i = 0; i < p->rows; i++)
		ops |= rows[i].audit;
	return ops;
}

static int fill_head(const struct policy *p, const struct compiled *c, const struct rule_list *list,
		     struct image *img)
{
	struct rf_image_head *head;

	img->size = RF_HEAD_SIZE + c->packed.words * sizeof(__u32);
	img->head = head = calloc(1, img->size);
	if (!head)
		return -ENOMEM;
	head->magic = RF_IMAGE_MAGIC;
	head->version = RF_IMAGE_VERSION;
	head->words = (__u32)c->packed.words;
	head->flags = image_flags(p);
	head->mode = p->mode;
	head->privileges = p->privileges.granted;
	head->start = c->packed.start;
	head->classes = c->classes;
	head->rows = c->packed.rows;
	head->rows_at = c->packed.rows_at;
	head->audits = audited(&c->packed);
	head->rules = (__u32)list->n - 1;
	memcpy(head->class_of, c->class_of, sizeof(head->class_of));
	memcpy(head + 1, c->packed.body, c->packed.words * sizeof(__u32));
	return 0;
}

static int fill_image(const struct policy *p, struct diag *d, struct rule_list *list,
		      struct image *img)
{
	/* Not governed is the same as allowed, but for the flag. */
	static const struct file_section absent = {.otherwise_allow = true};
	const struct file_section *files = p->files.present ? &p->files : &absent;
	uint32_t otherwise = files->otherwise_allow ? RF_OPS_ALL : 0;
	struct compiled c = {0};
	int r = rules_collect(files, d, list);

	if (!r)
		r = compile_rules(list, otherwise, files->mark, d, &c);
	if (r)
		return r;
	r = fill_head(p, &c, list, img);
	free(c.packed.body);
	if (r)
		return r;
	img->head->otherwise = otherwise;
	img->file = strdup(p->file ? p->file : "");
	img->name = strdup(p->name ? p->name : "");
	img->rules = list->rules;
	img->n_rules = list->n;
	list->rules = NULL;
	return img->file && img->name ? 0 : -ENOMEM;
}

int image_build(const struct policy *p, struct diag *d, struct image **ret_image)
{
	struct image *img = calloc(1, sizeof(*img));
	struct rule_list list = {0};
	int r = -ENOMEM;

	if (img)
		r = fill_image(p, d, &list, img);
	rules_done(&list);
	if (r)
		image_free(img);
	else
		*ret_image = img;
	return r;
}

void image_set_filter(struct image *img, struct sock_filter *filter, size_t len)
{
	free(img->filter);
	img->filter = filter;
	img->filter_len = len;
}

static void set_spelling(struct image *img)
{
	__u8 hash[RF_HASH_SIZE];
	SHA2_CTX sha;

	SHA256Init(&sha);
	SHA256Update(&sha, (const uint8_t *)img->file, strlen(img->file) + 1);
	SHA256Update(&sha, (const uint8_t *)img->name, strlen(img->name) + 1);
	if (img->text_size)
		SHA256Update(&sha, (const uint8_t *)img->text, img->text_size);
	SHA256Final(hash, &sha);
	memcpy(img->spelling, hash, sizeof(img->spelling));
}

void image_set_text(struct image *img, char *text, size_t size)
{
	free(img->text);
	img->text = text;
	img->text_size = size;
	set_spelling(img);
}

struct policy *image_policy(const struct image *img)
{
	struct policy *p = NULL;
	struct diag d;

	if (!img->text_size)
		return NULL;
	diag_init(&d, img->file);
	if (policy_read(img->file, img->text, img->text_size, &d, &p) < 0)
		p = NULL;
	else
		p->mode = img->head->mode; /* it may have been compiled for another */
	diag_done(&d);
	return p;
}

void image_hash(const struct image *img, __u8 ret_hash[RF_HASH_SIZE])
{
	struct rf_image_head head = *img->head;
	SHA2_CTX sha;

	memset(head.hash, 0, sizeof(head.hash));
	SHA256Init(&sha);
	SHA256Update(&sha, (const uint8_t *)&head, sizeof(head));
	SHA256Update(&sha, (const uint8_t *)(img->head + 1), img->size - sizeof(head));
	if (img->filter_len)
		SHA256Update(&sha, (const uint8_t *)img->filter,
			     img->filter_len * sizeof(*img->filter));
	SHA256Final(ret_hash, &sha);
}

int image_seal(struct image *img)
{
	const char *why;

	image_hash(img, img->head->hash);
	return image_verify(img->head, img->size, &why);
}

void image_hash_hex(const struct image *img, size_t n, char *buf)
{
	static const char digits[] = "0123456789abcdef";

	if (n > RF_HASH_SIZE)
		n = RF_HASH_SIZE;
	for (size_t i = 0; i < n; i++) {
		*buf++ = digits[img->head->hash[i] >> 4];
		*buf++ = digits[img->head->hash[i] & 15];
	}
	*buf = '\0';
}

__u32 image_walk(const struct image *img, const char *path, size_t len)
{
	__u32 state = img->head->start;

	for (size_t i = 0; i < len; i++)
		state = rf_step(img->head, image_body(img), img->head->words, state, (__u8)path[i]);
	return state;
}

struct image *image_share(const struct image *img)
{
	struct image *shared = (struct image *)img; /* const is what it says, not who has it */

	shared->others++;
	return shared;
}

void image_free(struct image *img)
{
	if (!img)
		return;
	if (img->others) {
		img->others--;
		return;
	}
	free(img->file);
	free(img->name);
	free(img->head);
	image_rules_free(img->rules, img->n_rules);
	free(img->text);
	free(img->filter);
	free(img);
}

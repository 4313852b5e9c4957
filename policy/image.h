/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The compiled policy. Build mutable, enforce immutable: image_build() makes
 * it, image_set_filter() adds the seccomp program, image_seal() computes the
 * hash and verifies; after that it is const.
 *
 * The hash is SHA-256 over the kernel part (head with zeroed hash field, and
 * body) followed by the filter's instructions. Places in the text are not part
 * of it: two spellings of one policy have one hash. To that end rules are
 * numbered by sorted pattern, not by their order: a rule number names a
 * pattern, and `marks` tells, per pattern, effect and operation, the place
 * that first asked for it.
 */
#ifndef POLICY_IMAGE_H
#define POLICY_IMAGE_H

#include <linux/filter.h>
#include <stdio.h>

#include "policy.h"

#define IMAGE_SPELLING 8u

enum image_effect { EFFECT_ALLOW, EFFECT_DENY, EFFECT_AUDIT, _EFFECT_MAX };

struct image_rule {
	char *pattern; /* canonical spelling */
	struct mark marks[_EFFECT_MAX][_RF_OP_MAX];
};

struct image {
	char *file; /* of the policy text, for "file:line" */
	char *name;
	struct rf_image_head *head; /* head and body in one allocation */
	size_t size;		    /* bytes of head and body */
	struct image_rule *rules;   /* rules[0] is unused: numbers start at 1 */
	size_t n_rules;		    /* head->rules + 1 */
	char *text;	  /* of the policy, for who wants the rest of it; not NUL-terminated */
	size_t text_size; /* bytes; 0: not known */
	/* Which of those that have one hash: the beginning of SHA-256 of names and text. */
	__u8 spelling[IMAGE_SPELLING];
	struct sock_filter *filter; /* NULL: no filter */
	size_t filter_len;	    /* instructions */
	unsigned others;	    /* owners beside the first */
};

static inline const __u32 *image_body(const struct image *img)
{
	return (const __u32 *)(img->head + 1);
}

/*
 * Compiles the file rules, mode and privileges of `p`. What cannot be represented is an error in
 * `d` naming rule, limit and number. Returns 0, -EINVAL, -ENOMEM.
 */
int image_build(const struct policy *p, struct diag *d, struct image **ret_image);
/* Takes ownership of `filter` (malloc'ed). */
void image_set_filter(struct image *img, struct sock_filter *filter, size_t len);
/*
 * Takes ownership of `text` (malloc'ed), which the policy was read from. Not part of the hash, but
 * with it the image has its spelling.
 */
void image_set_text(struct image *img, char *text, size_t size);
/*
 * The policy that made the image, read from its text; the caller's. NULL: the text is not there, or
 * is no policy. It is the image that decides: what this says is for people.
 */
struct policy *image_policy(const struct image *img);
/* Computes the hash; the image is verified, and const from here on. 0 or -EINVAL (a bug). */
int image_seal(struct image *img);
/* The hash as it should be, whatever the head says. */
void image_hash(const struct image *img, __u8 ret_hash[RF_HASH_SIZE]);
/* One more owner of a sealed image; the last one's image_free() frees it. Not between threads. */
struct image *image_share(const struct image *img);
void image_free(struct image *img);

/*
 * Walks every state and row of a kernel part and proves that no walk can leave it: see
 * policy/verify.c for the list of what is proven. `ret_why` gets a static text on failure.
 * Returns 0 or -EINVAL. Pure; called before every use, whatever the image's origin.
 */
int image_verify(const struct rf_image_head *head, size_t size, const char **ret_why);

/* The state after `path`, from the start; `len` bytes. The image must be verified. */
__u32 image_walk(const struct image *img, const char *path, size_t len);

/* Writes to and reads from a file (`ringfence compile`); the format is in policy/image_file.c. */
int image_write(const struct image *img, FILE *out);
int image_read(FILE *in, struct diag *d, struct image **ret_image);

/* The first 2*n hex digits of the hash into `buf` (2*n + 1 bytes). */
void image_hash_hex(const struct image *img, size_t n, char *buf);

/* Lists states, classes and rows for people (`ringfence compile --dump`). */
void image_dump(const struct image *img, FILE *out);

#endif

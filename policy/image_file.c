/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image in a file. What the kernel gets is in it as it is in memory, and
 * beside it what only people need: names, and the place of each rule.
 *
 *   struct file_head
 *   then five sections in this order, each a struct section_head and its bytes:
 *   KERNEL   struct rf_image_head and the body
 *   FILTER   struct sock_filter of each instruction; may be empty
 *   NAMES    the policy text's file name, NUL, the policy's name, NUL
 *   RULES    per rule, from rule 1 on: __u32 length, the pattern's bytes, then
 *            per effect and operation: __u32 line, __u32 column
 *   TEXT     the policy's text; may be empty
 *
 * Numbers are the machine's own: the file goes where the kernel part can go,
 * and one of the other byte order fails at the magic. Reading believes nothing:
 * no length is larger than its section may be, memory is taken as bytes come,
 * the kernel part is verified, the hash is computed anew, and nothing may
 * follow. It detects damage; against forgery the file's owner and mode stand.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "intern.h"
#include "rules.h"

#define FILE_MAGIC   "RGFIMAGE"
#define FILE_VERSION 2u

struct file_head {
	char magic[8];
	__u32 version;
	__u32 sections;
};

struct section_head {
	__u32 kind;
	__u32 zero;
	__u64 size;
};

enum section {
	SECTION_KERNEL = 1,
	SECTION_FILTER,
	SECTION_NAMES,
	SECTION_RULES,
	SECTION_TEXT,
	_SECTION_MAX
};

#define MARKS_SIZE (sizeof((struct image_rule){0}.marks))
#define NAMES_MAX  (64u << 10)

_Static_assert(sizeof(struct mark) == 2 * sizeof(__u32), "a mark is line and column");
_Static_assert(sizeof(struct file_head) == 16 && sizeof(struct section_head) == 16, "file layout");

/* The most bytes a section can have. A canonical pattern is at most 260 bytes a token long. */
static const __u64 section_max[_SECTION_MAX] = {
    [SECTION_KERNEL] = RF_IMAGE_MAX,
    [SECTION_FILTER] = BPF_MAXINSNS * sizeof(struct sock_filter),
    [SECTION_NAMES] = NAMES_MAX,
    [SECTION_RULES] = (__u64)RF_RULES_MAX * (sizeof(__u32) + 65536 + MARKS_SIZE),
    [SECTION_TEXT] = POLICY_TEXT_MAX,
};

/* --- writing -------------------------------------------------------------------------------- */

static void put_section(FILE *out, enum section kind, __u64 size)
{
	const struct section_head head = {.kind = kind, .size = size};

	fwrite(&head, sizeof(head), 1, out);
}

static void put_rules(FILE *out, const struct image *img)
{
	__u64 size = 0;

	for (size_t i = 1; i < img->n_rules; i++)
		size += sizeof(__u32) + strlen(img->rules[i].pattern) + MARKS_SIZE;
	put_section(out, SECTION_RULES, size);
	for (size_t i = 1; i < img->n_rules; i++) {
		const struct image_rule *rule = &img->rules[i];
		const __u32 length = (__u32)strlen(rule->pattern);

		fwrite(&length, sizeof(length), 1, out);
		fwrite(rule->pattern, 1, length, out);
		fwrite(rule->marks, MARKS_SIZE, 1, out);
	}
}

int image_write(const struct image *img, FILE *out)
{
	const struct file_head head = {
	    .magic = FILE_MAGIC, .version = FILE_VERSION, .sections = _SECTION_MAX - 1};
	size_t file_size = strlen(img->file) + 1, name_size = strlen(img->name) + 1;

	if (file_size + name_size > NAMES_MAX)
		return -ENAMETOOLONG;
	errno = 0;
	fwrite(&head, sizeof(head), 1, out);
	put_section(out, SECTION_KERNEL, img->size);
	fwrite(img->head, img->size, 1, out);
	put_section(out, SECTION_FILTER, img->filter_len * sizeof(*img->filter));
	if (img->filter_len)
		fwrite(img->filter, sizeof(*img->filter), img->filter_len, out);
	put_section(out, SECTION_NAMES, file_size + name_size);
	fwrite(img->file, file_size, 1, out);
	fwrite(img->name, name_size, 1, out);
	put_rules(out, img);
	put_section(out, SECTION_TEXT, img->text_size);
	if (img->text_size)
		fwrite(img->text, img->text_size, 1, out);
	if (fflush(out) || ferror(out))
		return errno ? -errno : -EIO;
	return 0;
}

/* --- reading -------------------------------------------------------------------------------- */

struct section_data {
	__u8 *bytes;
	size_t size;
};

struct reader {
	FILE *in;
	struct diag *d;
	struct section_data sections[_SECTION_MAX];
};

static int damaged(struct reader *r, const char *why)
{
	return diag_error(r->d, (struct mark){0}, "not a usable image: %s", why);
}

static int read_exactly(struct reader *r, void *to, size_t size)
{
	if (fread(to, 1, size, r->in) == size)
		return 0;
	if (ferror(r->in))
		return diag_error(r->d, (struct mark){0}, "cannot read the image: %s",
				  strerror(errno));
	return damaged(r, "it ends too early");
}

/* Takes memory as bytes arrive, so that a lie about the size costs nothing. */
static int read_bytes(struct reader *r, struct section_data *s, size_t size)
{
	size_t room = 0, step;
	int err;

	while (s->size < size) {
		step = size - s->size < (1u << 20) ? size - s->size : 1u << 20;
		if (array_grow(&s->bytes, &room, s->size + step, 1))
			return -ENOMEM;
		err = read_exactly(r, s->bytes + s->size, step);
		if (err)
			return err;
		s->size += step;
	}
	return 0;
}

static int read_sections(struct reader *r)
{
	struct file_head head;
	struct section_head s;
	int err = read_exactly(r, &head, sizeof(head));

	if (err)
		return err;
	if (memcmp(head.magic, FILE_MAGIC, sizeof(head.magic)))
		return damaged(r, "it is no image file, or one of another byte order");
	if (head.version != FILE_VERSION || head.sections != _SECTION_MAX - 1)
		return damaged(r, "it is of another version");
	for (unsigned kind = SECTION_KERNEL; kind < _SECTION_MAX; kind++) {
		err = read_exactly(r, &s, sizeof(s));
		if (err)
			return err;
		if (s.kind != kind || s.zero || s.size > section_max[kind])
			return damaged(r, "a section's head is wrong");
		err = read_bytes(r, &r->sections[kind], s.size);
		if (err)
			return err;
	}
	return fgetc(r->in) == EOF ? 0 : damaged(r, "something follows its end");
}

/* The bytes become the image's; malloc'ed memory is aligned for all of it. */
static int take_kernel_part(struct reader *r, struct image *img)
{
	struct section_data *s = &r->sections[SECTION_KERNEL];
	const char *why = "too short for an image";

	if (s->size < RF_HEAD_SIZE)
		return damaged(r, why);
	img->head = (struct rf_image_head *)s->bytes;
	img->size = s->size;
	s->bytes = NULL;
	return image_verify(img->head, img->size, &why) ? damaged(r, why) : 0;
}

static int take_filter(struct reader *r, struct image *img)
{
	struct section_data *s = &r->sections[SECTION_FILTER];

	if (s->size % sizeof(struct sock_filter))
		return damaged(r, "the filter has half an instruction");
	image_set_filter(img, (struct sock_filter *)s->bytes, s->size / sizeof(struct sock_filter));
	s->bytes = NULL;
	return 0;
}

static int take_names(struct reader *r, struct image *img)
{
	const struct section_data *s = &r->sections[SECTION_NAMES];
	const char *file = (const char *)s->bytes, *name;

	if (!s->size || s->bytes[s->size - 1])
		return damaged(r, "the names are wrong");
	name = file + strlen(file) + 1;
	if (name == file + s->size || name + strlen(name) + 1 != file + s->size)
		return damaged(r, "the names are wrong");
	img->file = strdup(file);
	img->name = strdup(name);
	return img->file && img->name ? 0 : -ENOMEM;
}

static int take_rule(struct reader *r, struct section_data *s, struct image_rule *rule)
{
	__u32 length;

	if (s->size < sizeof(length))
		return damaged(r, "the rules end too early");
	memcpy(&length, s->bytes, sizeof(length));
	if (s->size - sizeof(length) < MARKS_SIZE || s->size - sizeof(length) - MARKS_SIZE < length)
		return damaged(r, "the rules end too early");
	rule->pattern = strndup((const char *)s->bytes + sizeof(length), length);
	if (!rule->pattern)
		return -ENOMEM;
	if (strlen(rule->pattern) != length)
		return damaged(r, "a rule's pattern has a NUL byte");
	memcpy(rule->marks, s->bytes + sizeof(length) + length, MARKS_SIZE);
	s->bytes += sizeof(length) + length + MARKS_SIZE;
	s->size -= sizeof(length) + length + MARKS_SIZE;
	return 0;
}

static int take_rules(struct reader *r, struct image *img)
{
	struct section_data left = r->sections[SECTION_RULES];
	int err = 0;

	img->n_rules = img->head->rules + 1;
	img->rules = calloc(img->n_rules, sizeof(*img->rules));
	if (!img->rules)
		return -ENOMEM;
	for (size_t i = 1; i < img->n_rules && !err; i++)
		err = take_rule(r, &left, &img->rules[i]);
	if (!err && left.size)
		return damaged(r, "there are more rules than its head says");
	return err;
}

static void take_text(struct reader *r, struct image *img)
{
	struct section_data *s = &r->sections[SECTION_TEXT];

	image_set_text(img, (char *)s->bytes, s->size);
	s->bytes = NULL;
}

static int take_sections(struct reader *r, struct image *img)
{
	__u8 hash[RF_HASH_SIZE];
	int err = take_kernel_part(r, img);

	if (!err)
		err = take_filter(r, img);
	if (!err)
		err = take_names(r, img);
	if (!err)
		err = take_rules(r, img);
	if (err)
		return err;
	take_text(r, img);
	image_hash(img, hash);
	return memcmp(hash, img->head->hash, sizeof(hash)) ? damaged(r, "its hash is wrong") : 0;
}

int image_read(FILE *in, struct diag *d, struct image **ret_image)
{
	struct reader r = {.in = in, .d = d};
	struct image *img = calloc(1, sizeof(*img));
	int err = img ? read_sections(&r) : -ENOMEM;

	if (!err)
		err = take_sections(&r, img);
	for (unsigned kind = 0; kind < _SECTION_MAX; kind++)
		free(r.sections[kind].bytes);
	if (err)
		image_free(img);
	else
		*ret_image = img;
	return err;
}

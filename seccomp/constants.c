/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the values of argument conditions: numbers (decimal, 0x hexadecimal,
 * 0o octal, negative decimal) and symbolic constants, joined by `|`. Strict,
 * because a misread value is a hole: no sign but a leading minus, no leading
 * zero that C would take for octal and a reader for decimal, no overflow.
 */
#include "constants.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../policy/policy.h"
#include "filter.h"

/* The longest symbolic name that is looked up; the table's are shorter. */
#define NAME_LEN_MAX 63

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int digits_parse(const char *text, size_t len, unsigned base, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!len)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		int digit = digit_value(text[i]);

		if (digit < 0 || digit >= (int)base)
			return -EINVAL;
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return -EINVAL;
	}
	*ret_value = value;
	return 0;
}

static int number_parse(const char *text, size_t len, struct constant *ret_constant)
{
	struct constant c = {.negative = len > 1 && text[0] == '-'};
	unsigned base = 10;
	int r;

	if (c.negative) {
		text++;
		len--;
	}
	if (!c.negative && len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'o')) {
		base = text[1] == 'x' ? 16 : 8;
		text += 2;
		len -= 2;
	} else if (len > 1 && text[0] == '0') {
		return -EINVAL;
	}
	r = digits_parse(text, len, base, &c.value);
	if (r < 0)
		return r;
	if (c.negative) {
		if (c.value > (uint64_t)INT64_MAX + 1)
			return -EINVAL;
		c.negative = c.value != 0;
		c.value = -c.value;
	}
	*ret_constant = c;
	return 0;
}

static int by_name(const void *key, const void *element)
{
	return strcmp(key, ((const struct constant_name *)element)->name);
}

static int name_parse(const char *text, size_t len, struct constant *ret_constant)
{
	char name[NAME_LEN_MAX + 1];
	const struct constant_name *found;

	if (len > NAME_LEN_MAX)
		return -EINVAL;
	memcpy(name, text, len);
	name[len] = '\0';
	found = bsearch(name, constant_names, n_constant_names, sizeof(*constant_names), by_name);
	if (!found)
		return -EINVAL;
	*ret_constant =
	    (struct constant){.value = (uint64_t)found->value, .negative = found->value < 0};
	return 0;
}

/* One part between bars. */
static int part_parse(const char *text, size_t len, struct constant *ret_constant)
{
	if (!len)
		return -EINVAL;
	if (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'))
		return number_parse(text, len, ret_constant);
	return name_parse(text, len, ret_constant);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

int constant_parse(const char *text, struct constant *ret_constant)
{
	struct constant sum = {0};
	unsigned parts = 0;

	for (const char *at = text;; at++) {
		size_t len = strcspn(at, "|");
		const char *next = at + len;
		struct constant part;

		while (len && is_blank(*at)) {
			at++;
			len--;
		}
		while (len && is_blank(at[len - 1]))
			len--;
		/* A negative number has every upper bit set: joining it is never meant. */
		if (part_parse(at, len, &part) < 0 || (part.negative && (parts || *next))) {
			*ret_constant = (struct constant){.bad = at, .bad_len = len};
			return -EINVAL;
		}
		sum.value |= part.value;
		sum.negative |= part.negative;
		parts++;
		if (!*next)
			break;
		at = next;
	}
	*ret_constant = sum;
	return 0;
}

int constant_value(const char *text, uint64_t *ret_value)
{
	struct constant c;
	int r = constant_parse(text, &c);

	if (r < 0)
		return r;
	*ret_value = c.value;
	return 0;
}

const char *constant_nearest(const char *text, size_t len)
{
	char name[NAME_LEN_MAX + 1];
	const char **names;
	const char *nearest;

	if (!len || len > NAME_LEN_MAX)
		return NULL;
	memcpy(name, text, len);
	name[len] = '\0';
	names = calloc(n_constant_names, sizeof(*names));
	if (!names)
		return NULL;
	for (size_t i = 0; i < n_constant_names; i++)
		names[i] = constant_names[i].name;
	nearest = nearest_word(name, names, n_constant_names);
	free(names);
	return nearest;
}

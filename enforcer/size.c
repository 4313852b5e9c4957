/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "size.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* How often the number is doubled; -1: the unit is none. */
static int shift_of(const char *unit)
{
	static const struct {
		const char *unit;
		int shift;
	} units[] = {{"", 0}, {"K", 10}, {"M", 20}};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(unit, units[i].unit))
			return units[i].shift;
	return -1;
}

int size_parse(const char *text, size_t *ret)
{
	unsigned long long n;
	char *unit;
	int shift;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	n = strtoull(text, &unit, 10);
	shift = shift_of(unit);
	if (errno || shift < 0 || n > SIZE_MAX >> shift)
		return -EINVAL;
	*ret = (size_t)n << shift;
	return 0;
}

int ring_size_parse(const char *text, size_t *ret)
{
	size_t size;

	if (size_parse(text, &size) < 0 || size < RING_SIZE_LEAST || size > RING_SIZE_MOST ||
	    (size & (size - 1)))
		return -EINVAL;
	*ret = size;
	return 0;
}

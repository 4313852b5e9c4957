/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "since.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "%Y-%m-%dT%H:%M:%S"

static int put(time_t t, char ret[SINCE_SIZE])
{
	struct tm tm;

	if (!gmtime_r(&t, &tm) || strftime(ret, SINCE_SIZE, FORMAT, &tm) != SINCE_SIZE - 1)
		return -EINVAL;
	return 0;
}

static int parse_ago(const char *text, time_t now, char ret[SINCE_SIZE])
{
	static const struct {
		char unit;
		time_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	char *unit;
	long n;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	n = strtol(text, &unit, 10);
	if (errno || n > 1000000 || !*unit || unit[1])
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (units[i].unit == *unit)
			return put(now - n * units[i].seconds, ret);
	return -EINVAL;
}

/* All of the text, and a date there is: the 30th of February comes back as another. */
static int parse_date(const char *text, const char *format, char ret[SINCE_SIZE])
{
	struct tm tm = {0};
	const char *end = strptime(text, format, &tm);
	int day = tm.tm_mday;
	time_t t;

	if (!end || *end)
		return -EINVAL;
	t = timegm(&tm);
	return tm.tm_mday == day ? put(t, ret) : -EINVAL;
}

int since_parse(const char *text, time_t now, char ret[SINCE_SIZE])
{
	static const char *const formats[] = {"%Y-%m-%d", FORMAT, FORMAT "Z"};

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!parse_date(text, formats[i], ret))
			return 0;
	return parse_ago(text, now, ret);
}

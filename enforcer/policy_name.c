/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a policy is called, and which file that is. */
#include "policy_name.h"

#include <stdio.h>
#include <string.h>

#define SUFFIX ".yaml"
#define OUTER                                                                                      \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                                               \
	"abcdefghijklmnopqrstuvwxyz"                                                               \
	"0123456789_"
#define INNER OUTER ".-"

bool policy_is_named(const char *name_or_file)
{
	size_t n = strlen(name_or_file), suffix = strlen(SUFFIX);

	if (strchr(name_or_file, '/'))
		return false;
	return n < suffix || strcmp(name_or_file + n - suffix, SUFFIX) != 0;
}

bool policy_name_is_valid(const char *name)
{
	size_t n = strlen(name);

	/* Not hidden, neither "." nor "..", and no option of a command. */
	return n && n <= POLICY_NAME_MAX && strspn(name, OUTER) && strspn(name, INNER) == n;
}

char *policy_name_path(const char *name)
{
	char *path = NULL;

	return asprintf(&path, POLICY_DIR "/%s" SUFFIX, name) < 0 ? NULL : path;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the doctor: the path walk needs rename_lock and mount_lock. With
 * kptr_restrict=2 all addresses read as 0, which counts as missing, because a
 * walk that cannot be validated must not be started.
 */
#include "kallsyms.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

int kallsyms_find(struct ksym *syms, size_t n)
{
	_fclose_ FILE *f = fopen("/proc/kallsyms", "re");
	unsigned long long address;
	char line[512], name[256];
	size_t missing = n;

	if (!f)
		return -errno;
	while (missing && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx %*c %255s", &address, name) != 2 || !address)
			continue;
		for (size_t i = 0; i < n; i++)
			if (!syms[i].address && !strcmp(name, syms[i].name)) {
				syms[i].address = address;
				missing--;
			}
	}
	return missing ? -ENOENT : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An empty cgroup does not mean that nobody is confined any more: a task may
 * have been moved out of it, and its record goes with it. Taking the programs
 * away then would set it free. So before that is done the kernel is asked for
 * every task with a record (lsm/task.bpf.c, rf_confined_tasks).
 */
#include "tasks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bpf.h"
#include "util.h"

#define INITIAL_PID_NS 0xEFFFFFFCu /* PROC_PID_INIT_INO, linux/proc_ns.h */

/* One pass: whether `slot` (0: any) was seen, and how many forks there had been. False: it broke
 * off. */
static bool pass(const char *path, __u32 slot, bool *ret_seen, unsigned long long *ret_forks)
{
	_fclose_ FILE *f = fopen(path, "re");
	char line[64], which[32];
	bool whole = false;
	int pid;

	*ret_seen = false;
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "forks %llu", ret_forks) == 1)
			whole = true;
		else if (sscanf(line, "%d %31s", &pid, which) != 2 || !strcmp(which, "?") ||
			 !slot || strtoul(which, NULL, 10) == slot)
			*ret_seen = true;
	}
	return whole;
}

/* One pass, and the count of the slot's own domain after it; forks elsewhere are of no account. */
static bool pass_of_slot(const char *pin_dir, const char *path, __u32 slot, bool *ret_seen,
			 unsigned long long *ret_forks)
{
	struct rf_domain dom;

	if (!pass(path, slot, ret_seen, ret_forks))
		return false;
	if (!slot)
		return true;
	if (bpf_get_pinned_domain(pin_dir, slot, &dom) < 0)
		return false;
	*ret_forks = dom.forks;
	return true;
}

/* The iterator shows what its reader's PID namespace has: all there is only in the first one. */
bool tasks_are_all_seen(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == INITIAL_PID_NS;
}

/* Is nothing pinned there? What cannot be found out counts as no. */
static bool is_bare(const char *pin_dir)
{
	DIR *dir = opendir(pin_dir);
	struct dirent *e;
	bool bare;

	if (!dir)
		return errno == ENOENT;
	do {
		errno = 0;
		e = readdir(dir);
	} while (e && e->d_name[0] == '.');
	bare = !e && !errno;
	closedir(dir);
	return bare;
}

bool tasks_remain(const char *pin_dir, __u32 slot)
{
	unsigned long long before, after;
	_free_ char *path = NULL;
	bool seen;

	if (asprintf(&path, "%s/" TASKS_ITERATOR, pin_dir) < 0)
		return true;
	if (access(path, F_OK) && errno == ENOENT)
		return !is_bare(pin_dir);
	if (!slot && !tasks_are_all_seen())
		return true;
	if (!pass_of_slot(pin_dir, path, slot, &seen, &before) || seen)
		return true;
	return !pass_of_slot(pin_dir, path, slot, &seen, &after) || seen || before != after;
}

int tasks_count(const char *pin_dir, unsigned *ret, size_t n)
{
	_free_ char *path = NULL;
	_fclose_ FILE *f = NULL;
	char line[64];
	unsigned slot;
	int pid;

	memset(ret, 0, n * sizeof(*ret));
	if (asprintf(&path, "%s/" TASKS_ITERATOR, pin_dir) < 0)
		return -ENOMEM;
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%d %u", &pid, &slot) == 2 && slot < n)
			ret[slot]++;
	return ferror(f) ? -EIO : 0;
}

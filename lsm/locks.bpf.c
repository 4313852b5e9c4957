// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the kernel's rename_lock and mount_lock are, for the path walk, and where it leaves the
 * records of tasks. Run once by the loader, before any hook is attached. (Not __ksym: bpftool's
 * linker cannot join objects that have a typeless one; and asking the kernel is quicker than
 * reading /proc/kallsyms to its end.)
 */
#include "maps.h"

SEC("syscall")
int rf_find_locks(void *ctx)
{
	static const char rename_lock[] = "rename_lock", mount_lock[] = "mount_lock";
	__u64 address = 0;
	long r;

	rf_task_place = bpf_core_field_offset(struct bpf_local_storage, cache) +
			sizeof(__u64) * ((struct bpf_local_storage_map *)&rf_tasks)->cache_idx;
	r = bpf_kallsyms_lookup_name(rename_lock, sizeof(rename_lock), 0, &address);
	if (r)
		return r;
	rf_rename_lock = address;
	r = bpf_kallsyms_lookup_name(mount_lock, sizeof(mount_lock), 0, &address);
	rf_mount_lock = address;
	return r;
}

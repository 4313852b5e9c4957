// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bpf(): privilege bpf, and what nobody confined may do with it whatever is granted, because it
 * would reach ringfence:
 *
 *   bpf        detach or update a link, get a link by its number; load a program of a type that is
 *              not about networks or cgroups: tracing programs see, and partly change, all of the
 *              kernel, and LSM programs stand before ours
 *   bpf_map    get hold of a map of ringfence's, however
 *   bpf_prog   get hold of a program of ringfence's, however
 *
 * Ours are known by their names, which nobody can change. A link that is reached through its pin
 * (BPF_OBJ_GET has no hook) can be held, and that keeps it in force.
 */
#include "check_privilege.h"

#define RF_TYPE(type) (1ull << BPF_PROG_TYPE_##type)

/* A type that is not listed, as those of the future, is refused. */
static const __u64 rf_harmless_types =
    RF_TYPE(SOCKET_FILTER) | RF_TYPE(SCHED_CLS) | RF_TYPE(SCHED_ACT) | RF_TYPE(XDP) |
    RF_TYPE(CGROUP_SKB) | RF_TYPE(CGROUP_SOCK) | RF_TYPE(LWT_IN) | RF_TYPE(LWT_OUT) |
    RF_TYPE(LWT_XMIT) | RF_TYPE(SOCK_OPS) | RF_TYPE(SK_SKB) | RF_TYPE(CGROUP_DEVICE) |
    RF_TYPE(SK_MSG) | RF_TYPE(CGROUP_SOCK_ADDR) | RF_TYPE(LWT_SEG6LOCAL) | RF_TYPE(LIRC_MODE2) |
    RF_TYPE(SK_REUSEPORT) | RF_TYPE(FLOW_DISSECTOR) | RF_TYPE(CGROUP_SYSCTL) |
    RF_TYPE(CGROUP_SOCKOPT) | RF_TYPE(SK_LOOKUP);

/* `attr` is the kernel's copy; that of BPF_PROG_LOAD begins with the type. */
static inline bool rf_loads_harmless(union bpf_attr *attr)
{
	__u32 type;

	if (bpf_probe_read_kernel(&type, sizeof(type), attr) || type >= 64)
		return false;
	return rf_harmless_types >> type & 1;
}

SEC("lsm/bpf")
int BPF_PROG(rf_bpf, int cmd, union bpf_attr *attr, unsigned int size, int ret)
{
	__u32 reason = RF_REASON_POLICY;
	struct rf_task *rec;

	if (ret)
		return ret;
	if (!rf_confined(&rec))
		return 0;
	if (cmd == BPF_LINK_DETACH || cmd == BPF_LINK_UPDATE || cmd == BPF_LINK_GET_FD_BY_ID ||
	    (cmd == BPF_PROG_LOAD && !rf_loads_harmless(attr)))
		reason = RF_REASON_SELF;
	if (rf_check_privilege(rec, RF_PRIV_BPF, reason, NULL))
		return -EPERM;
	return 0;
}

/* "rf_...", and what libbpf calls the sections of data: "ringfenc.bss", "ringfenc.rodata". */
static inline bool rf_is_ours(const char *name)
{
	static const char section[] = "ringfenc";

	if (name[0] == 'r' && name[1] == 'f' && name[2] == '_')
		return true;
	for (__u32 i = 0; i < sizeof(section) - 1; i++)
		if (name[i] != section[i])
			return false;
	return true;
}

static inline int rf_keep_back(void)
{
	struct rf_task *rec;

	if (rf_confined(&rec) && rf_check_privilege(rec, RF_PRIV_BPF, RF_REASON_SELF, NULL))
		return -EPERM;
	return 0;
}

SEC("lsm/bpf_map")
int BPF_PROG(rf_bpf_map, struct bpf_map *map, __u32 fmode, int ret)
{
	char name[16] = {};

	if (ret)
		return ret;
	if (!BPF_CORE_READ_INTO(&name, map, name) && !rf_is_ours(name))
		return 0;
	return rf_keep_back();
}

SEC("lsm/bpf_prog")
int BPF_PROG(rf_bpf_prog, struct bpf_prog *prog, int ret)
{
	char name[16] = {};

	if (ret)
		return ret;
	if (!BPF_CORE_READ_INTO(&name, prog, aux, name) && !rf_is_ours(name))
		return 0;
	return rf_keep_back();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checks themselves. Each looks at what the kernel says of
 * itself, or tries the thing in a way that leaves nothing behind, and speaks
 * for itself: none relies on another having passed.
 */
#include "probe_checks.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bpf.h"
#include "cgroup.h"
#include "kallsyms.h"
#include "ringfence.skel.h"
#include "util.h"

#define LSM_LIST     "/sys/kernel/security/lsm"
#define LOCKDOWN     "/sys/kernel/security/lockdown"
#define SECCOMP_DIR  "/proc/sys/kernel/seccomp/"
#define KERNEL_FLOOR "6.1"

static char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *format(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	return n < 0 ? NULL : text;
}

/* The first line of a file of the kernel, without its newline; NULL when it cannot be read. */
static char *read_line(const char *path)
{
	_fclose_ FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;

	if (!in || getline(&line, &room, in) < 0) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\n")] = '\0';
	return line;
}

/* Is `word` one of those of `list`, which `separators` part? */
static bool has_word(const char *list, const char *word, const char *separators)
{
	size_t len = strlen(word);

	while (*list) {
		size_t n = strcspn(list, separators);

		if (n == len && strncmp(list, word, len) == 0)
			return true;
		list += n;
		list += strspn(list, separators);
	}
	return false;
}

/* Adds `word` to the list of words in *list. */
static void add_word(char **list, const char *word)
{
	char *longer = *list ? format("%s %s", *list, word) : strdup(word);

	free(*list);
	*list = longer;
}

static void probe_capabilities(struct probe_result *r)
{
	static const struct {
		const char *name;
		int number;
	} wanted[] = {
	    {"CAP_SYS_ADMIN", CAP_SYS_ADMIN}, {"CAP_BPF", CAP_BPF}, {"CAP_PERFMON", CAP_PERFMON}};
	_fclose_ FILE *in = fopen("/proc/self/status", "re");
	_free_ char *missing = NULL;
	unsigned long long mask = 0;
	char line[256];

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "CapEff: %llx", &mask) == 1)
			break;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!(mask >> wanted[i].number & 1))
			add_word(&missing, wanted[i].name);
	r->ok = !missing;
	r->detail = missing ? format("uid %u, missing %s", geteuid(), missing)
			    : format("uid %u, CAP_SYS_ADMIN CAP_BPF CAP_PERFMON", geteuid());
	if (!r->ok)
		r->hint = format("run ringfence as root of the host, outside user namespaces");
}

static void probe_architecture(struct probe_result *r)
{
	struct utsname u;

	r->ok = uname(&u) == 0 && strcmp(u.machine, "x86_64") == 0;
	r->detail = strdup(u.machine);
	if (!r->ok)
		r->hint = format("only x86_64 is supported");
}

static void probe_kernel(struct probe_result *r)
{
	unsigned major = 0, minor = 0;
	struct utsname u;

	r->ok = uname(&u) == 0 && sscanf(u.release, "%u.%u", &major, &minor) == 2 &&
		(major > 6 || (major == 6 && minor >= 1));
	r->detail = format("Linux %s", u.release);
	if (!r->ok)
		r->hint = format("Linux " KERNEL_FLOOR " or newer is needed");
}

static void probe_btf(struct probe_result *r)
{
	struct btf *btf = btf__load_vmlinux_btf();

	r->ok = btf != NULL;
	r->detail = format("/sys/kernel/btf/vmlinux %s", btf ? "can be read" : strerror(errno));
	if (!r->ok)
		r->hint = format("the kernel needs CONFIG_DEBUG_INFO_BTF=y, and /sys mounted");
	btf__free(btf);
}

static bool is_mounted(const char *path, long magic)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (long)fs.f_type == magic;
}

static void probe_lsm_active(struct probe_result *r)
{
	_free_ char *list = read_line(LSM_LIST);

	r->ok = list && has_word(list, "bpf", ",");
	if (list)
		r->detail = format("active: %s", list);
	else
		r->detail = format("%s: %s", LSM_LIST, strerror(errno));
	if (r->ok)
		return;
	if (list)
		r->hint = format("boot with the kernel argument lsm=%s,bpf "
				 "(the kernel needs CONFIG_BPF_LSM=y)",
				 list);
	else if (!is_mounted("/sys/kernel/security", SECURITYFS_MAGIC))
		r->hint = format("mount -t securityfs securityfs /sys/kernel/security");
	else
		r->hint = format("the kernel needs CONFIG_SECURITY=y and CONFIG_BPF_LSM=y");
}

/* Where a program attaches, as BTF names the function; NULL when it is no hook that is needed. */
static const char *needed_function(const struct bpf_program *prog, char *buf, size_t size)
{
	const char *section = bpf_program__section_name(prog);

	if (bpf_hook_is_optional(bpf_program__name(prog)))
		return NULL;
	if (strncmp(section, "lsm/", 4) == 0)
		snprintf(buf, size, "bpf_lsm_%s", section + 4);
	else if (strncmp(section, "fentry/", 7) == 0 || strncmp(section, "kprobe/", 7) == 0)
		snprintf(buf, size, "%s", section + 7);
	else
		return NULL;
	return buf;
}

/* The programs themselves say which hooks they want. */
static void probe_hooks(struct probe_result *r)
{
	struct ringfence_bpf *skel = ringfence_bpf__open();
	struct btf *btf = btf__load_vmlinux_btf();
	_free_ char *missing = NULL;
	struct bpf_program *prog;
	char function[80];
	unsigned n = 0;

	if (skel) {
		bpf_object__for_each_program(prog, skel->obj)
		{
			if (!needed_function(prog, function, sizeof(function)))
				continue;
			n++;
			if (!btf || btf__find_by_name_kind(btf, function, BTF_KIND_FUNC) < 0)
				add_word(&missing, function);
		}
	}
	r->ok = skel && btf && !missing;
	if (!skel || !btf)
		r->detail = format("unknown without %s", skel ? "BTF" : "the BPF programs");
	else if (missing)
		r->detail = format("missing: %s", missing);
	else
		r->detail = format("all %u are there", n);
	if (!r->ok)
		r->hint = format("the kernel needs CONFIG_BPF_LSM=y, CONFIG_SECURITY_PATH=y and "
				 "CONFIG_AUDIT=y");
	btf__free(btf);
	ringfence_bpf__destroy(skel);
}

static void probe_kallsyms(struct probe_result *r)
{
	struct ksym locks[] = {{.name = "rename_lock"}, {.name = "mount_lock"}};
	struct ksym any[] = {{.name = "vfs_open"}};

	r->ok = kallsyms_find(locks, 2) == 0;
	r->detail = format("rename_lock and mount_lock %s in /proc/kallsyms",
			   r->ok ? "have addresses" : "have no address");
	/* Functions are there on every kernel, variables on some. */
	if (!r->ok && kallsyms_find(any, 1) == 0)
		r->hint = format("the kernel needs CONFIG_KALLSYMS_ALL=y");
	else if (!r->ok)
		r->hint = format("be root, with kernel.kptr_restrict 0 or 1");
}

/* Loads the smallest of each kind, and drops it. */
static void probe_bpf(struct probe_result *r)
{
	static const struct {
		const char *name;
		enum bpf_map_type type;
	} maps[] = {{"ring buffer", BPF_MAP_TYPE_RINGBUF},
		    {"task storage", BPF_MAP_TYPE_TASK_STORAGE}};
	_free_ char *missing = NULL;

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		if (libbpf_probe_bpf_map_type(maps[i].type, NULL) != 1)
			add_word(&missing, maps[i].name);
	if (libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_LSM, NULL) != 1)
		add_word(&missing, "LSM programs");
	r->ok = !missing;
	r->detail = missing ? format("the kernel did not take: %s", missing)
			    : format("LSM programs, ring buffer and task storage load");
	if (!r->ok)
		r->hint = format("see the other checks; a container or a hypervisor may also "
				 "refuse bpf()");
}

static void probe_seccomp_actions(struct probe_result *r)
{
	static const char *const wanted[] = {"kill_process", "errno", "log", "allow"};
	_free_ char *list = read_line(SECCOMP_DIR "actions_avail");
	_free_ char *missing = NULL;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!list || !has_word(list, wanted[i], " "))
			add_word(&missing, wanted[i]);
	r->ok = !missing;
	r->detail = missing ? format("missing: %s", missing) : format("%s", list);
	if (!r->ok)
		r->hint = format("the kernel needs CONFIG_SECCOMP_FILTER=y");
}

static void probe_seccomp_log(struct probe_result *r)
{
	_free_ char *list = read_line(SECCOMP_DIR "actions_logged");

	r->ok = list && has_word(list, "errno", " ") && has_word(list, "log", " ");
	r->detail = format("logged: %s", list ? list : "unknown");
	if (!r->ok)
		r->hint = format("for alerts on system calls: echo 'kill_process kill_thread trap "
				 "errno trace log' > " SECCOMP_DIR "actions_logged");
}

static void probe_cgroup2(struct probe_result *r)
{
	_free_ char *root = NULL;
	bool mounted = cgroup_root(&root) == 0;

	r->ok = mounted && access(root, W_OK) == 0;
	if (!mounted)
		r->detail = format("not mounted");
	else
		r->detail = format("%s is %swritable", root, r->ok ? "" : "not ");
	if (!mounted)
		r->hint = format("boot with systemd.unified_cgroup_hierarchy=1, or "
				 "mount -t cgroup2 cgroup2 /sys/fs/cgroup");
	else if (!r->ok)
		r->hint = format("mount -o remount,rw %s, or run ringfence as root", root);
}

/* runc and crun look for cgroups here, whatever is mounted elsewhere. */
static void probe_engines(struct probe_result *r)
{
	r->ok = is_mounted("/sys/fs/cgroup", CGROUP2_SUPER_MAGIC);
	r->detail = format("/sys/fs/cgroup is %scgroup v2", r->ok ? "" : "not ");
	if (!r->ok)
		r->hint = format("for ringfence-runtime: boot with "
				 "systemd.unified_cgroup_hierarchy=1");
}

static void probe_bpffs(struct probe_result *r)
{
	r->ok = is_mounted("/sys/fs/bpf", BPF_FS_MAGIC);
	r->detail = format("/sys/fs/bpf is %sa BPF file system", r->ok ? "" : "not ");
	if (!r->ok)
		r->hint = format("mount -t bpf bpf /sys/fs/bpf");
}

static void probe_lockdown(struct probe_result *r)
{
	_free_ char *mode = read_line(LOCKDOWN);

	/* "none integrity [confidentiality]": the last forbids BPF to read kernel memory. */
	r->ok = !mode || !strstr(mode, "[confidentiality]");
	r->detail = mode ? format("%s", mode) : format("not in use");
	if (!r->ok)
		r->hint = format("boot with lockdown=integrity or without lockdown");
}

const struct probe_check probe_checks[] = {
    {"capabilities", true, probe_capabilities},
    {"architecture", true, probe_architecture},
    {"kernel", true, probe_kernel},
    {"btf", true, probe_btf},
    {"lsm-active", true, probe_lsm_active},
    {"hooks", true, probe_hooks},
    {"kallsyms", true, probe_kallsyms},
    {"bpf-load", true, probe_bpf},
    {"lockdown", true, probe_lockdown},
    {"seccomp-actions", true, probe_seccomp_actions},
    {"seccomp-log", false, probe_seccomp_log},
    {"cgroup2", true, probe_cgroup2},
    {"engines", false, probe_engines},
    {"bpffs", false, probe_bpffs},
};

const size_t n_probe_checks = sizeof(probe_checks) / sizeof(probe_checks[0]);

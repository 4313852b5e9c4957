/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sizes are settled between open and load: one image slot is as large as the
 * largest image, and its length in words is a constant to the verifier
 * (rf_body_words), which is how the matcher's bounds are proven.
 */
#include "bpf.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf_reuse.h"
#include "log.h"
#include "tasks.h"
#include "util.h"

#include "ringfence.skel.h"

/* Inodes an object of overlayfs can be held in; few are in more than one. */
#define BPF_LAYERS_OF_OBJECT 4u
#define FSOPEN_CLOEXEC	     1u /* linux/mount.h, which sys/mount.h does not go with */

/* Hooks of newer kernels: attached where they exist, required there. */
static const struct {
	const char *program;
	const char *hook;
} optional[] = {
    {"rf_file_truncate", "bpf_lsm_file_truncate"},
    {"rf_set_acl", "bpf_lsm_inode_set_acl"},
    {"rf_remove_acl", "bpf_lsm_inode_remove_acl"},
    {"rf_ioctl_compat", "bpf_lsm_file_ioctl_compat"},
};

bool bpf_hook_is_optional(const char *program)
{
	for (size_t i = 0; i < sizeof(optional) / sizeof(*optional); i++)
		if (!strcmp(program, optional[i].program))
			return true;
	return false;
}

/* Does the hook's function take `n` arguments on this kernel? */
static bool hook_takes(const struct btf *btf, const char *hook, unsigned n)
{
	__s32 id = btf__find_by_name_kind(btf, hook, BTF_KIND_FUNC);

	if (id < 0)
		return false;
	id = (__s32)btf__type_by_id(btf, (__u32)id)->type;
	return btf_vlen(btf__type_by_id(btf, (__u32)id)) == n;
}

static int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list args)
{
	if (level == LIBBPF_DEBUG || (!log_verbose && level != LIBBPF_WARN))
		return 0;
	/* A verifier log runs to thousands of lines; whoever wants it says -v. */
	if (!log_verbose && strstr(fmt, "BEGIN PROG LOAD LOG"))
		return 0;
	return vfprintf(stderr, fmt, args);
}

static int drop_missing_hooks(struct ringfence_bpf *skel)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct bpf_program *prog;

	if (!btf)
		return log_errno(-errno, "Failed to read the kernel's BTF");
	for (size_t i = 0; i < sizeof(optional) / sizeof(*optional); i++) {
		prog = bpf_object__find_program_by_name(skel->obj, optional[i].program);
		if (btf__find_by_name_kind(btf, optional[i].hook, BTF_KIND_FUNC) < 0)
			bpf_program__set_autoload(prog, false);
	}
	bpf_program__set_autoload(skel->progs.rf_setattr_two,
				  hook_takes(btf, "bpf_lsm_inode_setattr", 2));
	bpf_program__set_autoload(skel->progs.rf_setattr_three,
				  hook_takes(btf, "bpf_lsm_inode_setattr", 3));
	bpf_program__set_autoload(skel->progs.rf_perf_open_one,
				  hook_takes(btf, "bpf_lsm_perf_event_open", 1));
	bpf_program__set_autoload(skel->progs.rf_perf_open_two,
				  hook_takes(btf, "bpf_lsm_perf_event_open", 2));
	btf__free(btf);
	skel->rodata->rf_split_truncate = bpf_program__autoload(skel->progs.rf_file_truncate);
	return 0;
}

/* Without the locks' addresses no path walk can be validated, and every path would be refused. */
static int find_locks(struct ringfence_bpf *skel)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int r = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.rf_find_locks), &opts);

	if (!r)
		r = (int)opts.retval;
	if (!r && skel->bss->rf_rename_lock && skel->bss->rf_mount_lock)
		return 0;
	r = r ? r : -ENOENT;
	log_errno(r, "Failed to find rename_lock and mount_lock among the kernel's symbols");
	log_hint("root must see addresses: set kernel.kptr_restrict to 0 or 1");
	return r;
}

static int set_sizes(struct ringfence_bpf *skel, const struct bpf_options *o)
{
	struct bpf_map *inner = bpf_map__inner_map(skel->maps.rf_images);
	int r;

	skel->rodata->rf_no_cache = o->no_cache;
	skel->rodata->rf_body_words = (__u32)((o->image_size - RF_HEAD_SIZE) / 4);
	r = bpf_map__set_value_size(inner, (__u32)o->image_size);
	if (!r)
		r = bpf_map__set_max_entries(skel->maps.rf_images, o->domains + BPF_SLOT_FIRST);
	if (!r)
		r = bpf_map__set_max_entries(skel->maps.rf_rings, o->domains + BPF_SLOT_FIRST);
	if (!r)
		r = bpf_map__set_max_entries(skel->maps.rf_throttled, o->domains + BPF_SLOT_FIRST);
	if (!r)
		r = bpf_map__set_max_entries(skel->maps.rf_domains, o->domains + BPF_SLOT_FIRST);
	if (!r)
		r = bpf_map__set_max_entries(skel->maps.rf_cgroups, o->domains);
	if (!r)
		r = bpf_map__set_max_entries(skel->maps.rf_objects,
					     o->objects * BPF_LAYERS_OF_OBJECT + 1);
	return r;
}

/*
 * The programs look into overlayfs (lsm/object.h), whose types are known only while its module is
 * there. Asking for the file system loads it, if there is one.
 */
static void load_overlayfs(void)
{
	_close_ int fd = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);

	if (fd < 0)
		log_info("There is no overlayfs");
}

/* The programs keep confined tasks from all of this file system, and from unmounting it. */
static int tell_of_pins(struct ringfence_bpf *skel, const char *dir)
{
	struct stat on, ns;

	if (stat(dir, &on) || stat("/proc/self/ns/mnt", &ns))
		return -errno;
	skel->bss->rf_pins_dev = major(on.st_dev) << 20 | minor(on.st_dev);
	skel->bss->rf_pins_ns = (__u32)ns.st_ino;
	return 0;
}

/* Confined tasks change nothing where the control socket is (lsm/special.h). */
static int tell_of_run_dirs(struct ringfence_bpf *skel)
{
	static const char *const dirs[] = {"/run/ringfence", "/run/ringfence/run"};
	struct stat st;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		if (stat(dirs[i], &st))
			return -errno;
		skel->bss->rf_run_dirs[i] = st.st_ino;
	}
	skel->bss->rf_run_dev = major(st.st_dev) << 20 | minor(st.st_dev);
	return 0;
}

/* What the programs are to protect of ours; `dir` is where they are pinned, or will be. */
static int tell_of_places(struct ringfence_bpf *skel, const char *dir)
{
	int r = tell_of_pins(skel, dir);

	return r ? r : tell_of_run_dirs(skel);
}

/* Before the programs judge: what the other set knows and does not share. */
static int know_what_they_know(struct bpf *b)
{
	int r = tell_of_places(b->skel, b->options.reuse);

	if (!r)
		r = bpf_reuse_hints(b);
	return r < 0 ? log_errno(r, "Failed to take over what the programs before know") : 0;
}

static int load(struct bpf *b)
{
	int r;

	load_overlayfs();
	/* Run when there is something to tag, see bpf_tag(). */
	bpf_program__set_autoattach(b->skel->progs.rf_tag_files, false);
	/* And when somebody is to be confined who runs already, see bpf_attach.c. */
	bpf_program__set_autoattach(b->skel->progs.rf_attach_tasks, false);
	r = drop_missing_hooks(b->skel);

	if (r < 0)
		return r;
	r = set_sizes(b->skel, &b->options);
	if (r < 0)
		return log_errno(r, "Failed to size the BPF maps");
	r = b->options.reuse ? bpf_reuse_maps(b) : 0;
	if (r < 0)
		return r;
	r = ringfence_bpf__load(b->skel);
	if (r < 0)
		return log_errno(r, "Failed to load the BPF programs");
	r = find_locks(b->skel);
	if (!r && b->options.reuse)
		r = know_what_they_know(b);
	if (r < 0)
		return r;
	r = ringfence_bpf__attach(b->skel);
	if (r < 0)
		return log_errno(r, "Failed to attach the BPF programs");
	return 0;
}

int bpf_open(const struct bpf_options *options, struct bpf *ret)
{
	struct bpf b = {.options = *options};
	int r;

	libbpf_set_print(print_libbpf);
	b.skel = ringfence_bpf__open();
	if (!b.skel)
		return log_errno(-errno, "Failed to open the BPF programs");
	r = load(&b);
	if (r < 0) {
		bpf_close(&b);
		return r;
	}
	*ret = b;
	return 0;
}

void bpf_close(struct bpf *b)
{
	bpf_unmap_domains(b);
	ringfence_bpf__destroy(b->skel);
	b->skel = NULL;
}

int bpf_make_image(const struct bpf *b, const struct image *img)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_RDONLY_PROG);
	_free_ void *value = calloc(1, b->options.image_size);
	_close_ int fd = -1;
	__u32 zero = 0;

	if (!value)
		return -ENOMEM;
	if (img->size > b->options.image_size)
		return -E2BIG;
	memcpy(value, img->head, img->size);
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "rf_image", sizeof(zero),
			    (__u32)b->options.image_size, 1, &opts);
	if (fd < 0)
		return -errno;
	if (bpf_map_update_elem(fd, &zero, value, BPF_ANY) || bpf_map_freeze(fd))
		return -errno;
	return take_fd(&fd);
}

int bpf_set_image(struct bpf *b, __u32 slot, int fd)
{
	if (bpf_map_update_elem(bpf_map__fd(b->skel->maps.rf_images), &slot, &fd, BPF_ANY))
		return -errno;
	return 0;
}

int bpf_put_image(struct bpf *b, __u32 slot, const struct image *img)
{
	_close_ int fd = bpf_make_image(b, img);

	return fd < 0 ? fd : bpf_set_image(b, slot, fd);
}

void bpf_remove_image(struct bpf *b, __u32 slot)
{
	(void)bpf_map_delete_elem(bpf_map__fd(b->skel->maps.rf_images), &slot);
}

int bpf_put_domain(struct bpf *b, __u32 slot, const struct rf_domain *dom)
{
	if (bpf_map_update_elem(bpf_map__fd(b->skel->maps.rf_domains), &slot, dom, BPF_ANY))
		return -errno;
	if (dom->cgroup && bpf_map_update_elem(bpf_map__fd(b->skel->maps.rf_cgroups), &dom->cgroup,
					       &slot, BPF_ANY))
		return -errno;
	return 0;
}

void bpf_remove_domain(struct bpf *b, __u32 slot, const struct rf_domain *dom)
{
	const struct rf_domain none = {.state = RF_DOMAIN_FREE, .generation = dom->generation};

	if (dom->cgroup)
		(void)bpf_map_delete_elem(bpf_map__fd(b->skel->maps.rf_cgroups), &dom->cgroup);
	(void)bpf_map_update_elem(bpf_map__fd(b->skel->maps.rf_domains), &slot, &none, BPF_ANY);
	(void)bpf_map_delete_elem(bpf_map__fd(b->skel->maps.rf_rings), &slot);
}

int bpf_domains_fd(struct bpf *b)
{
	return bpf_map__fd(b->skel->maps.rf_domains);
}

int bpf_read_domain(int domains, __u32 slot, struct rf_domain *ret)
{
	return bpf_map_lookup_elem(domains, &slot, ret) ? -errno : 0;
}

int bpf_put_ring(struct bpf *b, __u32 slot, size_t size)
{
	_close_ int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "rf_ring", 0, 0, (__u32)size, NULL);

	if (fd < 0)
		return -errno;
	if (bpf_map_update_elem(bpf_map__fd(b->skel->maps.rf_rings), &slot, &fd, BPF_ANY))
		return -errno;
	return take_fd(&fd);
}

int bpf_put_task(struct bpf *b, int pidfd, const struct rf_task *rec)
{
	if (bpf_map_update_elem(bpf_map__fd(b->skel->maps.rf_tasks), &pidfd, rec, BPF_NOEXIST))
		return -errno;
	return 0;
}

bool bpf_task_is_confined(struct bpf *b, int pidfd)
{
	struct rf_task rec;

	if (!bpf_map_lookup_elem(bpf_map__fd(b->skel->maps.rf_tasks), &pidfd, &rec) ||
	    errno != ENOENT)
		return true;
	/* ENOENT is also said of a task that is gone: only who is still there had no record. */
	return pidfd_send_signal(pidfd, 0, NULL, 0) != 0;
}

#define DOMAINS_PIN "rf_domains"
#define TASKS_PIN   "rf_tasks"

/* Reads an element of `size` bytes of the map pinned in `dir` as `name`. */
static int get_pinned(const char *dir, const char *name, const void *key, void *ret, size_t size)
{
	struct bpf_map_info info = {0};
	__u32 info_size = sizeof(info);
	_close_ int fd = -1;
	char path[256];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = bpf_obj_get(path);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &info_size))
		return -errno;
	/* Another version of ringfence may have made it. */
	if (info.value_size != size)
		return -EMEDIUMTYPE;
	return bpf_map_lookup_elem(fd, key, ret) ? -errno : 0;
}

int bpf_get_pinned_domain(const char *dir, __u32 slot, struct rf_domain *ret)
{
	return get_pinned(dir, DOMAINS_PIN, &slot, ret, sizeof(*ret));
}

int bpf_get_pinned_task(const char *dir, int pidfd, struct rf_task *ret)
{
	return get_pinned(dir, TASKS_PIN, &pidfd, ret, sizeof(*ret));
}

static int pin_link(struct bpf_link *link, const char *dir, const char *name)
{
	char path[256];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return bpf_link__pin(link, path) ? -errno : 0;
}

int bpf_pin(struct bpf *b, const char *dir)
{
	const struct bpf_object_skeleton *s = b->skel->skeleton;
	struct bpf_link *iterator = b->skel->links.rf_confined_tasks;
	int r;

	r = tell_of_places(b->skel, dir);
	/* First: where there is anything, it can be asked whether anybody is confined by it. */
	if (!r)
		r = pin_link(iterator, dir, TASKS_ITERATOR);
	if (!r)
		r = bpf_pin_maps(b, dir);
	for (int i = 0; i < s->prog_cnt && !r; i++) {
		struct bpf_link *link = *s->progs[i].link;

		if (link && link != iterator)
			r = pin_link(link, dir, s->progs[i].name);
	}
	/* Last: what is there without it is not whole. */
	return r < 0 ? r : bpf_pin_layout(b, dir);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps and load-time constants of all programs. `__weak`, because every hook
 * family's object defines them and the static linker makes them one.
 */
#ifndef RF_MAPS_H
#define RF_MAPS_H

#include "memory.h"

#include "abi.h"
#include "match.h"

/* What an image says of a path, see sight.h. */
struct rf_sight {
	__u64 image;	 /* beginning of its hash; 0: there is none */
	__u32 flags;	 /* RF_IMAGE_* */
	__u32 mode;	 /* enum rf_mode */
	__u32 otherwise; /* operations allowed where no rule speaks */
	__u32 state;	 /* of the automaton, after the path */
	__u32 uniform;	 /* all beneath it has its permissions */
	__u32 zero;
	struct rf_row row;
};

/*
 * The object of a decision. Passed by reference: to a global function the verifier lets no kernel
 * pointer pass as a number, but a structure may hold some.
 */
struct rf_object {
	__u64 dentry;
	__u64 vfsmount;
};

/* The sequence counts of rename_lock and mount_lock. */
struct rf_counts {
	__u32 renames;
	__u32 mounts;
};

/* A tree of mounts as it was at some time: which namespace's, and which change was its last. */
struct rf_mounts {
	__u64 ns;
	__u64 event;
};

/* Of a dentry, as the kernel has it: d_parent, and d_name after it. */
struct rf_link {
	__u64 parent;
	__u32 hash;
	__u32 len;
	__u64 name;
};

/* A path being resolved: text grows from the end of `bytes` towards its beginning. */
struct rf_text {
	__u64 dentry; /* the walk's position */
	__u64 mount;
	__u64 root;
	__u32 off;     /* where the text begins; RF_PATH_MAX: empty */
	__u32 path;    /* enum rf_path_state */
	__u32 state;   /* of the automaton, after the text */
	__u32 folding; /* enum rf_folding of the mount the walk is on */
	__u32 folded;  /* where the first component begins that has other spellings; RF_PATH_MAX:
			  none */
	__u32 last;    /* where the last component begins, its slash; RF_PATH_MAX: there is none */
	/* Of the automaton, after the path before the last component, and a slash. */
	__u32 dir_state;
	__u32 dir_permits;	 /* operations allowed everywhere beneath that, without an event */
	struct rf_counts counts; /* as they were during the walk */
	struct rf_mounts mounts; /* the caller's, from before it */
	struct rf_link link;	 /* of the walk's position */
	__u32 slot;		 /* of the image */
	__u32 left; /* `off` where the walk left the mount it began in; 0: it has not */
	struct rf_sight sight;
	/* The slack lets the verifier see that a name of up to 255 bytes fits at any offset. */
	char bytes[RF_PATH_MAX + 256];
};

#define RF_LAYERS_MAX 16u

/* The inodes an object is, see object.h. */
struct rf_layers {
	__u32 n;
	__u32 unknown; /* there may be more */
	__u32 copied;  /* a change makes overlayfs copy it */
	__u32 zero;
	__u64 inode[RF_LAYERS_MAX];
};

/* The tags of an object that count for an image. */
struct rf_found {
	struct rf_layers layers;
	__u64 image;
	__u32 n;
	__u32 unknown;
	__u32 state[RF_TAGS_MAX];
	__u16 rule[RF_TAGS_MAX];
	__u16 flags[RF_TAGS_MAX];
};

/*
 * Working memory of one decision. It belongs to the task, not to the CPU: LSM programs can be
 * preempted by another task's, and a task decides one thing at a time. Created when first needed.
 */
struct rf_scratch {
	struct rf_text path;
	struct rf_text new_path;
	struct rf_text exe;
	__u64 truncating; /* path of a file whose open just reported the truncation: file.bpf.c */
	__u64 truncated;  /* its dentry */
	struct rf_verdict aside; /* of a new name, until the old one is judged: check_pair.h */
	__u32 aside_reason;
	__u32 zero;
	struct rf_found found;
};

/* What is remembered of a directory, for one image at a time: see cache.h. */
struct rf_way {
	__u32 version; /* odd: being written */
	__u32 state;   /* of the automaton, after the directory's path and a slash */
	__u64 image;   /* beginning of its hash */
	__u64 vfsmount;
	__u64 dentry; /* the directory's */
	struct rf_mounts mounts;
	__u64 time;    /* jiffies */
	__u32 renames; /* the count of rename_lock */
	__u32 layered; /* on an overlay */
	__u32 permits; /* of everything beneath, without an event: where that is all the same */
	/* The state that the last name led to, and what it permits without an event. */
	__u32 name_state;
	__u32 name_permits;
};

#define RF_WAYS 4u

struct rf_dir {
	struct rf_way way[RF_WAYS];
};

struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct rf_dir);
} rf_dirs __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct rf_task);
} rf_tasks __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct rf_scratch);
} rf_scratches __weak SEC(".maps");

/* By slot. Slot 0 is never used, so that a zeroed task record names no domain. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* a switch is one word stored: enforcer/bpf_domain.c */
	__uint(max_entries, 2);		   /* set by the loader */
	__type(key, __u32);
	__type(value, struct rf_domain);
} rf_domains __weak SEC(".maps");

/* cgroup id -> slot. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2); /* set by the loader */
	__type(key, __u64);
	__type(value, __u32);
} rf_cgroups __weak SEC(".maps");

/* The value of an inner map; the loader sets its true size and rf_body_words. */
struct rf_image {
	struct rf_image_head head;
	__u32 body[RF_RESERVED_UNITS];
};

struct rf_image_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct rf_image));
};

/* Policy images. Replacing one entry is a reload. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1); /* set by the loader */
	__type(key, __u32);
	__array(values, struct rf_image_map);
} rf_images __weak SEC(".maps");

/* What is held by object. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1); /* set by the loader */
	__type(key, struct rf_inode_id);
	__type(value, struct rf_tags);
} rf_objects __weak SEC(".maps");

/* Descriptors of the enforcer whose objects rf_tag_files is to tag. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct rf_tag);
} rf_targets __weak SEC(".maps");

/* True sizes are those the enforcer makes the rings with. */
struct rf_ring_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

/* The events of a domain, by its slot: a flood in one container costs no other one an alert. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1); /* set by the loader */
	__type(key, __u32);
	__array(values, struct rf_ring_map);
} rf_rings __weak SEC(".maps");

/* Mapped by the reader of the ring, which fetches what was held back. */
struct rf_throttle_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct rf_throttles));
};

/* What is held back of the events of a domain, by its slot: see throttle.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1); /* set by the loader */
	__type(key, __u32);
	__array(values, struct rf_throttle_map);
} rf_throttled __weak SEC(".maps");

/* Words of body[] in every inner map: the `cap` of match.h, a constant to the verifier. */
const volatile __u32 rf_body_words __weak = RF_RESERVED_UNITS;

/* Addresses of the kernel's locks, see locks.bpf.c. 0: not known, which denies. */
__u64 rf_rename_lock __weak = 0;
__u64 rf_mount_lock __weak = 0;

/* Where in a task's storage the kernel leaves the record it looked up last, see storage.h. */
__u64 rf_task_place __weak = 0;

/* Inode numbers of directories, see cache.h. */
#define RF_DIRS_SEEN 4096u
__u64 rf_dirs_seen[RF_DIRS_SEEN] __weak = {};

/* Records given to new tasks, and executions, of whatever domain: see rf_confined_tasks. */
__u64 rf_forks __weak = 0;

/*
 * Which inode numbers may be those of held objects: a bit for each value of RF_HINT(). Most opens
 * need to ask no further.
 */
__u64 rf_hints[RF_HINT_BITS / 64] __weak = {};

/* Device number of the bpffs that holds ringfence's pins; 0: not known, it may be any. */
__u32 rf_pins_dev __weak = 0;

/* Number of the mount namespace they were made in; 0: not known, it may be any. */
__u32 rf_pins_ns __weak = 0;

/* Device and inode numbers of the directories with the control socket and the locks; 0: not known.
 */
__u32 rf_run_dev __weak = 0;
__u64 rf_run_dirs[2] __weak = {};

/* Non-zero: nothing is remembered of directories (cache.h, descent.h). */
const volatile __u32 rf_no_cache __weak = 0;

/* The kernel has file_truncate: then path_truncate is truncate() alone. */
const volatile __u32 rf_split_truncate __weak = 0;

#endif

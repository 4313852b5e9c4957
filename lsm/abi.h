/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the BPF programs and user space must agree on: the policy image, the
 * verdict row, the domain record, the event. Included by both worlds, so it
 * uses fixed-width types and states every layout fact as a _Static_assert.
 *
 * Numbers are arranged so that zeroed memory denies: state 0 is the dead
 * state, row 0 allows nothing, mode 0 enforces, privilege mask 0 grants
 * nothing.
 *
 * THE IMAGE is one self-contained block of memory, the value of a one-entry
 * array map, so that a BPF program has a plain pointer to all of it:
 *
 *   struct rf_image_head   fixed size: identity, flags, byte classes
 *   __u32 body[words]      transition units, then verdict rows
 *
 * THE AUTOMATON is a double array without a check array. A state is the index
 * of its base in body[]. Bytes are first mapped to classes (equivalence
 * classes of bytes no glob tells apart); classes of real bytes start at
 * RF_CLASS_FIRST. The unit for state s and class c is body[s + c]:
 *
 *   bits 0..7   label: the class this unit belongs to
 *   bits 8..30  target state (23 bits)
 *   bit 31      RF_UNIT_STAYS: no byte but '/' leaves the target. Whoever reads a name can stop
 *               there, wherever in the name it is
 *
 * It is s's transition if and only if its label equals c; no two states share
 * a base, so label and place identify the owner. Two labels are no bytes:
 *
 *   RF_LABEL_DEFAULT (0)  body[s]      where every class without a unit of
 *                                      its own goes
 *   RF_LABEL_ROW (1)      body[s + 1]  bits 8..27: verdict row of s;
 *                                      bit 31: RF_ROW_UNIFORM
 *
 * A unit that is absent (label differs) means: for a byte, take the default;
 * for the default, state 0; for the row, row 0. body[0..255] is reserved so
 * that state 0 has no units: from it everything leads back to it. One hot
 * step is therefore one class load and one unit load.
 *
 * A ROW says what every rule together says about the paths that end in a
 * state: three masks over operations and, per operation, the rule to blame.
 */
#ifndef RF_ABI_H
#define RF_ABI_H

#include <linux/types.h>

#define RF_IMAGE_MAGIC	 0x49464752u /* "RGFI" read as little-endian bytes */
#define RF_IMAGE_VERSION 3u
#define RF_HASH_SIZE	 32

/* File operations, in the order in which a refused request names one. */
enum rf_op {
	RF_OP_READ,
	RF_OP_WRITE,
	RF_OP_APPEND,
	RF_OP_CREATE,
	RF_OP_DELETE,
	RF_OP_RENAME,
	RF_OP_LINK,
	RF_OP_SETATTR,
	RF_OP_EXEC,
	RF_OP_DEVICE,
	RF_OP_CONNECT,
	_RF_OP_MAX,
};

#define RF_OP_BIT(op) (1u << (op))
#define RF_OPS_ALL    ((1u << _RF_OP_MAX) - 1)
#define RF_OPS_MODIFY                                                                              \
	(RF_OP_BIT(RF_OP_WRITE) | RF_OP_BIT(RF_OP_CREATE) | RF_OP_BIT(RF_OP_DELETE) |              \
	 RF_OP_BIT(RF_OP_RENAME) | RF_OP_BIT(RF_OP_SETATTR))

/* Privileges, bits of rf_image_head.privileges: set = granted. */
enum rf_privilege {
	RF_PRIV_MOUNT,
	RF_PRIV_USERNS,
	RF_PRIV_CHROOT,
	RF_PRIV_PTRACE,
	RF_PRIV_SIGNAL,
	RF_PRIV_BPF,
	RF_PRIV_PERF,
	RF_PRIV_IO_URING,
	RF_PRIV_KEYRING,
	RF_PRIV_MODULE,
	RF_PRIV_KEXEC,
	RF_PRIV_TIME,
	RF_PRIV_SYSLOG,
	RF_PRIV_REBOOT,
	RF_PRIV_SWAP,
	RF_PRIV_QUOTA,
	RF_PRIV_ACCT,
	RF_PRIV_PERSONALITY,
	RF_PRIV_HANDLES,
	RF_PRIV_SYSCTL,
	RF_PRIV_CGROUP,
	_RF_PRIV_MAX,
};

#define RF_PRIV_BIT(p) (1u << (p))

enum rf_mode {
	RF_MODE_ENFORCE, /* zero: forgotten memory enforces */
	RF_MODE_AUDIT,
};

/* rf_image_head.flags: which sections the policy governs. */
#define RF_IMAGE_FILES	      (1u << 0)
#define RF_IMAGE_SYSCALLS     (1u << 1)
#define RF_IMAGE_QUIET_CLONE3 (1u << 2) /* no event when the filter answers clone3 with ENOSYS */
#define RF_IMAGE_FLAGS	      (RF_IMAGE_FILES | RF_IMAGE_SYSCALLS | RF_IMAGE_QUIET_CLONE3)

#define RF_LABEL_DEFAULT       0u
#define RF_LABEL_ROW	       1u
#define RF_CLASS_FIRST	       2u
#define RF_STATE_DEAD	       0u
#define RF_UNIT_LABEL(u)       ((u)&0xffu)
#define RF_UNIT_TARGET(u)      (((u) >> 8) & 0x7fffffu)
#define RF_UNIT_STAYS	       (1u << 31)
#define RF_UNIT(label, target) ((__u32)(target) << 8 | (label))
/* The payload of a row unit. */
#define RF_ROW_INDEX(u)	  (((u) >> 8) & 0xfffffu)
#define RF_ROW_UNIFORM	  (1u << 31) /* same permissions here and below: rf_is_uniform() */
#define RF_RESERVED_UNITS 256u	     /* body[0..255]: the dead state's, all zero */

#define RF_RULE_NONE 0u /* blame: `otherwise` */
#define RF_RULES_MAX 65535u

struct rf_row {
	__u16 allow;
	__u16 deny;
	__u16 audit;
	__u16 zero;
	__u16 rule[12]; /* per operation, RF_RULE_NONE or 1..rules */
};

#define RF_ROW_WORDS 8u
_Static_assert(sizeof(struct rf_row) == RF_ROW_WORDS * 4, "row layout");
_Static_assert(_RF_OP_MAX <= 12, "a rule slot per operation");
_Static_assert(_RF_OP_MAX <= 16, "operations fit the row's masks");
_Static_assert(_RF_PRIV_MAX <= 32, "privileges fit one word");

struct rf_image_head {
	__u32 magic;
	__u32 version;
	__u8 hash[RF_HASH_SIZE]; /* SHA-256, see policy/image.h */
	__u32 words;		 /* length of body[] */
	__u32 flags;		 /* RF_IMAGE_* */
	__u32 mode;		 /* enum rf_mode */
	__u32 privileges;	 /* granted, RF_PRIV_BIT() */
	__u32 otherwise;	 /* operations allowed where no rule speaks */
	__u32 start;		 /* state before the first byte */
	__u32 classes;		 /* classes in use, RF_CLASS_FIRST included */
	__u32 rows;		 /* number of rows, row 0 included */
	__u32 rows_at;		 /* body index of row 0 */
	__u32 rules;		 /* number of rules rows may blame */
	__u32 audits;		 /* operations that any row audits */
	__u32 zero[43];
	__u8 class_of[256];
};

#define RF_HEAD_SIZE 512u
_Static_assert(sizeof(struct rf_image_head) == RF_HEAD_SIZE, "head layout");

/*
 * The largest value of an array map is KMALLOC_MAX_SIZE, 4 MiB on x86-64
 * (array_map_alloc_check(), kernel/bpf/arraymap.c, Linux 6.1).
 */
#define RF_IMAGE_MAX (4u << 20)
#define RF_BODY_MAX  ((RF_IMAGE_MAX - RF_HEAD_SIZE) / 4)

/*
 * Why a path counts, or why it could not be had. Anything but ATTACHED is
 * denied in enforce mode, unless the file is of a kind that has no path.
 */
enum rf_path_state {
	RF_PATH_NONE,	      /* the event has no path */
	RF_PATH_ATTACHED,     /* reached from the root of the mount tree */
	RF_PATH_DETACHED,     /* on a mount that is in no namespace */
	RF_PATH_OTHER_NS,     /* on a mount of another mount namespace */
	RF_PATH_DISCONNECTED, /* no way up to the root of its mount */
	RF_PATH_UNLINKED,     /* the name is gone (memfd, O_TMPFILE, unlink) */
	RF_PATH_TOO_LONG,     /* longer than RF_PATH_MAX */
	RF_PATH_RACE,	      /* renames or mounts would not hold still */
	RF_PATH_NO_MEMORY,    /* no scratch memory to resolve it in */
	RF_PATH_FOLDED,	      /* names have several spellings here, and rules tell them apart */
	_RF_PATH_STATE_MAX,
};

#define RF_PATH_MAX 4096 /* bytes, without terminator; PATH_MAX of Linux */
#define RF_EXE_MAX  256u /* of the executable's path in events: the end of it */

/* What an event is about: rf_event.kind. */
enum rf_kind {
	RF_KIND_FILE = 1,  /* .what: enum rf_op */
	RF_KIND_PRIVILEGE, /* .what: enum rf_privilege */
	RF_KIND_SYSCALL,   /* .syscall, .arch, .args */
};

enum rf_action {
	RF_ACTION_DENY,
	RF_ACTION_AUDIT,
};

/* Why the decision is what it is, when it is not simply a rule or otherwise. */
enum rf_reason {
	RF_REASON_POLICY,    /* a rule, or `otherwise` */
	RF_REASON_PATH,	     /* the path has no usable state, see path_state */
	RF_REASON_NO_DOMAIN, /* a confined task whose domain is gone */
	RF_REASON_NO_IMAGE,  /* a domain whose image is missing or damaged */
	RF_REASON_ALIAS,     /* the new name would be allowed more than the old */
	RF_REASON_OUTSIDE,   /* the target task is outside the domain */
	RF_REASON_SELF,	     /* protects ringfence itself */
	RF_REASON_OBJECT,    /* the object is held under a rule for another name, see rf_tags */
	_RF_REASON_MAX,
};

#define RF_COMM_LEN 16

/*
 * One event: this record, then path_len bytes of path, new_len bytes of the
 * second path, exe_len bytes of the executable's path; no terminators. The
 * ring holds nothing else.
 */
struct rf_event {
	/* Per domain, 1.. in order of decision, of those that are not throttled; a gap is a loss.
	 */
	__u64 seq;
	__u64 time_ns;	/* CLOCK_MONOTONIC */
	__u64 cgroup;	/* of the domain */
	__u8 hash[8];	/* first bytes of the deciding image's hash */
	__u64 args[6];	/* system call arguments */
	__u64 repeated; /* held back before this one, see struct rf_throttle */
	__u32 syscall;
	__u32 arch;		   /* AUDIT_ARCH_* */
	__u32 seccomp;		   /* SECCOMP_RET_* with data */
	__u32 domain;		   /* slot */
	__u32 pid, tid, ppid, uid; /* as the initial namespaces see them */
	__s32 error;		   /* errno given to the caller, positive; 0: none */
	__u16 rule;		   /* RF_RULE_NONE or 1..rules */
	__u8 kind, what, action, reason;
	__u8 path_state;
	__u8 new_state; /* of the second path */
	__u16 path_len, new_len, exe_len;
	char comm[RF_COMM_LEN];
};

_Static_assert(sizeof(struct rf_event) == 160, "event layout");

/* Counters of one action; total == delivered + repeated + lost at rest. */
struct rf_count {
	__u64 total;
	__u64 delivered;
	__u64 repeated;
	__u64 lost;
};

/*
 * THROTTLING. Events that are alike (same domain, image, action, kind, reason, and rule and
 * operation, privilege, or system call) share a struct rf_throttle, which lets `burst` of them
 * through at once and then so many a second. What it holds back is counted in it, until the next
 * that it lets through takes the count along or, where none comes, the reader of the ring fetches
 * it: the tables are mapped into its memory. lsm/throttle.h has the rest.
 */
struct rf_throttle {
	__u64 key;	/* RF_THROTTLE_*; 0: free. Of joint ones the reader's own */
	__u64 due;	/* CLOCK_MONOTONIC, ns: when its whole burst will be there again */
	__u64 repeated; /* held back, and not told yet */
};

/* A key: the beginning of the image's hash in the upper half, and what the event is about. */
#define RF_THROTTLE_SUBJECT(key) ((__u32)(key)&0xffffu)		/* rule, or system call */
#define RF_THROTTLE_WHAT(key)	 ((__u32)((key) >> 16) & 0x1fu) /* rf_event.what; a call: foreign */
#define RF_THROTTLE_REASON(key)	 ((__u32)((key) >> 21) & 0xfu)
#define RF_THROTTLE_ACTION(key)	 ((__u32)((key) >> 25) & 1u)
#define RF_THROTTLE_KIND(key)	 ((__u32)((key) >> 26) & 3u)
#define RF_THROTTLE_IMAGE(key)	 ((__u32)((key) >> 32))
#define RF_THROTTLE_KEY(image, kind, action, reason, what, subject)                                \
	((__u64)(__u32)(image) << 32 | (__u32)(kind) << 26 | (__u32)(action) << 25 |               \
	 (__u32)(reason) << 21 | (__u32)(what) << 16 | (__u32)(subject))

_Static_assert(RF_KIND_SYSCALL <= 3 && RF_ACTION_AUDIT <= 1 && _RF_REASON_MAX <= 16 &&
		   _RF_PRIV_MAX <= 32 && _RF_OP_MAX <= 32 && RF_RULES_MAX <= 0xffff,
	       "the parts of a key");

/* System calls from here on share one key: there are none. */
#define RF_THROTTLE_CALLS 1024u

/*
 * A domain's table. Two groups, system calls and the rest: a task may make as many different calls
 * as it likes, and takes no room from anybody's rules with it. Who finds none shares one of the
 * `joint`, one for each group and action.
 */
#define RF_THROTTLE_GROUPS 2u
#define RF_THROTTLE_ROOM   64u /* of each group; a power of two */
#define RF_THROTTLE_JOINTS (RF_THROTTLE_GROUPS * 2u)
#define RF_THROTTLES	   (RF_THROTTLE_JOINTS + RF_THROTTLE_GROUPS * RF_THROTTLE_ROOM)

struct rf_throttles {
	__u64 interval; /* ns between two when the burst is over; 0: nothing is held back */
	__u64 slack;	/* ns: how far `due` may lie ahead for one more */
	__u64 told;	/* of the losses, how many the reader has told: its own, for the next one */
	/* The joint ones first, by group and action. */
	struct rf_throttle at[RF_THROTTLES];
};

_Static_assert(sizeof(struct rf_throttles) <= 4096, "one page to map");

/* Begins as zeroes; the programs' own, see lsm/descent.h. */
struct rf_top {
	__u32 version;
	__u32 zero;
	__u64 vfsmount;
	__u64 root;
	__u64 ns; /* the tree it is the top of, as of which change: struct rf_mounts */
	__u64 event;
	__u64 time; /* jiffies */
};

/*
 * A domain: one confined container. Slots are reused; `generation` tells a
 * task of the old tenant from one of the new, and is never 0 in use.
 */
enum rf_domain_state {
	RF_DOMAIN_FREE,
	RF_DOMAIN_STARTING, /* registered; its init has not executed yet */
	RF_DOMAIN_RUNNING,  /* tasks that enter the cgroup are armed at execve */
};

struct rf_domain {
	__u64 cgroup;
	__u32 generation;
	__u32 state;   /* enum rf_domain_state */
	__u32 image;   /* index into rf_images */
	__u32 audit;   /* non-zero: audit mode whatever the image says */
	__u32 objects; /* non-zero: some rules are held by object, see rf_tags */
	__u32 zero;
	__u64 seq;
	struct rf_count count[2]; /* by enum rf_action */
	__u64 forks;		  /* tasks it got, and executions: see rf_confined_tasks */
	struct rf_top top;	  /* the root of the tree that its tasks see */
};

_Static_assert(sizeof(struct rf_domain) == 160, "domain layout");

/*
 * What is held by object: an inode by its numbers (see lsm/object.h for why), and what the policies
 * that name it say of it. An image's tag is the state its automaton is in after the protected path:
 * the row there is the object's verdict, under whatever name. `image` is the beginning of the
 * image's hash, so that containers of one policy share a tag, and no state is ever looked up in
 * another image than its own. State 0 is no tag.
 */
struct rf_inode_id {
	__u64 ino;
	__u32 dev; /* s_dev, as the kernel has it */
	__u32 generation;
	__u64 image; /* whose tags: policies do not take each other's room */
};

struct rf_tag {
	__u64 image;
	__u32 state;
	__u16 rule;  /* to blame where the row names none: what is not allowed */
	__u16 flags; /* RF_TAG_* */
};

/* Only what the row denies counts, not what it does not allow: the path led here by a link. */
#define RF_TAG_DENY_ONLY (1u << 0)

#define RF_TAGS_MAX 16u

struct rf_tags {
	struct rf_tag tag[RF_TAGS_MAX];
};

_Static_assert(sizeof(struct rf_inode_id) == 24, "no padding in a key");
_Static_assert(sizeof(struct rf_tag) == 16, "tag layout");

/* Which of the bits that tell of held objects (rf_hints) is that of an inode number. */
#define RF_HINT_BITS 65536u
#define RF_HINT(ino) ((__u32)(((ino) ^ ((ino) >> 16) ^ ((ino) >> 32)) & (RF_HINT_BITS - 1)))

/* What came of tagging one descriptor: the second number of a line of rf_tag_files. */
enum rf_tagged {
	RF_TAGGED,
	RF_TAGGED_FULL,	   /* the object is named by RF_TAGS_MAX others already */
	RF_TAGGED_UNKNOWN, /* which object it is cannot be told */
	RF_TAGGED_NO_ROOM, /* no memory, or more objects than announced */
};

/* What a task carries. Zero (no record) is an unconfined task. */
enum rf_task_state {
	RF_TASK_NONE,
	RF_TASK_STARTING, /* will be armed by its next execve, which is judged */
	RF_TASK_ARMED,
};

struct rf_task {
	__u32 domain;	  /* slot */
	__u32 generation; /* must equal the slot's */
	__u32 state;	  /* enum rf_task_state */
	__u32 zero;
	/* Where the programs put an event together: BPF's stack is too small for it. */
	struct rf_event event;
	__u64 written; /* mount that the kernel has just asked to write to, see attr.bpf.c */
};

_Static_assert(sizeof(struct rf_task) == 184, "task layout");

/*
 * What a set of programs that takes over the maps of another must find in them: pinned along, the
 * one value of an array map. RF_LAYOUT grows with any change of what is in a map that is handed on
 * (enforcer/bpf_reuse.c has the list), of meaning too: what sizes do not show.
 */
#ifndef RF_LAYOUT
#define RF_LAYOUT 1u
#endif

struct rf_layout {
	__u32 layout;
	__u32 image_version;
	__u32 image_size; /* bytes of an inner map of rf_images; rf_body_words goes with it */
	__u32 domains;	  /* at once */
	__u32 objects;
	__u32 zero;
};

_Static_assert(sizeof(struct rf_layout) == 24, "layout of the layout");

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the decisions (check_path.h, check_kind.h, check_pair.h,
 * check_privilege.h) share. Each decides with the pure matcher, reports through
 * rf_report(), and answers true for "refuse". In audit mode it reports and
 * answers false.
 *
 * Whatever is missing on the way (domain, image, memory, path) is a refusal
 * with its own reason; there is no way through one of them that ends in
 * "allow" without a row of a verified image saying so.
 *
 * The decisions are global functions: the verifier looks at each once per
 * program, for any argument, and not once per call.
 */
#ifndef RF_CHECK_H
#define RF_CHECK_H

#include "report.h"

/* Who asks, and everything a decision needs of them; filled by rf_begin(). */
struct rf_asker {
	struct rf_task *rec;
	struct rf_domain *dom;
	struct rf_image *img;
	struct rf_scratch *scratch;
};

/*
 * The object of a decision. Passed by reference: to a global function the verifier lets no kernel
 * pointer pass as a number, but a structure may hold some.
 */
struct rf_object {
	__u64 dentry;
	__u64 vfsmount;
};

static inline struct rf_object rf_object_of(const struct path *path)
{
	return (struct rf_object){.dentry = rf_u64(path->dentry), .vfsmount = rf_u64(path->mnt)};
}

/*
 * On a mount the kernel made for itself: a pipe, a socket, a memfd, an anonymous inode, a namespace
 * file. No policy can name it. It is the mount that tells: debugfs, tracefs, securityfs and mqueue
 * have superblocks of that kind too, and people mount those.
 */
static inline bool rf_is_pathless(const struct path *path)
{
	return path->mnt->mnt_flags & MNT_INTERNAL;
}

/* On a private clone of a mount: overlayfs reaches its layers through such. */
static inline bool rf_is_private_clone(__u64 vfsmount)
{
	return (__u64)RF_READ(mount, rf_mount_of(vfsmount), mnt_ns) == MNT_NS_INTERNAL &&
	       !(RF_READ(vfsmount, vfsmount, mnt_flags) & MNT_INTERNAL);
}

/* RF_REASON_POLICY, or why the call is to be refused whatever it is. */
static inline __u32 rf_begin(struct rf_task *rec, struct rf_asker *who)
{
	who->rec = rec;
	who->img = NULL;
	who->scratch = NULL;
	who->dom = rf_domain_of(rec->domain, rec->generation);
	if (!who->dom)
		return RF_REASON_NO_DOMAIN;
	who->img = rf_image_of(who->dom);
	return who->img ? RF_REASON_POLICY : RF_REASON_NO_IMAGE;
}

/* A blank event of the caller's. One at a time: a task decides one thing at a time. */
static inline struct rf_event *rf_event_new(struct rf_task *rec, __u32 kind, __u32 what)
{
	struct rf_event *ev = &rec->event;

	__builtin_memset(ev, 0, sizeof(*ev));
	ev->kind = kind;
	ev->what = what;
	ev->domain = rec->domain;
	return ev;
}

/* The beginning of the image's hash, for events. */
static inline __u64 rf_hash(const struct rf_image *img)
{
	__u64 hash = 0;

	if (img)
		__builtin_memcpy(&hash, img->head.hash, sizeof(hash));
	return hash;
}

static inline void rf_tell(struct rf_asker *who, struct rf_event *ev)
{
	rf_report(who->dom, rf_hash(who->img), who->scratch, ev);
}

/*
 * Sends a refusal and turns it into an answer. A domain that is gone has no counters and no mode:
 * its tasks are refused everything. `error` is the errno of the refusal; in audit mode it is the
 * one that enforcing would give.
 */
static inline bool rf_refuse(struct rf_asker *who, struct rf_event *ev, __u32 reason, __u32 error)
{
	bool refuse = true;

	if (!who->dom)
		return true;
	if (reason) /* else what the caller has put there */
		ev->reason = reason;
	ev->error = error;
	/* What protects ringfence and everybody else is not the policy's to audit. */
	if (who->img && rf_audits(who->dom, who->img) && reason != RF_REASON_SELF &&
	    reason != RF_REASON_OUTSIDE) {
		ev->action = RF_ACTION_AUDIT;
		refuse = false;
	}
	rf_tell(who, ev);
	return refuse;
}

/* Resolves and matches one path; its row, or NULL with t->path telling why not. */
static inline const struct rf_row *rf_row_at(struct rf_text *t, const struct rf_image *img,
					     __u64 dentry, __u64 vfsmount, __u32 flags)
{
	__u32 state;

	if (rf_resolve(t, dentry, vfsmount, flags) != RF_PATH_ATTACHED)
		return NULL;
	state = rf_match_path(t, img);
	if (t->path != RF_PATH_ATTACHED)
		return NULL;
	return rf_row_of(&img->head, img->body, rf_body_words, state);
}

#endif

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
#include "sight.h"

/* Who asks, and everything a decision needs of them; filled by rf_begin() or rf_begin_sight(). */
struct rf_asker {
	struct rf_task *rec;
	struct rf_domain *dom;
	struct rf_scratch *scratch;
	__u64 image; /* beginning of the image's hash; 0: there is none */
	__u32 flags; /* RF_IMAGE_* */
	__u32 privileges;
	__u32 audits; /* not: enforces */
};

static __always_inline struct rf_object rf_object_of(const struct path *path)
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
	const struct rf_image *img;

	*who = (struct rf_asker){.rec = rec, .dom = rf_domain_of(rec->domain, rec->generation)};
	if (!who->dom)
		return RF_REASON_NO_DOMAIN;
	img = rf_image_at(who->dom->image);
	if (!img)
		return RF_REASON_NO_IMAGE;
	who->image = rf_hash(img);
	who->flags = img->head.flags;
	who->privileges = img->head.privileges;
	who->audits = who->dom->audit || img->head.mode == RF_MODE_AUDIT;
	return RF_REASON_POLICY;
}

/*
 * The same for a decision about paths, which takes what it needs of the image from a sight. Without
 * memory to see anything in (RF_REASON_PATH) only what does not govern files lets pass:
 * RF_REASON_POLICY and no scratch.
 */
static inline __u32 rf_begin_sight(struct rf_task *rec, struct rf_asker *who)
{
	__u32 reason;

	*who = (struct rf_asker){.rec = rec, .dom = rf_domain_of(rec->domain, rec->generation)};
	if (!who->dom)
		return RF_REASON_NO_DOMAIN;
	who->scratch = rf_scratch_get();
	if (who->scratch)
		return RF_REASON_POLICY;
	reason = rf_begin(rec, who);
	if (!reason && (who->flags & RF_IMAGE_FILES))
		return RF_REASON_PATH;
	return reason;
}

static inline void rf_ask_sight(struct rf_asker *who, const struct rf_sight *sight)
{
	who->image = sight->image;
	who->flags = sight->flags;
	who->audits = sight->image && (who->dom->audit || sight->mode == RF_MODE_AUDIT);
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

static inline void rf_tell(struct rf_asker *who, struct rf_event *ev)
{
	rf_report(who->dom, who->image, who->scratch, ev);
}

/*
 * Does a refusal only report, for the mode is audit? What protects ringfence and everybody else is
 * not the policy's to audit.
 */
static inline bool rf_lets_pass(const struct rf_asker *who, __u32 reason)
{
	return who->audits && reason != RF_REASON_SELF && reason != RF_REASON_OUTSIDE;
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
	if (rf_lets_pass(who, reason)) {
		ev->action = RF_ACTION_AUDIT;
		refuse = false;
	}
	rf_tell(who, ev);
	return refuse;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a policy says of a path: the path is resolved, the automaton runs over it, and everything a
 * decision needs of the image is copied out, all in one go. So an image that is replaced meanwhile
 * cannot mix with the one before it; and this is a global function, which the verifier looks at
 * once for each program, while whoever decides needs no pointer into the image.
 */
#ifndef RF_SIGHT_H
#define RF_SIGHT_H

#include "domain.h"
#include "path.h"

struct rf_match {
	struct rf_text *text;
	const struct rf_image *image;
	__u32 from, to; /* of the text's bytes */
};

#define RF_MATCH_UNROLL 8

static long rf_match_step(__u32 index, struct rf_match *m)
{
	struct rf_text *t = m->text;
	const struct rf_image *img = m->image;
	__u32 at = m->from + index * RF_MATCH_UNROLL, state = t->state;

	for (int i = 0; i < RF_MATCH_UNROLL; i++) {
		if (at >= RF_PATH_MAX || at >= m->to)
			break;
		state = rf_step(&img->head, img->body, rf_body_words, state, t->bytes[at]);
		at++;
	}
	t->state = state;
	return state == RF_STATE_DEAD;
}

/* Goes on from t->state with the bytes from..to. */
static __noinline __u32 rf_match_bytes(struct rf_text *t, const struct rf_image *img, __u32 from,
				       __u32 to)
{
	struct rf_match m = {.text = t, .image = img, .from = from, .to = to};
	__u32 len = to - from;

	if (len > RF_PATH_MAX)
		len = 0;
	bpf_loop((len + RF_MATCH_UNROLL - 1) / RF_MATCH_UNROLL, rf_match_step, &m, 0);
	return t->state;
}

/* What the cache keeps of the directory whose path the automaton has just read. */
static __always_inline void rf_see_directory(struct rf_text *t, const struct rf_image *img,
					     bool uniform)
{
	const struct rf_row *row;

	t->dir_state = rf_step(&img->head, img->body, rf_body_words, t->state, '/');
	t->dir_permits = 0;
	if (!uniform)
		return;
	row = rf_row_of(&img->head, img->body, rf_body_words, t->state);
	t->dir_permits = rf_row_permits(img->head.otherwise, row) & ~img->head.audits;
}

/*
 * The automaton's state after the text of `t`, left in t->state. Where names have several spellings
 * from some component on, the state before it must be uniform, or the path does not count: t->path
 * becomes RF_PATH_FOLDED. (Of a root directory that folds, no state tells what is beneath it.)
 */
static __always_inline __u32 rf_match_path(struct rf_text *t, const struct rf_image *img)
{
	__u32 from = t->off, stop = t->folded < RF_PATH_MAX ? t->folded : t->last;
	bool uniform = false;

	if (stop > RF_PATH_MAX) /* or nothing would be read, and the start is not the path */
		stop = RF_PATH_MAX;
	t->state = img->head.start;
	/* What there is to know of the directory where names begin to fold, or of the last one. */
	rf_match_bytes(t, img, from, stop);
	if (stop >= RF_PATH_MAX)
		return t->state;
	if (stop != from)
		uniform = rf_is_uniform(&img->head, img->body, rf_body_words, t->state);
	if (t->folded < RF_PATH_MAX) {
		if (!uniform) {
			t->path = RF_PATH_FOLDED;
			return RF_STATE_DEAD;
		}
	} else {
		rf_see_directory(t, img, uniform);
	}
	return rf_match_bytes(t, img, stop, RF_PATH_MAX);
}

static inline void rf_see(struct rf_sight *sight, const struct rf_image *img)
{
	sight->image = rf_hash(img);
	sight->flags = img->head.flags;
	sight->mode = img->head.mode;
	sight->otherwise = img->head.otherwise;
}

/* The row and what else the state says; false where the image lies about itself. */
static inline bool rf_see_state(struct rf_sight *sight, const struct rf_image *img, __u32 state)
{
	const struct rf_row *row = rf_row_of(&img->head, img->body, rf_body_words, state);

	if (!row)
		return false;
	sight->state = state;
	sight->uniform = rf_is_uniform(&img->head, img->body, rf_body_words, state);
	sight->row = *row;
	return true;
}

/*
 * Looks at the object with the eyes of the image in `slot`: fills t->sight and t->path, the latter
 * RF_PATH_NONE where files are not governed. Returns why the call is to be refused whatever it is:
 * RF_REASON_NO_IMAGE, RF_REASON_PATH (t->path is not RF_PATH_ATTACHED); else RF_REASON_POLICY.
 */
__weak __noinline int rf_look(struct rf_text *t, __u32 slot, struct rf_object *obj, __u32 flags)
{
	const struct rf_image *img;

	if (!t || !obj)
		return RF_REASON_NO_IMAGE;
	__builtin_memset(&t->sight, 0, sizeof(t->sight));
	t->path = RF_PATH_NONE;
	t->slot = slot;
	img = rf_image_at(slot);
	if (!img)
		return RF_REASON_NO_IMAGE;
	rf_see(&t->sight, img);
	if (!(img->head.flags & RF_IMAGE_FILES))
		return RF_REASON_POLICY;
	if (rf_resolve(t, obj->dentry, obj->vfsmount, flags) != RF_PATH_ATTACHED)
		return RF_REASON_PATH;
	rf_match_path(t, img);
	if (t->path != RF_PATH_ATTACHED)
		return RF_REASON_PATH;
	return rf_see_state(&t->sight, img, t->state) ? RF_REASON_POLICY : RF_REASON_NO_IMAGE;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image verifier. Whatever made an image, after this no walk over any path
 * can leave it, and every verdict read from it is well-formed. Proven:
 *
 *   size       magic, version and sizes agree with each other and with the
 *              memory given; the parts lie in order: reserved words, units,
 *              rows, end
 *   head       flags, mode, privileges and `otherwise` hold known bits only;
 *              fields that must be zero are; without RF_IMAGE_FILES all is
 *              allowed and no rule exists
 *   classes    every byte has a class in [RF_CLASS_FIRST, classes)
 *   states     `start` and the target of every unit is a place: the dead state,
 *              or an index from which all units of all classes lie in front of
 *              the rows
 *   stays      a unit says so if no byte but '/' can leave its target
 *   dead       the reserved words are zero: from the dead state all leads back
 *   rows       every row unit names an existing row and has no unknown bit;
 *              row 0 says nothing; masks hold known operations; an operation
 *              has a rule to blame if and only if it is denied or audited, and
 *              that rule exists
 *
 * A state is never looked up but as `start` or as a unit's target, so it is
 * enough to look at each word once, whether a state owns it or not. What is
 * not proven is that the image means what its policy says, RF_ROW_UNIFORM
 * included: that is the compiler's part, and the hash's.
 */
#include <errno.h>

#include "image.h"

struct check {
	const struct rf_image_head *head;
	const __u32 *body;
	const char *why;
	__u32 stays; /* the state that has been seen to stay last */
};

static bool fails(struct check *c, bool bad, const char *why)
{
	if (bad)
		c->why = why;
	return bad;
}

static bool check_sizes(struct check *c, size_t size)
{
	const struct rf_image_head *h = c->head;
	__u64 rows_end = h->rows_at + (__u64)h->rows * RF_ROW_WORDS;

	return !fails(c, h->magic != RF_IMAGE_MAGIC, "not an image") &&
	       !fails(c, h->version != RF_IMAGE_VERSION, "unknown image version") &&
	       !fails(c, h->words > RF_BODY_MAX, "the body is too large") &&
	       !fails(c, size != RF_HEAD_SIZE + h->words * sizeof(__u32),
		      "size and number of words disagree") &&
	       !fails(c, !h->rows, "there is no row 0") &&
	       !fails(c, h->rows_at < RF_RESERVED_UNITS || h->rows_at % RF_ROW_WORDS,
		      "the rows begin in a wrong place") &&
	       !fails(c, rows_end != h->words, "the rows do not end where the image does") &&
	       !fails(c, h->rules > RF_RULES_MAX, "too many rules") &&
	       !fails(c, h->classes <= RF_CLASS_FIRST || h->classes > 256,
		      "impossible number of classes");
}

static bool check_head(struct check *c)
{
	const struct rf_image_head *h = c->head;
	__u32 zero = 0;

	for (size_t i = 0; i < sizeof(h->zero) / sizeof(h->zero[0]); i++)
		zero |= h->zero[i];
	return !fails(c, zero, "a reserved field of the head is not zero") &&
	       !fails(c, h->flags & ~RF_IMAGE_FLAGS, "unknown flags") &&
	       !fails(c, h->mode > RF_MODE_AUDIT, "unknown mode") &&
	       !fails(c, h->privileges & ~(RF_PRIV_BIT(_RF_PRIV_MAX) - 1), "unknown privileges") &&
	       !fails(c, h->otherwise && h->otherwise != RF_OPS_ALL,
		      "`otherwise` is neither all nor nothing") &&
	       !fails(c,
		      !(h->flags & RF_IMAGE_FILES) &&
			  (h->otherwise != RF_OPS_ALL || h->start != RF_STATE_DEAD || h->rules),
		      "files are not governed, yet there are rules");
}

static bool check_classes(struct check *c)
{
	for (size_t byte = 0; byte < 256; byte++) {
		__u8 class = c->head->class_of[byte];

		if (fails(c, class < RF_CLASS_FIRST || class >= c->head->classes,
			  "a byte has an impossible class"))
			return false;
	}
	return true;
}

/* Is this a state: the dead one, or one whose units all lie in front of the rows? */
static bool is_state(const struct rf_image_head *h, __u32 state)
{
	return state == RF_STATE_DEAD || (state >= RF_RESERVED_UNITS && state < h->rows_at &&
					  h->rows_at - state >= h->classes);
}

/* Has '/' a class of its own? */
static bool slash_is_apart(const struct rf_image_head *h)
{
	size_t n = 0;

	for (size_t byte = 0; byte < 256; byte++)
		n += h->class_of[byte] == h->class_of['/'];
	return n == 1;
}

/* Its default leads to itself, and no byte but '/' has a unit. Nothing leaves the dead one. */
static bool stays(struct check *c, __u32 state)
{
	const struct rf_image_head *h = c->head;
	const __u32 *at = c->body + state;

	if (state == RF_STATE_DEAD || state == c->stays)
		return true;
	if (RF_UNIT_LABEL(at[0]) != RF_LABEL_DEFAULT || RF_UNIT_TARGET(at[0]) != state)
		return false;
	for (__u32 class = RF_CLASS_FIRST; class < h->classes; class ++)
		if (RF_UNIT_LABEL(at[class]) == class && class != h->class_of['/'])
			return false;
	if (!slash_is_apart(h))
		return false;
	c->stays = state;
	return true;
}

static bool check_unit(struct check *c, __u32 unit)
{
	const struct rf_image_head *h = c->head;

	if (RF_UNIT_LABEL(unit) == RF_LABEL_ROW)
		return !fails(c, RF_ROW_INDEX(unit) >= h->rows, "a state has an impossible row") &&
		       !fails(c, unit & ~(RF_ROW_UNIFORM | RF_UNIT(0xff, 0xfffff)),
			      "a row unit has an unknown bit");
	return !fails(c, RF_UNIT_LABEL(unit) >= h->classes, "a unit has an impossible class") &&
	       !fails(c, !is_state(h, RF_UNIT_TARGET(unit)), "a unit leads out of the image") &&
	       !fails(c, unit & RF_UNIT_STAYS && !stays(c, RF_UNIT_TARGET(unit)),
		      "a state that is said to stay can be left");
}

static bool check_units(struct check *c)
{
	const struct rf_image_head *h = c->head;

	if (fails(c, !is_state(h, h->start), "the start is no state"))
		return false;
	for (__u32 i = 0; i < RF_RESERVED_UNITS; i++)
		if (fails(c, c->body[i], "a reserved word is not zero"))
			return false;
	for (__u32 i = RF_RESERVED_UNITS; i < h->rows_at; i++)
		if (!check_unit(c, c->body[i]))
			return false;
	return true;
}

static bool check_row(struct check *c, const struct rf_row *row)
{
	__u32 masks = row->allow | row->deny | row->audit, blames = row->deny | row->audit;

	if (fails(c, masks & ~RF_OPS_ALL, "a row has an unknown operation") ||
	    fails(c, row->audit & ~c->head->audits, "a row audits what the head does not") ||
	    fails(c, row->zero, "a reserved field of a row is not zero"))
		return false;
	for (size_t op = 0; op < sizeof(row->rule) / sizeof(row->rule[0]); op++) {
		bool blamed = row->rule[op] != RF_RULE_NONE;

		if (fails(c, blamed != (bool)(blames & RF_OP_BIT(op)),
			  "a row's rules are not those of its operations") ||
		    fails(c, row->rule[op] > c->head->rules, "a row blames an unknown rule"))
			return false;
	}
	return true;
}

static bool check_rows(struct check *c)
{
	const struct rf_row *rows = (const struct rf_row *)(c->body + c->head->rows_at);

	if (fails(c, rows[0].allow | rows[0].deny | rows[0].audit, "row 0 says something"))
		return false;
	for (__u32 i = 0; i < c->head->rows; i++)
		if (!check_row(c, &rows[i]))
			return false;
	return true;
}

int image_verify(const struct rf_image_head *head, size_t size, const char **ret_why)
{
	struct check c = {.head = head, .body = (const __u32 *)(head + 1)};

	if (!fails(&c, size < RF_HEAD_SIZE, "too short for an image") && check_sizes(&c, size) &&
	    check_head(&c) && check_classes(&c) && check_units(&c) && check_rows(&c))
		return 0;
	*ret_why = c.why;
	return -EINVAL;
}

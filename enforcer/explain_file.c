/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the image says about paths, found with the very matcher the BPF
 * programs run.
 *
 * Renaming and linking ask several questions: may the old name be taken, may
 * the new one be made, and would the new name be allowed more than the old one
 * was? The first no is the answer.
 */
#include "explain.h"

#include <string.h>

#include "../lsm/match.h"
#include "escape.h"
#include "util.h"

/* Where a path leads in the image. */
struct place {
	const char *path;
	__u32 state;
	const struct rf_row *row;
};

static struct place find_place(const struct image *img, const char *path)
{
	struct place p = {.path = path, .state = image_walk(img, path, strlen(path))};

	p.row = rf_row_of(img->head, image_body(img), img->head->words, p.state);
	return p;
}

static bool is_uniform(const struct image *img, const struct place *p)
{
	return rf_is_uniform(img->head, image_body(img), img->head->words, p->state);
}

static void set_text(json_t *o, const char *key, const char *text)
{
	_free_ char *safe = escape_bytes(text, strlen(text));

	json_object_set_new(o, key, json_string(safe ? safe : ""));
}

static void set_mark(json_t *o, const char *key, const struct image *img, struct mark mark)
{
	_free_ char *text = NULL;

	if (asprintf(&text, "%s:%u", img->file, mark.line) < 0)
		text = NULL;
	set_text(o, key, text ? text : "");
}

/* Does `pattern` match `path`? Asked of an automaton of its own, so that there is one matcher. */
static bool pattern_matches(const char *pattern, const char *path)
{
	struct word word = {.text = (char *)pattern, .mark = {1, 1}};
	struct file_rule rule = {.paths = &word, .n_paths = 1, .allow = RF_OPS_ALL};
	struct policy policy = {.file = (char *)"",
				.name = (char *)"",
				.files = {.present = true, .rules = &rule, .n_rules = 1}};
	_cleanup_(diag_done) struct diag diag;
	struct image *img = NULL;
	bool matches = false;

	diag_init(&diag, "");
	if (image_build(&policy, &diag, &img) == 0 && image_seal(img) == 0)
		matches = rf_row_permits(img->head->otherwise, find_place(img, path).row);
	image_free(img);
	return matches;
}

/* Can `pattern` match `path`, by the text before its first special character? */
static bool may_match(const char *pattern, const char *path)
{
	size_t plain = strcspn(pattern, "*?[{\\");

	/* "/a" and two stars match "/a" itself. */
	if (plain && pattern[plain] && pattern[plain - 1] == '/')
		plain--;
	return strncmp(pattern, path, plain) == 0;
}

/* The first rule that allows `op` on `path`: rows keep only whom to blame. NULL for none. */
static const struct image_rule *find_allowing(const struct image *img, const char *path,
					      enum rf_op op)
{
	for (size_t i = 1; i < img->n_rules; i++) {
		const struct image_rule *rule = &img->rules[i];

		if (rule->marks[EFFECT_ALLOW][op].line && may_match(rule->pattern, path) &&
		    pattern_matches(rule->pattern, path))
			return rule;
	}
	return NULL;
}

/* The rule that `row` blames for `op`, if it is one of that effect. */
static const struct image_rule *blamed_rule(const struct image *img, const struct rf_row *row,
					    enum rf_op op, enum image_effect effect)
{
	__u32 mask = effect == EFFECT_DENY ? row->deny : row->audit;

	if (!(mask & RF_OP_BIT(op)) || row->rule[op] >= img->n_rules)
		return NULL;
	return img->rules[row->rule[op]].marks[effect][op].line ? &img->rules[row->rule[op]] : NULL;
}

static void set_rule(json_t *o, const struct image *img, const struct place *p, enum rf_op op,
		     bool denied)
{
	enum image_effect effect = denied ? EFFECT_DENY : EFFECT_ALLOW;
	const struct image_rule *rule = NULL, *audit = NULL;

	if (p->row && denied)
		rule = blamed_rule(img, p->row, op, effect);
	else if (p->row && (p->row->allow & RF_OP_BIT(op)))
		rule = find_allowing(img, p->path, op);
	if (rule) {
		set_mark(o, "rule", img, rule->marks[effect][op]);
		set_text(o, "pattern", rule->pattern);
	} else {
		set_text(o, "rule", "otherwise");
	}
	if (p->row && !denied)
		audit = blamed_rule(img, p->row, op, EFFECT_AUDIT);
	if (audit)
		set_mark(o, "audit_rule", img, audit->marks[EFFECT_AUDIT][op]);
}

static void set_verdict(json_t *o, bool denied)
{
	set_text(o, "verdict", denied ? "denied" : "allowed");
	if (denied)
		set_text(o, "errno", "EACCES");
}

/* Asks for one operation; true when it is refused, and then `o` holds the answer. */
static bool refuses(json_t *o, const struct image *img, const struct place *p, enum rf_op op,
		    enum rf_op asked)
{
	struct rf_verdict v = rf_judge(img->head->otherwise, p->row, RF_OP_BIT(op));
	char name[32];

	if (!v.denied)
		return false;
	set_verdict(o, true);
	if (op != asked) {
		_free_ char *safe = escape_bytes(p->path, strlen(p->path));

		snprintf(name, sizeof(name), "file.%s", op_name(op));
		json_object_set_new(
		    o, "refused",
		    json_pack("{s:s, s:s}", "operation", name, "path", safe ? safe : ""));
	}
	set_rule(o, img, p, op, true);
	return true;
}

static void explain_two_names(json_t *o, const struct image *img, const struct file_question *q,
			      const struct place *from)
{
	struct place to = find_place(img, q->new_path);

	if (refuses(o, img, &to, RF_OP_CREATE, q->op))
		return;
	if (rf_row_gain(img->head->otherwise, from->row, to.row)) {
		set_verdict(o, true);
		set_text(o, "reason", "alias");
		set_text(o, "because", "the new name would be allowed more than the old one is");
		return;
	}
	set_verdict(o, false);
	set_rule(o, img, from, q->op, false);
	if (q->op == RF_OP_RENAME && from->state != to.state &&
	    !(is_uniform(img, from) && is_uniform(img, &to)))
		set_text(o, "note",
			 "a directory would be denied: beneath the two names the rules differ");
	else if (rf_judge(img->head->otherwise, to.row, RF_OP_BIT(RF_OP_DELETE)).denied)
		set_text(o, "note", "denied where the new name exists: it may not be deleted");
}

json_t *explain_file(const struct compiled *c, const struct file_question *q)
{
	const struct image *img = c->image;
	json_t *o = json_object();
	struct place from;
	char name[32];

	if (!o)
		return NULL;
	snprintf(name, sizeof(name), "file.%s", op_name(q->op));
	set_text(o, "operation", name);
	set_text(o, "path", q->path);
	if (q->new_path)
		set_text(o, "new_path", q->new_path);
	if (!(img->head->flags & RF_IMAGE_FILES)) {
		set_verdict(o, false);
		set_text(o, "rule", "none");
		set_text(o, "because", "the policy does not govern files");
		return o;
	}
	if (strlen(q->path) > RF_PATH_MAX || (q->new_path && strlen(q->new_path) > RF_PATH_MAX)) {
		set_verdict(o, true);
		set_text(o, "reason", "path");
		set_text(o, "because", "a path of more than 4096 bytes is always denied");
		return o;
	}
	from = find_place(img, q->path);
	if (refuses(o, img, &from, q->op, q->op))
		return o;
	if (q->new_path) {
		explain_two_names(o, img, q, &from);
		return o;
	}
	set_verdict(o, false);
	set_rule(o, img, &from, q->op, false);
	if (q->op == RF_OP_RENAME || q->op == RF_OP_LINK)
		set_text(o, "note", "name the new path too: it has rules of its own");
	return o;
}

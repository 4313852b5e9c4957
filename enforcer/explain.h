/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers of a policy to "may it?", as the JSON object that `ringfence
 * explain --json` prints; the text is made from it:
 *
 *   verdict    "allowed" or "denied": the policy's word, whatever its mode
 *   operation  as asked, with `path` and `new_path`, or `syscall` and `args`
 *   refused    the operation and path that is refused, where it is not the one asked for
 *   rule       "FILE:LINE", "otherwise", or "none" where the section is not governed
 *   pattern    the path pattern of that rule
 *   because    what decided, in words
 *   audit_rule the rule by which an allowed operation is recorded
 *   errno      what a refused caller gets; `action` is the filter's own answer
 *   note       what else to know
 */
#ifndef ENFORCER_EXPLAIN_H
#define ENFORCER_EXPLAIN_H

#include <jansson.h>

#include "cmd.h"

/* A question about files; `path` and `new_path` (NULL unless two are asked about) are normal. */
struct file_question {
	enum rf_op op;
	const char *path;
	const char *new_path;
};

struct syscall_call;

/* Each returns NULL when out of memory. */
json_t *explain_file(const struct compiled *c, const struct file_question *q);
json_t *explain_syscall(const struct compiled *c, const struct syscall_call *call);
json_t *explain_privilege(const struct compiled *c, enum rf_privilege privilege);

#endif

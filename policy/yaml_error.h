/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A syntax error of libyaml, said so that the author of a policy can act.
 */
#ifndef POLICY_YAML_ERROR_H
#define POLICY_YAML_ERROR_H

#include <yaml.h>

#include "diag.h"

/* Adds the error `parser` stopped with while reading `text`. Returns -EINVAL or -ENOMEM. */
int yaml_error_report(const yaml_parser_t *parser, const char *text, size_t size, struct diag *d);

static inline struct mark mark_from_yaml(yaml_mark_t m)
{
	return (struct mark){.line = (unsigned)m.line + 1, .col = (unsigned)m.column + 1};
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCER_YAML_WRITE_H
#define ENFORCER_YAML_WRITE_H

#include <jansson.h>
#include <stdio.h>

/*
 * Writes objects, lists and strings as YAML; a string that YAML would take for something else, such
 * as a number, stays as it is and becomes that. 0, or -EIO or -ENOMEM (not told apart by the
 * library: -EIO).
 */
int yaml_write(const json_t *value, FILE *out);

#endif

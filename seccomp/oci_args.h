/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of argument values as the lists `args` of an OCI profile: see oci_args.c.
 */
#ifndef SECCOMP_OCI_ARGS_H
#define SECCOMP_OCI_ARGS_H

#include <jansson.h>

#include "region.h"

/*
 * Adds to the array `ret_lists` one list for each entry that the union of the regions takes. 0,
 * -ENOMEM, or -ERANGE: one needs a number from 2^63 on, which the JSON library does not write.
 */
int oci_args_write(const struct regions *regions, json_t *ret_lists);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of OCI profiles: the filter that a runtime makes of one.
 */
#ifndef TESTS_OCI_LOAD_H
#define TESTS_OCI_LOAD_H

#include <jansson.h>

#include "../../seccomp/filter.h"

struct loaded {
	struct sock_filter *insns;
	size_t len;
};

/*
 * Gives the object to libseccomp as crun and runc do: a rule for each name, one for each comparison
 * where an argument is compared twice, none where the default says the same. The test fails when
 * libseccomp refuses something.
 */
struct loaded oci_load(const json_t *o);
void loaded_done(struct loaded *l);

uint32_t loaded_ask(const struct loaded *l, const struct syscall_call *call);

#endif

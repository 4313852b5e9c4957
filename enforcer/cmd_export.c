/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ringfence export: the system call part of a policy for who has no ringfence,
 * as the object that an OCI runtime takes for `linux.seccomp`.
 */
#include "cmd.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>

#include "../seccomp/oci.h"
#include "log.h"
#include "util.h"

/* The object of a policy; what is wrong goes to `d`. */
static int make_object(const struct policy *policy, struct diag *d, json_t **ret)
{
	_cleanup_(profile_done) struct profile p = {0};
	json_t *o = NULL;
	int r = profile_from_policy(policy, d, &p);

	if (!r)
		r = oci_profile_write(&p, policy, d, &o);
	if (!r)
		r = oci_check_size(o, policy, d);
	if (r < 0)
		json_decref(o);
	else
		*ret = o;
	return r;
}

static int export_seccomp(const char *file)
{
	_cleanup_(compiled_done) struct compiled c = {0};
	_cleanup_(diag_done) struct diag d = {0};
	json_t *o = NULL;
	int r = compiled_load(file, false, false, &c);

	if (r < 0)
		return (int)compiled_exit(r);
	diag_init(&d, c.policy->file);
	r = make_object(c.policy, &d, &o);
	diag_print(&d, stderr);
	if (r == -ENOMEM)
		log_errno(r, "failed to export the policy");
	return r < 0 ? (int)compiled_exit(r) : (int)command_print_json(o);
}

int cmd_export(int argc, char **argv)
{
	static const struct option options[] = {{"oci-seccomp", no_argument, NULL, 's'}, {0}};
	bool seccomp = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 's')
			return command_misused(argv[0], NULL);
		seccomp = true;
	}
	if (argc - optind != 1)
		return command_misused(argv[0], "exactly one policy is wanted");
	if (!seccomp)
		return command_misused(argv[0], "say what to export: --oci-seccomp");
	return export_seccomp(argv[optind]);
}

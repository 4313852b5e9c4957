/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ringfence export: the system call part of a policy for who has no ringfence,
 * as the object that an OCI runtime takes for `linux.seccomp`.
 */
#include "cmd.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>

#include "../seccomp/names.h"
#include "../seccomp/oci.h"
#include "log.h"
#include "util.h"

static int write_failed(int r, uint32_t nr)
{
	_free_ char *name = NULL;

	if (r != -ERANGE) {
		log_errno(r, "failed to export the policy");
		return EXIT_CANNOT;
	}
	name = syscall_name(native_arch(), nr);
	log_error("a condition on '%s' cannot be written as JSON", name ? name : "?");
	log_hint("it has numbers from 2^63 on");
	return EXIT_CANNOT;
}

static int print_object(const struct profile *p)
{
	json_t *o = NULL;
	uint32_t nr = 0;
	int r = oci_profile_write(p, &o, &nr);

	if (r < 0)
		return write_failed(r, nr);
	return command_print_json(o);
}

static int export_seccomp(const char *file)
{
	_cleanup_(compiled_done) struct compiled c = {0};
	_cleanup_(profile_done) struct profile p = {0};
	_cleanup_(diag_done) struct diag d = {0};
	int r = compiled_load(file, false, false, &c);

	if (r < 0)
		return (int)compiled_exit(r);
	diag_init(&d, file);
	r = profile_from_policy(c.policy, &d, &p);
	diag_print(&d, stderr);
	if (r < 0)
		return (int)compiled_exit(r);
	return print_object(&p);
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

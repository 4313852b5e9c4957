/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ringfence import: a seccomp profile made for docker, podman or an OCI runtime
 * becomes the section `syscalls` of a policy, on standard output.
 */
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>

#include "../seccomp/oci.h"
#include "json_file.h"
#include "log.h"
#include "util.h"
#include "yaml_write.h"

/* A whole config.json will do too: its part is taken. */
static const json_t *seccomp_of(const json_t *o)
{
	const json_t *inner = json_object_get(json_object_get(o, "linux"), "seccomp");

	return inner ? inner : o;
}

static int print_section(json_t *section)
{
	json_t *o = json_pack("{s:O}", "syscalls", section);
	int r = o ? yaml_write(o, stdout) : -ENOMEM;

	json_decref(o);
	if (r < 0) {
		log_errno(r, "failed to write the section");
		return EXIT_CANNOT;
	}
	return EXIT_OK;
}

static int import_seccomp(const char *file, const char *const *caps)
{
	_cleanup_(diag_done) struct diag d = {0};
	json_t *profile = NULL, *section = NULL;
	int r = json_file_read(AT_FDCWD, file, &profile), code;

	if (r < 0)
		return (int)compiled_exit(r);
	diag_init(&d, file);
	r = oci_import(seccomp_of(profile), caps, &d, &section);
	diag_print(&d, stderr);
	if (!r && d.out_of_memory)
		r = -ENOMEM;
	if (r == -ENOMEM)
		log_errno(r, "failed to import the profile");
	code = r < 0 ? (int)compiled_exit(r) : print_section(section);
	json_decref(section);
	json_decref(profile);
	return code;
}

int cmd_import(int argc, char **argv)
{
	static const struct option options[] = {
	    {"oci-seccomp", no_argument, NULL, 's'}, {"cap", required_argument, NULL, 'c'}, {0}};
	_free_ const char **caps = calloc((size_t)argc + 1, sizeof(*caps));
	bool seccomp = false;
	size_t n = 0;
	int c;

	if (!caps) {
		log_errno(-ENOMEM, "failed to begin");
		return EXIT_CANNOT;
	}
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			seccomp = true;
		else if (c == 'c')
			caps[n++] = optarg;
		else
			return command_misused(argv[0], NULL);
	}
	if (argc - optind != 1)
		return command_misused(argv[0], "exactly one profile is wanted");
	if (!seccomp)
		return command_misused(argv[0], "say what to import: --oci-seccomp");
	return import_seccomp(argv[optind], caps);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime_check.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "../policy/reader.h"
#include "log.h"
#include "util.h"

/*
 * crun takes a filter from an annotation, in place of the configuration's. A handler and a module
 * for WebAssembly run inside the init, which then never executes and is never armed. A delegated
 * cgroup is below the container's: the init is in it, and who enters the container is not.
 */
static const struct {
	const char *name, *why;
} annotations[] = {
    {"run.oci.seccomp_bpf_data", "replaces the filter of the policy"},
    {"run.oci.handler", "runs the container without an execve, by which confinement begins"},
    {"module.wasm.image/variant",
     "runs the container without an execve, by which confinement begins"},
    {"run.oci.delegate-cgroup", "puts the container into another cgroup than who enters it"},
};

static int check_annotations(const json_t *config)
{
	const json_t *given = json_object_get(config, "annotations");

	for (size_t i = 0; i < ARRAY_SIZE(annotations); i++) {
		if (!json_object_get(given, annotations[i].name))
			continue;
		log_error("Annotation %s: it %s", annotations[i].name, annotations[i].why);
		log_hint("take it off the container, or off its image, to run it under a policy");
		return -EINVAL;
	}
	return 0;
}

/*
 * crun by its other names runs WebAssembly, or a machine; the others have machines or a kernel of
 * their own. None has an init whose execve this kernel would see.
 */
int runtime_check_kind(const char *path)
{
	static const char *const kinds[] = {"crun-wasm", "crun-vm", "krun", "runsc", "kata"};
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strncmp(name, kinds[i], strlen(kinds[i])))
			continue;
		log_error("What '%s' runs cannot be confined: it is not executed by this kernel",
			  path);
		log_hint("crun and runc make containers that can");
		return -EOPNOTSUPP;
	}
	return 0;
}

int runtime_check_config(const json_t *config)
{
	return check_annotations(config);
}

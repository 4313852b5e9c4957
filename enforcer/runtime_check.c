/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime_check.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
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

/* ---- names ----------------------------------------------------------- */

/* One character of a name, as Go compares them; *at goes on behind it. */
static unsigned char folded(const char **at)
{
	static const char long_s[] = "\xc5\xbf", kelvin[] = "\xe2\x84\xaa";

	if (!strncmp(*at, long_s, strlen(long_s))) {
		*at += strlen(long_s);
		return 's';
	}
	if (!strncmp(*at, kelvin, strlen(kelvin))) {
		*at += strlen(kelvin);
		return 'k';
	}
	return (unsigned char)tolower((unsigned char)*(*at)++);
}

static bool looks_like(const char *name, const char *known)
{
	while (*name && *known)
		if (folded(&name) != folded(&known))
			return false;
	return !*name && !*known;
}

/*
 * runc takes a member whose name differs from the known one in nothing but case for the known one,
 * and of several the last, whichever it is. So such a member could undo what is ours.
 */
static int check_names(const json_t *o, const char *where, const char *const *known)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)o, name, value)
	{
		for (const char *const *k = known; *k; k++) {
			if (!strcmp(name, *k) || !looks_like(name, *k))
				continue;
			log_error("The bundle's config.json: '%s'%s would be taken for '%s'",
				  shown(name).text, where, *k);
			return -EINVAL;
		}
	}
	return 0;
}

int runtime_check_config(const json_t *config)
{
	static const char *const top[] = {"annotations", "hooks", "linux", "mounts",
					  "process",	 "root",  NULL};
	static const char *const in_hooks[] = {"createRuntime", NULL};
	static const char *const in_linux[] = {"seccomp", "cgroupsPath", NULL};
	static const char *const in_seccomp[] = {
	    "defaultAction", "defaultErrnoRet", "architectures", "flags", "syscalls", NULL};
	const json_t *os = json_object_get(config, "linux");
	int r = check_names(config, "", top);

	if (!r)
		r = check_names(json_object_get(config, "hooks"), " of 'hooks'", in_hooks);
	if (!r)
		r = check_names(os, " of 'linux'", in_linux);
	if (!r)
		r = check_names(json_object_get(os, "seccomp"), " of 'linux.seccomp'", in_seccomp);
	return r ? r : check_annotations(config);
}

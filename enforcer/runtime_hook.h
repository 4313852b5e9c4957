/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCER_RUNTIME_HOOK_H
#define ENFORCER_RUNTIME_HOOK_H

/*
 * `ringfence-runtime hook DIRECTORY`, see runtime_hook.c: argv[0] is "hook". Registers the
 * container whose state is on standard input. Returns the exit code.
 */
int runtime_hook(int argc, char **argv);

#endif

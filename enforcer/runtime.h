/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCER_RUNTIME_H
#define ENFORCER_RUNTIME_H

/* The program `ringfence-runtime`, see runtime.c and ringfence-runtime(8). Returns the exit code.
 */
int runtime_main(int argc, char **argv);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the kernel reads each argument of each system call: see argtypes.c.
 */
#ifndef SECCOMP_ARGTYPES_H
#define SECCOMP_ARGTYPES_H

#include <stdint.h>

enum arg_type {
	ARG_TYPE_NONE,	  /* the call has no such argument */
	ARG_TYPE_UNKNOWN, /* the call is not in the table */
	ARG_TYPE_POINTER,
	ARG_TYPE_VARIES, /* its type depends on another argument */
	ARG_TYPE_MODE,	 /* 16 bits: umode_t */
	ARG_TYPE_INT,	 /* 32 bits */
	ARG_TYPE_LONG,	 /* 64 bits */
};

enum arg_type argument_type(const char *call, unsigned arg);
/* Number of arguments, -1 when the call is not in the table. */
int argument_count(const char *call);
/* The bits of the register that the kernel looks at; 0 where no condition is possible. */
uint64_t argument_mask(enum arg_type type);

#endif

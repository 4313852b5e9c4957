/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SECCOMP_ERRNOS_H
#define SECCOMP_ERRNOS_H

/* The errno name nearest to `text`, NULL when none is near. */
const char *errno_nearest(const char *text);

#endif

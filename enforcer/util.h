/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scope-bound resources: `_free_ char *p`, `_close_ int fd = -1`, and taking them out again. */
#ifndef ENFORCER_UTIL_H
#define ENFORCER_UTIL_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void free_ptr(void *p)
{
	free(*(void **)p);
}

static inline void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void close_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define _cleanup_(fn) __attribute__((cleanup(fn)))
#define _free_	      _cleanup_(free_ptr)
#define _close_	      _cleanup_(close_fd)
#define _fclose_      _cleanup_(close_file)

#define take_ptr(p)                                                                                \
	({                                                                                         \
		__typeof__(p) taken_ = (p);                                                        \
		(p) = NULL;                                                                        \
		taken_;                                                                            \
	})

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif

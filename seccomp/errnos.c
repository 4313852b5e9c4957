/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of errors, with the numbers this build's <errno.h> gives them.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "errnos.h"

struct errno_name {
	const char *name;
	int number;
};

/* Sorted by name: searched by bisection. */
/* clang-format off */
#define E(name) {#name, name}

static const struct errno_name errno_names[] = {
	E(E2BIG), E(EACCES), E(EADDRINUSE), E(EADDRNOTAVAIL), E(EADV), E(EAFNOSUPPORT),
	E(EAGAIN), E(EALREADY), E(EBADE), E(EBADF), E(EBADFD), E(EBADMSG), E(EBADR),
	E(EBADRQC), E(EBADSLT), E(EBFONT), E(EBUSY), E(ECANCELED), E(ECHILD), E(ECHRNG),
	E(ECOMM), E(ECONNABORTED), E(ECONNREFUSED), E(ECONNRESET), E(EDEADLK), E(EDEADLOCK),
	E(EDESTADDRREQ), E(EDOM), E(EDOTDOT), E(EDQUOT), E(EEXIST), E(EFAULT), E(EFBIG),
	E(EHOSTDOWN), E(EHOSTUNREACH), E(EHWPOISON), E(EIDRM), E(EILSEQ), E(EINPROGRESS),
	E(EINTR), E(EINVAL), E(EIO), E(EISCONN), E(EISDIR), E(EISNAM), E(EKEYEXPIRED),
	E(EKEYREJECTED), E(EKEYREVOKED), E(EL2HLT), E(EL2NSYNC), E(EL3HLT), E(EL3RST),
	E(ELIBACC), E(ELIBBAD), E(ELIBEXEC), E(ELIBMAX), E(ELIBSCN), E(ELNRNG), E(ELOOP),
	E(EMEDIUMTYPE), E(EMFILE), E(EMLINK), E(EMSGSIZE), E(EMULTIHOP), E(ENAMETOOLONG),
	E(ENAVAIL), E(ENETDOWN), E(ENETRESET), E(ENETUNREACH), E(ENFILE), E(ENOANO),
	E(ENOBUFS), E(ENOCSI), E(ENODATA), E(ENODEV), E(ENOENT), E(ENOEXEC), E(ENOKEY),
	E(ENOLCK), E(ENOLINK), E(ENOMEDIUM), E(ENOMEM), E(ENOMSG), E(ENONET), E(ENOPKG),
	E(ENOPROTOOPT), E(ENOSPC), E(ENOSR), E(ENOSTR), E(ENOSYS), E(ENOTBLK), E(ENOTCONN),
	E(ENOTDIR), E(ENOTEMPTY), E(ENOTNAM), E(ENOTRECOVERABLE), E(ENOTSOCK), E(ENOTSUP),
	E(ENOTTY), E(ENOTUNIQ), E(ENXIO), E(EOPNOTSUPP), E(EOVERFLOW), E(EOWNERDEAD),
	E(EPERM), E(EPFNOSUPPORT), E(EPIPE), E(EPROTO), E(EPROTONOSUPPORT), E(EPROTOTYPE),
	E(ERANGE), E(EREMCHG), E(EREMOTE), E(EREMOTEIO), E(ERESTART), E(ERFKILL), E(EROFS),
	E(ESHUTDOWN), E(ESOCKTNOSUPPORT), E(ESPIPE), E(ESRCH), E(ESRMNT), E(ESTALE),
	E(ESTRPIPE), E(ETIME), E(ETIMEDOUT), E(ETOOMANYREFS), E(ETXTBSY), E(EUCLEAN),
	E(EUNATCH), E(EUSERS), E(EWOULDBLOCK), E(EXDEV), E(EXFULL),
};
/* clang-format on */

#define N_ERRNO_NAMES (sizeof(errno_names) / sizeof(errno_names[0]))

/* Second names of a number: read, never written. */
static const char *const aliases[] = {"EDEADLOCK", "ENOTSUP", "EWOULDBLOCK"};

static int by_name(const void *key, const void *element)
{
	return strcmp(key, ((const struct errno_name *)element)->name);
}

int errno_number(const char *name)
{
	const struct errno_name *found =
	    bsearch(name, errno_names, N_ERRNO_NAMES, sizeof(errno_names[0]), by_name);

	return found ? found->number : 0;
}

static bool is_alias(const char *name)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (!strcmp(name, aliases[i]))
			return true;
	return false;
}

const char *errno_word(int number)
{
	for (size_t i = 0; i < N_ERRNO_NAMES; i++)
		if (errno_names[i].number == number && !is_alias(errno_names[i].name))
			return errno_names[i].name;
	return NULL;
}

const char *errno_nearest(const char *text)
{
	const char *names[N_ERRNO_NAMES];

	for (size_t i = 0; i < N_ERRNO_NAMES; i++)
		names[i] = errno_names[i].name;
	return nearest_word(text, names, N_ERRNO_NAMES);
}

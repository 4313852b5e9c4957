/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The library by the name that its ABI has: another one is another ABI. */
#include "mhd.h"

#include <dlfcn.h>

#include "log.h"

#define LIBRARY "libmicrohttpd.so.12"

#define FUNCTION(name)                                                                             \
	{                                                                                          \
		"MHD_" #name, offsetof(struct mhd, name)                                           \
	}

static const struct {
	const char *symbol;
	size_t at;
} functions[] = {
    FUNCTION(start_daemon),
    FUNCTION(stop_daemon),
    FUNCTION(get_daemon_info),
    FUNCTION(get_timeout),
    FUNCTION(run),
    FUNCTION(get_connection_info),
    FUNCTION(create_response_from_buffer),
    FUNCTION(add_response_header),
    FUNCTION(queue_response),
    FUNCTION(destroy_response),
};

_Static_assert(sizeof(functions) / sizeof(*functions) == sizeof(struct mhd) / sizeof(void *),
	       "all of them");

const struct mhd *mhd_load(void)
{
	static struct mhd mhd;
	static bool loaded;
	void *library = loaded ? NULL : dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (loaded)
		return &mhd;
	if (!library) {
		log_error("Failed to load libmicrohttpd: %s", dlerror());
		log_hint("Debian has it in the package libmicrohttpd12");
		return NULL;
	}
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		void **to = (void **)((char *)&mhd + functions[i].at);

		*to = dlsym(library, functions[i].symbol);
		if (!*to) {
			log_error("libmicrohttpd has no function %s", functions[i].symbol);
			return NULL;
		}
	}
	loaded = true;
	return &mhd;
}

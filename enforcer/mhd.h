/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libmicrohttpd, loaded when somebody wants it. Linked the usual way it would come, with TLS and
 * all that this brings along, into every `ringfence run` and every start of a container, at 25
 * times of what the dynamic linker does for these otherwise.
 */
#ifndef ENFORCER_MHD_H
#define ENFORCER_MHD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <microhttpd.h>

struct mhd {
	__typeof__(MHD_start_daemon) *start_daemon;
	__typeof__(MHD_stop_daemon) *stop_daemon;
	__typeof__(MHD_get_daemon_info) *get_daemon_info;
	__typeof__(MHD_get_timeout) *get_timeout;
	__typeof__(MHD_run) *run;
	__typeof__(MHD_get_connection_info) *get_connection_info;
	__typeof__(MHD_create_response_from_buffer) *create_response_from_buffer;
	__typeof__(MHD_add_response_header) *add_response_header;
	__typeof__(MHD_queue_response) *queue_response;
	__typeof__(MHD_destroy_response) *destroy_response;
};

/* The functions, the same each time; it stays loaded. NULL: it is not to be had, which is told. */
const struct mhd *mhd_load(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <getopt.h>

#include "cmd.h"
#include "daemon.h"
#include "log.h"
#include "size.h"

/* What is wrong with the value of an option, as a format with it for %s; NULL: nothing. */
static const char *set_option(struct daemon_options *o, int c, const char *value)
{
	switch (c) {
	case 'c':
		o->no_cache = true;
		return NULL;
	case 'l':
		o->log = value;
		return NULL;
	case 'm':
		return metrics_address_parse(value, &o->metrics) < 0 ? METRICS_MISUSED : NULL;
	case 'r':
		return ring_size_parse(value, &o->ring_size) < 0 ? RING_SIZE_MISUSED : NULL;
	case 't':
		return throttle_parse(value, &o->throttle) < 0 ? THROTTLE_MISUSED : NULL;
	case 'w':
		o->watch = true;
		return NULL;
	default:
		log_verbose = 1;
		return NULL;
	}
}

int cmd_daemon(int argc, char **argv)
{
	static const struct option longs[] = {{"help", no_argument, NULL, 'h'},
					      {"log", required_argument, NULL, 'l'},
					      {"metrics", required_argument, NULL, 'm'},
					      {"no-cache", no_argument, NULL, 'c'},
					      {"ring-size", required_argument, NULL, 'r'},
					      {"throttle", required_argument, NULL, 't'},
					      {"verbose", no_argument, NULL, 'v'},
					      {"watch", no_argument, NULL, 'w'},
					      {}};
	struct daemon_options options = {.throttle = THROTTLE_DEFAULT,
					 .ring_size = RING_SIZE_DEFAULT};
	const char *misused;
	int c;

	while ((c = getopt_long(argc, argv, "l:vwh", longs, NULL)) != -1) {
		if (c == 'h') {
			command_help(argv[0], stdout);
			return EXIT_OK;
		}
		if (c == '?')
			return command_misused(argv[0], NULL);
		misused = set_option(&options, c, optarg);
		if (misused)
			return command_misused(argv[0], misused, optarg);
	}
	if (optind < argc)
		return command_misused(argv[0], "takes no arguments");
	return daemon_run(&options) < 0 ? EXIT_CANNOT : EXIT_OK;
}

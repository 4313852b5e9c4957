/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include "cmd.h"
#include "container_name.h"
#include "log.h"

#define DEFAULT_POLICY "ringfence.yaml"
#define PRESERVE_MAX   1024u

static int parse_count(const char *text, unsigned *ret)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || n > PRESERVE_MAX)
		return -EINVAL;
	*ret = (unsigned)n;
	return 0;
}

/* Who has a policy made ready wants to know everything. */
static int settle_throttle(struct run_options *o)
{
	o->throttle = o->audit ? THROTTLE_OFF : THROTTLE_DEFAULT;
	return o->throttle_text ? throttle_parse(o->throttle_text, &o->throttle) : 0;
}

/* -1: go on; otherwise the exit code. */
static int set_option(int c, struct run_options *o, const char *command)
{
	switch (c) {
	case 'p':
		o->policy = optarg;
		return -1;
	case 'a':
		o->audit = true;
		return -1;
	case 'n':
		o->name = optarg;
		return -1;
	case 'l':
		o->log = optarg;
		return -1;
	case 'j':
		o->json = true;
		return -1;
	case 't':
		o->throttle_text = optarg;
		return -1;
	case 'f':
		if (parse_count(optarg, &o->preserve_fds) == 0)
			return -1;
		return command_misused(command, "--preserve-fds wants a number up to %u, not '%s'",
				       PRESERVE_MAX, optarg);
	case 'v':
		log_verbose = 1;
		return -1;
	case 'h':
		command_help(command, stdout);
		return EXIT_OK;
	default:
		return command_misused(command, NULL);
	}
}

int run_options_parse(int argc, char **argv, struct run_options *o)
{
	static const struct option longs[] = {{"policy", required_argument, NULL, 'p'},
					      {"audit", no_argument, NULL, 'a'},
					      {"name", required_argument, NULL, 'n'},
					      {"log", required_argument, NULL, 'l'},
					      {"json", no_argument, NULL, 'j'},
					      {"throttle", required_argument, NULL, 't'},
					      {"preserve-fds", required_argument, NULL, 'f'},
					      {"verbose", no_argument, NULL, 'v'},
					      {"help", no_argument, NULL, 'h'},
					      {}};
	int c, code;

	*o = (struct run_options){.policy = DEFAULT_POLICY};
	while ((c = getopt_long(argc, argv, "+p:an:l:jvh", longs, NULL)) != -1) {
		code = set_option(c, o, argv[0]);
		if (code >= 0)
			return code;
	}
	if (settle_throttle(o) < 0)
		return command_misused(argv[0], THROTTLE_MISUSED, o->throttle_text);
	if (o->name && !container_name_is_valid(o->name))
		return command_misused(argv[0], CONTAINER_NAME_MISUSED, "--name");
	o->argv = argv + optind;
	if (!o->argv[0])
		return command_misused(argv[0], "no command given");
	return -1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One binary under several names: the base name of argv[0] chooses the
 * program, its first argument the subcommand.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "escape.h"
#include "log.h"
#include "runtime.h"
#include "util.h"

#ifndef RINGFENCE_VERSION
#define RINGFENCE_VERSION "unknown"
#endif

static void print_help(FILE *out)
{
	fputs("usage: ringfence [-v] COMMAND [ARG...]\n"
	      "Confines containers by a policy file, and explains what the policy says.\n\n",
	      out);
	for (size_t i = 0; i < n_commands; i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].help);
	fputs("\n  -v, --verbose  say what is being done\n"
	      "  --help, help   this text; `COMMAND --help` or `help COMMAND`: that command's\n"
	      "  --version      the version\n\n"
	      "Exit status: 0 yes or done, 1 no (denied, invalid), 2 wrong usage, 125 failure.\n",
	      out);
}

static int unknown_command(const char *name)
{
	_free_ char *shown = escape_bytes(name, strlen(name));
	const char *names[n_commands];
	const char *near;

	for (size_t i = 0; i < n_commands; i++)
		names[i] = commands[i].name;
	log_error("no command '%s'", shown ? shown : "?");
	near = nearest_word(name, names, n_commands);
	if (near)
		log_hint("did you mean '%s'?", near);
	else
		log_hint("'ringfence --help' lists the commands");
	return EXIT_USAGE;
}

static int help_about(const char *name)
{
	if (!command_find(name))
		return unknown_command(name);
	command_help(name, stdout);
	return EXIT_OK;
}

static bool is_word(const char *arg, const char *one, const char *other)
{
	return arg && (strcmp(arg, one) == 0 || strcmp(arg, other) == 0);
}

static int dispatch(int argc, char **argv)
{
	const struct command *c;

	while (argc > 1 && is_word(argv[1], "-v", "--verbose")) {
		log_verbose++;
		argv++;
		argc--;
	}
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "help") == 0 && argc > 2)
		return help_about(argv[2]);
	if (is_word(argv[1], "--help", "-h") || strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return EXIT_OK;
	}
	if (is_word(argv[1], "--version", "-V")) {
		puts("ringfence " RINGFENCE_VERSION);
		return EXIT_OK;
	}
	c = command_find(argv[1]);
	if (!c)
		return unknown_command(argv[1]);
	if (is_word(argv[2], "--help", "-h"))
		return help_about(c->name);
	return c->run(argc - 1, argv + 1);
}

struct program {
	const char *name;
	int (*main)(int argc, char **argv);
};

static const struct program programs[] = {
    {"ringfence", dispatch},
    {"ringfence-runtime", runtime_main},
};

static const struct program *program_of(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');
	const char *name = slash ? slash + 1 : argv0;

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (strcmp(programs[i].name, name) == 0)
			return &programs[i];
	return &programs[0]; /* a copy under another name is still the command line */
}

/*
 * What is opened next would take the place of a standard descriptor that is closed, and be written
 * to as such. What stands in for it fails as a closed one does, and is closed for the command.
 */
static bool fill_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int flags = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", flags | O_CLOEXEC) != fd)
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	int code;

	if (!fill_descriptors()) {
		log_error("failed to open '/dev/null' in place of a closed descriptor");
		return EXIT_CANNOT;
	}

	if (argc < 1)
		return EXIT_USAGE;
	code = program_of(argv[0])->main(argc, argv);
	/* An answer that could not be written was not given: a full disk is no "yes". */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		log_error("failed to write to standard output");
		return EXIT_CANNOT;
	}
	return code;
}

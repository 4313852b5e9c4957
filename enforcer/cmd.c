/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of subcommands and the help made from it.
 */
#include "cmd.h"

#include <stdarg.h>
#include <string.h>

#include "log.h"
#include "util.h"

const struct command commands[] = {
    {
	.name = "run",
	.run = cmd_run,
	.synopsis = "[OPTION...] [--] COMMAND [ARG...]",
	.help = "run a command under a policy",
	.options =
	    "  -p, --policy FILE|NAME  the policy; default: ringfence.yaml\n"
	    "  -a, --audit             deny nothing, report what would be denied\n"
	    "  -n, --name NAME         `container` in alerts; default: the policy's name\n"
	    "  -l, --log FILE|-|syslog alerts as JSON lines to FILE, standard output, or the\n"
	    "                          system's log\n"
	    "  -j, --json              alerts on standard error as JSON lines\n"
	    "      --throttle B:R|off  of alerts alike, B at once and then R a second\n"
	    "      --preserve-fds N    keep descriptors 3 to 2+N open\n"
	    "  -v, --verbose           say what is being done\n",
    },
    {
	.name = "check",
	.run = cmd_check,
	.synopsis = "[--json] [-q] FILE...",
	.help = "compile policies and say what is wrong with them",
	.options = "  --json       one JSON object on stdout instead of text\n"
		   "  -q, --quiet  no warnings, no summaries: errors only\n",
    },
    {
	.name = "explain",
	.run = cmd_explain,
	.synopsis = "[--json] POLICY OPERATION PATH [NEW_PATH]\n"
		    "[--json] POLICY syscall NAME|NUMBER [ARG...]\n"
		    "[--json] POLICY privilege.WORD",
	.help = "say whether a policy allows an operation, and by which rule",
	.options = "  --json       one JSON object instead of text\n"
		   "  POLICY is a file, or a name: see ringfence(8), Policies by name.\n"
		   "  OPERATION is as in an alert: file.read, or read for short.\n",
    },
    {
	.name = "compile",
	.run = cmd_compile,
	.synopsis = "[-o OUT] POLICY\n"
		    "--dump|--dump-filter|--dump-model POLICY",
	.help = "write a policy's image, or list what a stage made of it",
	.options = "  -o, --output OUT  write the image to OUT; - is standard output\n"
		   "  --dump            list classes, states and verdicts of the automaton\n"
		   "  --dump-filter     list the instructions of the seccomp filter\n"
		   "  --dump-model      list the policy as it was understood\n"
		   "  POLICY is a file, or a name: see ringfence(8), Policies by name.\n",
    },
    {
	.name = "groups",
	.run = cmd_groups,
	.synopsis = "[--json] [GROUP]",
	.help = "list the groups of system calls, or the members of one",
	.options = "  --json       JSON instead of text\n",
    },
    {
	.name = "export",
	.run = cmd_export,
	.synopsis = "--oci-seccomp POLICY",
	.help = "write a policy's filter for an OCI runtime",
	.options =
	    "  --oci-seccomp  as the JSON object `linux.seccomp` of a container's config.json\n"
	    "  POLICY is a file, or a name: see ringfence(8), Policies by name.\n",
    },
    {
	.name = "import",
	.run = cmd_import,
	.synopsis = "--oci-seccomp [--cap CAPABILITY]... FILE",
	.help = "turn a seccomp profile into a `syscalls` section",
	.options =
	    "  --oci-seccomp     FILE is JSON: a profile of docker or podman, or `linux.seccomp`\n"
	    "  --cap CAPABILITY  the container has it (CAP_SYS_ADMIN): take what that adds too\n",
    },
    {
	.name = "daemon",
	.run = cmd_daemon,
	.synopsis = "[OPTION...]",
	.help = "keep the programs loaded, for `run` to use",
	.options = "  -l, --log FILE|-|syslog alerts of containers whose alerts the daemon reads;\n"
		   "                          default: text on standard error\n"
		   "      --no-cache          resolve every path anew: slower, for diagnosis\n"
		   "      --metrics A:PORT    serve metrics for Prometheus there, at /metrics\n"
		   "      --metrics unix:PATH likewise, for root alone\n"
		   "      --ring-size SIZE    of each container's ring of alerts; default: 1M\n"
		   "      --throttle B:R|off  of alerts alike, B at once and then R a second\n"
		   "  -v, --verbose           say what is being done\n"
		   "  -w, --watch             reload policies when their files change\n",
    },
    {
	.name = "attach",
	.run = cmd_attach,
	.synopsis = "[OPTION...] -p FILE|NAME CGROUP",
	.help = "confine all that runs in a cgroup, through the daemon",
	.options = "  -p, --policy FILE|NAME  the policy; its system calls are not enforced\n"
		   "  -n, --name NAME         `container` in alerts; default: the policy's name\n"
		   "  -a, --audit             deny nothing, report what would be denied\n"
		   "      --json              one JSON object instead of text\n"
		   "  CGROUP is the directory of the cgroup.\n",
    },
    {
	.name = "detach",
	.run = cmd_detach,
	.synopsis = "[--json] --yes CGROUP",
	.help = "set free all that the daemon confines in a cgroup",
	.options = "  --yes        confirm that everything in the cgroup is set free\n"
		   "  --json       one JSON object instead of text\n",
    },
    {
	.name = "list",
	.run = cmd_list,
	.synopsis = "[--json]",
	.help = "list what the daemon confines, a line each",
	.options = "  --json       one JSON object instead of text\n",
    },
    {
	.name = "mode",
	.run = cmd_mode,
	.synopsis = "[--json] audit|enforce -p NAME\n"
		    "[--json] audit|enforce -c NAME",
	.help = "switch what runs through the daemon to audit mode, or back",
	.options = "  -p, --policy NAME     all that runs, or will run, under this policy by name\n"
		   "  -c, --container NAME  the containers of this name\n"
		   "  --json                one JSON object instead of text\n",
    },
    {
	.name = "reload",
	.run = cmd_reload,
	.synopsis = "[--json] [NAME...]",
	.help = "replace policies by name under what runs through the daemon",
	.options =
	    "  --json       one JSON object instead of text\n"
	    "  NAME means /etc/ringfence/policies/NAME.yaml; none given: all that are in use, and\n"
	    "  the daemon opens its log again\n",
    },
    {
	.name = "status",
	.run = cmd_status,
	.synopsis = "[--json]",
	.help = "say what is confined now, and which rules are held by object",
	.options = "  --json       one JSON object instead of text\n",
    },
    {
	.name = "log",
	.run = cmd_log,
	.synopsis = "[OPTION...] [FILE]",
	.help = "show alerts out of a log",
	.options = "  -f, --follow          wait for more\n"
		   "      --container NAME  those of this container\n"
		   "      --policy NAME     those of this policy\n"
		   "      --since TIME      those from then on: 2026-11-22, 2026-11-22T10:00:00Z "
		   "(UTC), or\n"
		   "                        90s, 10m, 2h, 7d before now\n"
		   "      --json            as JSON lines instead of text\n"
		   "  Default FILE: /var/log/ringfence/alerts.json\n",
    },
    {
	.name = "uninstall",
	.run = cmd_uninstall,
	.synopsis = "[--json] --yes",
	.help = "end the daemon and set free all that is confined",
	.options = "  --yes        confirm\n"
		   "  --json       one JSON object instead of text\n",
    },
    {
	.name = "doctor",
	.run = cmd_doctor,
	.synopsis = "[--json|--snippets]",
	.help = "say what this machine can enforce, and what is missing",
	.options = "  --json       one JSON object instead of text\n"
		   "  --snippets   what podman, docker, containerd and Kubernetes are to be told\n",
    },
};

const size_t n_commands = sizeof(commands) / sizeof(commands[0]);

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < n_commands; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* One line for each form of the synopsis. */
static void print_usage(const struct command *c, FILE *out)
{
	const char *form = c->synopsis;

	for (const char *head = "usage:"; *form; head = "      ") {
		int len = (int)strcspn(form, "\n");

		fprintf(out, "%s ringfence %s %.*s\n", head, c->name, len, form);
		form += len;
		form += *form == '\n';
	}
}

void command_help(const char *name, FILE *out)
{
	const struct command *c = command_find(name);

	if (!c)
		return;
	print_usage(c, out);
	fprintf(out, "%s: %s\n%s", c->name, c->help, c->options);
}

int command_misused(const char *name, const char *fmt, ...)
{
	const struct command *c = command_find(name);
	_free_ char *text = NULL;
	va_list ap;

	if (fmt) {
		va_start(ap, fmt);
		if (vasprintf(&text, fmt, ap) < 0)
			text = NULL;
		va_end(ap);
		log_error("%s: %s", name, text ? text : "bad arguments");
	}
	if (c)
		print_usage(c, stderr);
	return EXIT_USAGE;
}

enum exit_code command_print_json(json_t *json)
{
	if (!json) {
		log_error("out of memory");
		return EXIT_CANNOT;
	}
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
	return EXIT_OK;
}

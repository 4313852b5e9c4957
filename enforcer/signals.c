/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ringfence was born ignoring (nohup, a shell's background command) it
 * goes on ignoring, and so does its command. SIGCHLD is the exception: who
 * ignores it never learns how its children ended, and would wait for ever.
 */
#include "signals.h"

#include <errno.h>
#include <stddef.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

static bool is_ignored(int signo)
{
	struct sigaction action;

	return !sigaction(signo, NULL, &action) && action.sa_handler == SIG_IGN;
}

int signals_catch(sigset_t *ret_old)
{
	static const int forwarded[] = {SIGINT,	 SIGTERM, SIGHUP, SIGQUIT,
					SIGUSR1, SIGUSR2, SIGALRM};
	sigset_t read_from, blocked;
	int fd;

	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&read_from);
	for (size_t i = 0; i < sizeof(forwarded) / sizeof(*forwarded); i++)
		if (!is_ignored(forwarded[i]))
			sigaddset(&read_from, forwarded[i]);
	blocked = read_from;
	/* Ours, when a reader of the alerts goes away, or the log may not grow: the error says it.
	 */
	sigaddset(&blocked, SIGPIPE);
	sigaddset(&blocked, SIGXFSZ);
	sigprocmask(SIG_BLOCK, &blocked, ret_old);
	fd = signalfd(-1, &read_from, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static bool asks_to_end(unsigned signo)
{
	return signo == SIGTERM || signo == SIGINT || signo == SIGHUP || signo == SIGQUIT;
}

int signals_read(int signals)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == sizeof(info))
		if (asks_to_end(info.ssi_signo))
			return (int)info.ssi_signo;
	return 0;
}

/*
 * A key at the terminal is for all of the foreground group, of which the command still is, unless
 * it has made one of its own. That the terminal is gone the kernel tells its session's leader
 * alone, which may be ringfence; and a timer is that of the process that set it.
 */
static bool has_got_it(const struct signalfd_siginfo *info, pid_t pid)
{
	return info->ssi_code == SI_KERNEL &&
	       (info->ssi_signo == SIGINT || info->ssi_signo == SIGQUIT) &&
	       getpgid(pid) == getpgrp();
}

bool signals_forward(int signals, pid_t pid, int pidfd)
{
	struct signalfd_siginfo info;
	bool asked = false;

	while (read(signals, &info, sizeof(info)) == sizeof(info)) {
		asked |= asks_to_end(info.ssi_signo);
		if (pidfd >= 0 && !has_got_it(&info, pid))
			(void)pidfd_send_signal(pidfd, (int)info.ssi_signo, NULL, 0);
	}
	return asked;
}

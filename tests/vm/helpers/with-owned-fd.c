/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Executes a command with descriptor 3 one end of a socket pair whose signals go to the process
 * itself: as ringfence, it will be outside of what it confines.
 *
 *   with-owned-fd COMMAND...
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int pair[2];

	if (argc < 2 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return 125;
	if (fcntl(pair[0], F_SETOWN, getpid()))
		return 125;
	if (dup2(pair[0], 3) < 0)
		return 125;
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 125;
}

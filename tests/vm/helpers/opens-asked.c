/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens what it is asked to: reads lines "MODE PATH" on standard input (MODE r, w, a, or d for a
 * directory) and answers each with "ok" or the number of the error.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int flags_of(char mode)
{
	switch (mode) {
	case 'r':
		return O_RDONLY;
	case 'w':
		return O_WRONLY;
	case 'a':
		return O_WRONLY | O_APPEND;
	default:
		return O_RDONLY | O_DIRECTORY;
	}
}

int main(void)
{
	char line[8192];

	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		int fd;

		line[strcspn(line, "\n")] = '\0';
		fd = open(line + 2, flags_of(line[0]) | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0) {
			printf("%d\n", errno);
			continue;
		}
		close(fd);
		puts("ok");
	}
	return 0;
}

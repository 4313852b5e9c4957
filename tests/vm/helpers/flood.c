/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flood N PATH: opens PATH for reading N times and prints how often that was refused with EACCES.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long n = argc == 3 ? atol(argv[1]) : 0, refused = 0;

	for (long i = 0; i < n; i++) {
		int fd = open(argv[2], O_RDONLY);

		if (fd >= 0)
			close(fd);
		else if (errno == EACCES)
			refused++;
	}
	printf("%ld\n", refused);
	return n ? 0 : 2;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* opens-often I: tries (I mod 5) + 1 times to open /srv/many/secret, and stays. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int times = argc > 1 ? atoi(argv[1]) % 5 + 1 : 0;

	for (int i = 0; i < times; i++)
		if (open("/srv/many/secret", O_RDONLY) >= 0)
			_exit(1);
	for (;;)
		pause();
}

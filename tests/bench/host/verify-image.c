/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verify-image IMAGE N: verifies a compiled policy N times. What one more time takes is what
 * verifying costs (tests/bench/host.sh counts).
 */
#include <stdio.h>
#include <stdlib.h>

#include "../../../policy/diag.h"
#include "../../../policy/image.h"

int main(int argc, char **argv)
{
	struct diag d = {0};
	struct image *image;
	const char *why;
	FILE *in = argc == 3 ? fopen(argv[1], "r") : NULL;

	if (!in || image_read(in, &d, &image) < 0) {
		fprintf(stderr, "usage: verify-image IMAGE N\n");
		return 2;
	}
	fclose(in);
	for (int i = atoi(argv[2]); i > 0; i--)
		if (image_verify(image->head, image->size, &why) < 0)
			return 1;
	printf("%zu\n", image->size);
	image_free(image);
	return 0;
}

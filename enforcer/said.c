/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "said.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "log.h"

#include "../policy/utf8.h"

#define MESSAGES_MAX (16u << 10) /* bytes of text in an answer */

/* JSON takes nothing but UTF-8, and file names are what they are. */
static void make_text(char *text, size_t size)
{
	uint32_t c;

	for (size_t i = 0, n; i < size; i += n) {
		n = utf8_decode(text + i, size - i, &c);
		if (!n || !c) {
			text[i] = '?';
			n = 1;
		}
	}
}

int said_begin(struct said *said)
{
	*said = (struct said){0};
	said->text = open_memstream(&said->messages, &said->size);
	if (!said->text)
		return -ENOMEM;
	said->before = log_to(said->text);
	return 0;
}

char *said_end(struct said *said)
{
	log_to(said->before);
	if (fclose(said->text) || !said->messages) {
		free(said->messages);
		return NULL;
	}
	said->size = said->size < MESSAGES_MAX ? said->size : MESSAGES_MAX;
	said->messages[said->size] = '\0';
	make_text(said->messages, said->size);
	return said->messages;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pins that root removes behind the daemon's back change nothing while it
 * lives, for it holds the links and maps as well; but these would not outlive
 * it any more, and nobody new is let in (client_register.c). LSM programs that
 * the kernel left out have not judged what they were to judge; the others take
 * notes, and who finds none refuses (lsm/attr.bpf.c, lsm/seccomp.bpf.c).
 */
#include "health.h"

#include <unistd.h>

#include "log.h"

void health_check(const struct bpf *b, const char *pin_dir, struct bpf_health *h)
{
	struct bpf_health now = bpf_look(b, pin_dir);

	if (now.pins_missing > h->pins_missing) {
		log_error("%u of %u pins in '%s' are gone: what is confined would not stay so "
			  "without this daemon, or not be taken over by the next",
			  now.pins_missing, now.pins, pin_dir);
		log_hint("start it again as soon as nobody is confined");
	}
	if (now.unjudged > h->unjudged)
		log_error("The kernel has left out programs that judge, %llu times since the "
			  "start: something was not judged",
			  (unsigned long long)now.unjudged);
	else if (now.left_out > h->left_out)
		log_warning("The kernel has left out programs that take notes, %llu times since "
			    "the start: attributes may have been refused to change, or alerts of "
			    "refused system calls be lost",
			    (unsigned long long)now.left_out);
	*h = now;
}

json_t *health_json(const struct bpf_health *h, const char *pin_dir)
{
	return json_pack("{s:i, s:s, s:i, s:i, s:I, s:I}", "pid", (int)getpid(), "pins", pin_dir,
			 "programs", (int)h->programs, "pins_missing", (int)h->pins_missing,
			 "left_out", (json_int_t)h->left_out, "unjudged", (json_int_t)h->unjudged);
}

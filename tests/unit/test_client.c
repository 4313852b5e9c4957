/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who gets a place among the connections to the daemon, and who loses it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "../../enforcer/client.h"

#define PLACES	6u
#define WAITING 3u

static struct client clients[PLACES];
static struct wire_input input;

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static int set_up(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PLACES; i++)
		clients[i] = CLIENT_NONE;
	return 0;
}

static struct client waits_since(time_t since)
{
	return (struct client){.fd = 1000, .in = &input, .cgroup = -1, .since = since};
}

static struct client *find(void)
{
	return client_find_place(clients, PLACES, WAITING);
}

static void a_free_place_is_the_first_choice(void **state)
{
	(void)state;
	assert_ptr_equal(find(), &clients[0]);
	clients[0] = waits_since(now() - 1000);
	clients[1] = (struct client){.fd = -1, .cgroup = -1, .slot = 1}; /* of a domain */
	assert_ptr_equal(find(), &clients[2]);
}

static void no_more_wait_than_may(void **state)
{
	(void)state;
	for (unsigned i = 0; i < WAITING; i++)
		clients[i] = waits_since(now());
	assert_null(find());
	clients[1].in = NULL; /* it is a domain's now */
	clients[1].slot = 1;
	assert_ptr_equal(find(), &clients[3]);
}

static void who_has_waited_longest_makes_room(void **state)
{
	(void)state;
	clients[0] = waits_since(now() - 100);
	clients[1] = (struct client){.fd = 1000, .cgroup = -1, .slot = 1, .since = now() - 5000};
	clients[2] = waits_since(now() - 200);
	clients[3] = waits_since(now());
	assert_ptr_equal(find(), &clients[2]);
	clients[2].deadline = now() + 30; /* it has asked for something a moment ago */
	assert_ptr_equal(find(), &clients[2]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_free_place_is_the_first_choice, set_up),
	    cmocka_unit_test_setup(no_more_wait_than_may, set_up),
	    cmocka_unit_test_setup(who_has_waited_longest_makes_room, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

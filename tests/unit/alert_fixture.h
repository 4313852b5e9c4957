/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events, and the policy they are blamed on, made by hand for the tests of alerts. */
#ifndef TEST_ALERT_FIXTURE_H
#define TEST_ALERT_FIXTURE_H

#include <stdbool.h>

#include "../../enforcer/alert.h"

/* A record as the ring holds it. */
struct record {
	struct rf_event ev;
	char texts[3 * RF_PATH_MAX];
};

extern struct policy fixture_policy;
extern struct alert_context fixture_ctx;

/* Fills in the marks of the rules; for cmocka_run_group_tests(). */
int fixture_setup(void **state);
struct record record(__u8 kind, __u8 what);
void add_texts(struct record *r, const char *path, const char *new_path, const char *exe);
size_t record_size(const struct record *r);
/* What the alert is written as, which is asserted to be one line; malloc'ed. */
char *written(json_t *alert, bool text);

#endif

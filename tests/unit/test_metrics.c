/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of metrics, of numbers made by hand: what is in it, and that Prometheus' checker agrees.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../enforcer/metrics.h"

#define PROMTOOL "build/deps/promtool" /* tests/deps.sh puts it there */

static const struct tally_policy web_tally = {
    .told = {[RF_ACTION_DENY] = {[RF_OP_READ] = 5, [TALLY_SYSCALL] = 2, [TALLY_UNKNOWN] = 1},
	     [RF_ACTION_AUDIT] = {[TALLY_PRIVILEGES + RF_PRIV_MOUNT] = 3}}};
static const struct tally_policy others_tally;

static struct metrics_policy policies[] = {
    {.name = "web",
     .tally = &web_tally,
     .count = {[RF_ACTION_DENY] = {100, 10, 85, 5}, [RF_ACTION_AUDIT] = {7, 7, 0, 0}},
     .domains = {[RF_MODE_ENFORCE] = 3, [RF_MODE_AUDIT] = 1},
     .image_bytes = 3400},
    {.name = TALLY_OTHERS, .tally = &others_tally},
};

static struct bpf_program programs[] = {
    {.name = "rf_file_open", .runs = 1000, .run_ns = 1234567890, .left_out = 2},
    {.name = "rf_task_alloc", .runs = 0, .run_ns = 0, .left_out = 0},
};

static struct metrics metrics = {
    .policies = policies,
    .n_policies = 2,
    .images = 1,
    .domains_limit = 1024,
    .reloads = 9,
    .reload_failures = 4,
    .unwritten = 6,
    .health = {.programs = 2, .pins_missing = 1, .left_out = 2},
    .programs = programs,
    .n_programs = 2,
    .statistics = true,
    .cpu = 2500000000,
    .started = 1767225600,
};

static char *page;

static int write_page(void **state)
{
	size_t size;
	FILE *out = open_memstream(&page, &size);

	(void)state;
	metrics_write(&metrics, out);
	return ferror(out) || fclose(out) ? -1 : 0;
}

static int drop_page(void **state)
{
	(void)state;
	free(page);
	return 0;
}

/* As a whole line, once. */
static bool has_line(const char *line)
{
	size_t n = strlen(line);
	unsigned found = 0;

	for (const char *at = page; (at = strstr(at, line)); at += n)
		found += (at == page || at[-1] == '\n') && at[n] == '\n';
	assert_true(found <= 1);
	return found;
}

static void test_every_number_is_there(void **state)
{
	static const char *const lines[] = {
	    "ringfence_build_info{version=\"" RINGFENCE_VERSION "\"} 1",
	    "process_cpu_seconds_total 2.500000000",
	    "process_start_time_seconds 1767225600",
	    "ringfence_domains{policy=\"web\",mode=\"enforce\"} 3",
	    "ringfence_domains{policy=\"web\",mode=\"audit\"} 1",
	    "ringfence_domains{policy=\"(others)\",mode=\"enforce\"} 0",
	    "ringfence_domains_limit 1024",
	    "ringfence_policies_loaded 1",
	    "ringfence_policy_image_bytes{policy=\"web\"} 3400",
	    "ringfence_reloads_total 9",
	    "ringfence_reload_failures_total 4",
	    "ringfence_verdicts_total{policy=\"web\",action=\"deny\"} 100",
	    "ringfence_verdicts_total{policy=\"web\",action=\"audit\"} 7",
	    "ringfence_verdicts_total{policy=\"(others)\",action=\"deny\"} 0",
	    "ringfence_alerts_total{policy=\"web\",action=\"deny\",outcome=\"delivered\"} 10",
	    "ringfence_alerts_total{policy=\"web\",action=\"deny\",outcome=\"repeated\"} 85",
	    "ringfence_alerts_total{policy=\"web\",action=\"deny\",outcome=\"lost\"} 5",
	    "ringfence_alerts_total{policy=\"web\",action=\"audit\",outcome=\"delivered\"} 7",
	    "ringfence_alerts_unwritten_total 6",
	    "ringfence_collected_verdicts_total{policy=\"web\",operation=\"file.read\",action="
	    "\"deny\"} 5",
	    "ringfence_collected_verdicts_total{policy=\"web\",operation=\"syscall\",action="
	    "\"deny\"} 2",
	    "ringfence_collected_verdicts_total{policy=\"web\",operation=\"unknown\",action="
	    "\"deny\"} 1",
	    "ringfence_collected_verdicts_total{policy=\"web\",operation=\"privilege.mount\","
	    "action=\"audit\"} 3",
	    "ringfence_programs 2",
	    "ringfence_pins_missing 1",
	    "ringfence_program_missed_runs_total{program=\"rf_file_open\"} 2",
	    "ringfence_program_missed_runs_total{program=\"rf_task_alloc\"} 0",
	    "ringfence_bpf_stats_enabled 1",
	    "ringfence_program_runs_total{program=\"rf_file_open\"} 1000",
	    "ringfence_program_run_seconds_total{program=\"rf_file_open\"} 1.234567890",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (!has_line(lines[i]))
			fail_msg("no line %s in\n%s", lines[i], page);
}

/* Of operations only what has happened: the others' tally, all zeroes, has no line. */
static void test_what_never_happened_has_no_line(void **state)
{
	(void)state;
	assert_null(strstr(page, "ringfence_collected_verdicts_total{policy=\"(others)\""));
	assert_null(strstr(page, "file.write"));
}

/* A name has one HELP, one TYPE, and its lines follow: what Prometheus wants, and promtool does not
 * look for. */
static void test_families_stay_together(void **state)
{
	char *copy = strdup(page), *line, *save = NULL, name[128] = "";
	unsigned families = 0;

	(void)state;
	assert_non_null(copy);
	for (line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!strncmp(line, "# HELP ", 7)) {
			assert_int_equal(sscanf(line + 7, "%127s", name), 1);
			line = strtok_r(NULL, "\n", &save);
			assert_int_equal(strncmp(line, "# TYPE ", 7), 0);
			assert_int_equal(strncmp(line + 7, name, strlen(name)), 0);
			families++;
			continue;
		}
		assert_int_equal(strcspn(line, "{ "), strlen(name));
		assert_int_equal(strncmp(line, name, strlen(name)), 0);
	}
	assert_int_equal(families, 19);
	free(copy);
}

static void test_runs_are_told_when_they_are_counted(void **state)
{
	char *before = page;

	(void)state;
	metrics.statistics = false;
	assert_int_equal(write_page(NULL), 0);
	/* What was counted while statistics were on does not go away. */
	assert_true(has_line("ringfence_bpf_stats_enabled 0"));
	assert_true(has_line("ringfence_program_runs_total{program=\"rf_file_open\"} 1000"));
	free(page);
	programs[0].runs = 0;
	assert_int_equal(write_page(NULL), 0);
	assert_null(strstr(page, "ringfence_program_run"));
	free(page);
	programs[0].runs = 1000;
	metrics.statistics = true;
	page = before;
}

/* The exit status of `promtool check metrics` for a page. */
static int check(const char *text)
{
	FILE *to = popen(PROMTOOL " check metrics >&2", "w");
	int status;

	assert_non_null(to);
	fputs(text, to);
	status = pclose(to);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_promtool_agrees(void **state)
{
	(void)state;
	if (access(PROMTOOL, X_OK)) {
		fputs("skipped: no " PROMTOOL ", tests/deps.sh test makes it\n", stderr);
		skip();
	}
	assert_int_equal(check(page), 0);
	free(page);
	policies[0].name = "a\\b\"c\nd\xff{}";
	assert_int_equal(write_page(NULL), 0);
	assert_int_equal(check(page), 0);
	policies[0].name = "web";
	assert_int_not_equal(check("a{b=\"c} 1\n"), 0);
	assert_int_not_equal(check("# TYPE a_total gauge\na_total 1\n"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_every_number_is_there, write_page, drop_page),
	    cmocka_unit_test_setup_teardown(test_what_never_happened_has_no_line, write_page,
					    drop_page),
	    cmocka_unit_test_setup_teardown(test_families_stay_together, write_page, drop_page),
	    cmocka_unit_test_setup_teardown(test_runs_are_told_when_they_are_counted, write_page,
					    drop_page),
	    cmocka_unit_test_setup_teardown(test_promtool_agrees, write_page, drop_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

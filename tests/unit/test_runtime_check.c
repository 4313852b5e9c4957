/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configurations in which a runtime would find something else than ringfence does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "../../enforcer/runtime_check.h"

static void check(const char *text, int want)
{
	json_t *config = json_loads(text, 0, NULL);

	assert_non_null(config);
	assert_int_equal(runtime_check_config(config), want);
	json_decref(config);
}

static void names_that_differ_in_case_are_refused(void **state)
{
	static const char *const bad[] = {
	    "{\"Linux\": {}}",
	    "{\"linux\": {}, \"LINUX\": {\"seccomp\": null}}",
	    "{\"Hooks\": {}}",
	    "{\"hoo\\u212as\": {}}",
	    "{\"hook\\u017f\": {}}",
	    "{\"Annotations\": {}}",
	    "{\"proce\\u017f\\u017f\": {}}",
	    "{\"Root\": {}}",
	    "{\"hooks\": {\"createruntime\": []}}",
	    "{\"linux\": {\"\\u017feccomp\": null}}",
	    "{\"linux\": {\"seccomp\": {\"DefaultAction\": \"SCMP_ACT_ALLOW\"}}}",
	    "{\"linux\": {\"seccomp\": {\"sysCalls\": []}}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check(bad[i], -EINVAL);
}

static void other_names_are_not(void **state)
{
	static const char *const good[] = {
	    "{}",
	    "{\"linux\": {\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": []}}}",
	    "{\"hooks\": {\"createRuntime\": [], \"createContainer\": []}}",
	    "{\"linux\": null, \"hooks\": null}",
	    "{\"linu\": 1, \"linuxx\": 1, \"Linu\": 1, \"s\": 1}",
	    "{\"annotations\": {\"Linux\": \"1\", \"linux\": \"2\"}}",
	    "{\"process\": {\"env\": [], \"Linux\": 1}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		check(good[i], 0);
}

static void annotations_of_power_are_refused(void **state)
{
	(void)state;
	check("{\"annotations\": {\"run.oci.seccomp_bpf_data\": \"BgAAAAAA/38=\"}}", -EINVAL);
	check("{\"annotations\": {\"module.wasm.image/variant\": \"compat\"}}", -EINVAL);
	check("{\"annotations\": {\"run.oci.hooks.stdout\": \"/dev/null\"}}", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_that_differ_in_case_are_refused),
	    cmocka_unit_test(other_names_are_not),
	    cmocka_unit_test(annotations_of_power_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

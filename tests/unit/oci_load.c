/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "oci_load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static uint32_t action_of(const char *word, const json_t *data)
{
	uint16_t number = json_is_integer(data) ? (uint16_t)json_integer_value(data) : 1;

	if (!strcmp(word, "SCMP_ACT_ALLOW"))
		return SCMP_ACT_ALLOW;
	if (!strcmp(word, "SCMP_ACT_LOG"))
		return SCMP_ACT_LOG;
	if (!strcmp(word, "SCMP_ACT_KILL_PROCESS"))
		return SCMP_ACT_KILL_PROCESS;
	if (!strcmp(word, "SCMP_ACT_TRAP"))
		return SCMP_ACT_TRAP;
	assert_string_equal(word, "SCMP_ACT_ERRNO");
	return SCMP_ACT_ERRNO(number);
}

static enum scmp_compare operator_of(const char *word)
{
	static const char *const words[] = {[SCMP_CMP_NE] = "SCMP_CMP_NE",
					    [SCMP_CMP_LT] = "SCMP_CMP_LT",
					    [SCMP_CMP_LE] = "SCMP_CMP_LE",
					    [SCMP_CMP_EQ] = "SCMP_CMP_EQ",
					    [SCMP_CMP_GE] = "SCMP_CMP_GE",
					    [SCMP_CMP_GT] = "SCMP_CMP_GT",
					    [SCMP_CMP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ"};

	for (size_t i = SCMP_CMP_NE; i <= SCMP_CMP_MASKED_EQ; i++)
		if (!strcmp(words[i], word))
			return (enum scmp_compare)i;
	fail_msg("no operator: %s", word);
	return SCMP_CMP_EQ;
}

static uint64_t member(const json_t *o, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(o, key));
}

static void add_rule(scmp_filter_ctx ctx, const json_t *entry, const char *name, uint32_t action)
{
	const json_t *args = json_object_get(entry, "args");
	struct scmp_arg_cmp cmp[32];
	unsigned n = (unsigned)json_array_size(args), seen[6] = {0}, twice = 0;
	int nr = seccomp_syscall_resolve_name(name), r = 0;

	if (nr == __NR_SCMP_ERROR)
		return;
	for (unsigned i = 0; i < n; i++) {
		const json_t *a = json_array_get(args, i);

		cmp[i] = (struct scmp_arg_cmp){
		    .arg = (unsigned)member(a, "index"),
		    .op = operator_of(json_string_value(json_object_get(a, "op"))),
		    .datum_a = member(a, "value"),
		    .datum_b = member(a, "valueTwo")};
		twice |= seen[cmp[i].arg]++;
	}
	if (!twice)
		r = seccomp_rule_add_array(ctx, action, nr, n, cmp);
	for (unsigned i = 0; twice && i < n && !r; i++)
		r = seccomp_rule_add_array(ctx, action, nr, 1, &cmp[i]);
	if (r)
		fail_msg("libseccomp refuses a rule for %s: %s", name, strerror(-r));
}

static void add_entries(scmp_filter_ctx ctx, const json_t *o, uint32_t otherwise)
{
	const json_t *list = json_object_get(o, "syscalls");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);
		const json_t *names = json_object_get(entry, "names");
		uint32_t action = action_of(json_string_value(json_object_get(entry, "action")),
					    json_object_get(entry, "errnoRet"));

		for (size_t k = 0; k < json_array_size(names) && action != otherwise; k++)
			add_rule(ctx, entry, json_string_value(json_array_get(names, k)), action);
	}
}

static void add_architectures(scmp_filter_ctx ctx, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *word = json_string_value(json_array_get(list, i));
		int r = 0;

		if (!strcmp(word, "SCMP_ARCH_X86"))
			r = seccomp_arch_add(ctx, SCMP_ARCH_X86);
		else if (!strcmp(word, "SCMP_ARCH_X32"))
			r = seccomp_arch_add(ctx, SCMP_ARCH_X32);
		assert_int_equal(r, 0);
	}
}

struct loaded oci_load(const json_t *o)
{
	uint32_t otherwise = action_of(json_string_value(json_object_get(o, "defaultAction")),
				       json_object_get(o, "defaultErrnoRet"));
	scmp_filter_ctx ctx;
	struct loaded l = {0};
	struct stat st;
	int fd = memfd_create("filter", 0);

	assert_int_equal(seccomp_api_set(3), 0);
	ctx = seccomp_init(otherwise);
	assert_non_null(ctx);
	add_architectures(ctx, json_object_get(o, "architectures"));
	add_entries(ctx, o, otherwise);
	assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
	seccomp_release(ctx);
	assert_int_equal(fstat(fd, &st), 0);
	l.len = (size_t)st.st_size / sizeof(*l.insns);
	l.insns = malloc((size_t)st.st_size);
	assert_non_null(l.insns);
	assert_int_equal(pread(fd, l.insns, (size_t)st.st_size, 0), st.st_size);
	close(fd);
	return l;
}

void loaded_done(struct loaded *l)
{
	free(l->insns);
}

uint32_t loaded_ask(const struct loaded *l, const struct syscall_call *call)
{
	return filter_simulate(l->insns, l->len, call);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What match_test.bpf.c and test_match_bpf.c hand each other. */
#ifndef TEST_MATCH_TEST_H
#define TEST_MATCH_TEST_H

#include "../../lsm/abi.h"

struct match_question {
	__u32 len;
	__u32 ops; /* asked for at the path */
	__u8 path[RF_PATH_MAX];
};

struct match_answer {
	__u32 state;
	__u32 uniform;
	__u32 permits;
	__u32 denied, audited, op, rule; /* as in struct rf_verdict */
	__u32 zero;
};

#endif

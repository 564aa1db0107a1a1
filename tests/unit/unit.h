/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The frame of a unit test program: a table of tests, run by CUnit, exit status 1 on any failure.
 */
#pragma once

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>

struct unit_test {
	const char *name;
	void (*run)(void);
};

#define UNIT_TEST(fn)   \
	{               \
#fn, fn \
	}

static inline int unit_main(const char *suite, const struct unit_test *tests, unsigned count)
{
	CU_pSuite s;
	unsigned failed;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	s = CU_add_suite(suite, NULL, NULL);
	for (unsigned i = 0; s != NULL && i < count; i++)
		CU_add_test(s, tests[i].name, tests[i].run);
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	failed = CU_get_number_of_tests_failed() + CU_get_number_of_suites_failed();
	CU_cleanup_registry();
	return s == NULL || failed > 0;
}

#define UNIT_MAIN(suite, tests)                                                     \
	int main(void)                                                              \
	{                                                                           \
		return unit_main(suite, tests, sizeof(tests) / sizeof((tests)[0])); \
	}

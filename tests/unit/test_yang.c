/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "db/model.h"
#include "tests/unit/unit.h"

static void the_model_loads_with_its_extensions(void)
{
	struct ly_ctx *ctx = gh_model_new(NULL);
	const struct lysc_node *node;

	CU_ASSERT_PTR_NOT_NULL_FATAL(ctx);
	node = lys_find_path(
	    ctx, NULL, "/gatehouse:config/vrf/ike/ike-policy-template/ike-proposal/aead-alg", 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(node);
	CU_ASSERT_STRING_EQUAL(gh_model_engine(node), "ike");
	CU_ASSERT_FALSE(gh_model_is_secret(node));
	node = lys_find_path(ctx, NULL, "/gatehouse:config/vrf/ike/pre-shared-key/secret", 0);
	CU_ASSERT_TRUE(gh_model_is_secret(node));
	node = lys_find_path(ctx, NULL, "/gatehouse:config/vrf/kpi/telegraf/influxdb-output", 0);
	CU_ASSERT_STRING_EQUAL(gh_model_ext(node, "key-words"), "");
	CU_ASSERT_STRING_EQUAL(gh_model_ext(node, "one-line"), "");
	node = gh_model_rpc(ctx, "show-ike-sa");
	CU_ASSERT_PTR_NOT_NULL_FATAL(node);
	CU_ASSERT_STRING_EQUAL(gh_model_ext(node, "command"), "show ike ike-sa");
	ly_ctx_destroy(ctx);
}

static const struct unit_test tests[] = {
    UNIT_TEST(the_model_loads_with_its_extensions),
};

UNIT_MAIN("yang", tests)

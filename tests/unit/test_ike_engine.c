/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Handshakes between two engines: proposals, identities, failures, loss.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/ike_mock.h"
#include "tests/unit/ike_setup.h"
#include "tests/unit/unit.h"

static struct mock_world w;

static bool is_up(void)
{
	struct ike_sa_info a, b;

	return mock_sa(&w.a, &a) && mock_sa(&w.b, &b) && a.spi_i == b.spi_i && a.spi_r == b.spi_r &&
	       strcmp(a.local_id, b.remote_id) == 0 && strcmp(a.remote_id, b.local_id) == 0 &&
	       mock_children_fit(&w) && mock_carrier(&w.a) != NULL && mock_carrier(&w.b) != NULL;
}

static void bring_up(const struct setup *s)
{
	setup_both(&w, s);
	CU_ASSERT_EQUAL(ike_vpn_initiate(w.a.e, "v"), 0);
	mock_settle(&w);
}

static void handshake(void)
{
	struct setup s = SETUP_DEFAULT;

	mock_start(&w);
	bring_up(&s);
	CU_ASSERT(is_up());
	CU_ASSERT_EQUAL(mock_child_count(&w.a), 1);
	CU_ASSERT_EQUAL(w.a.events[IKE_EVENT_SA_UP], 1);
	CU_ASSERT_EQUAL(w.b.events[IKE_EVENT_CHILD_UP], 1);
	CU_ASSERT_EQUAL(w.a.events[IKE_EVENT_FAILURE], 0);
	mock_stop(&w);
}

static const struct unit_test tests[] = {
    UNIT_TEST(handshake),
};

UNIT_MAIN("ike-engine", tests)

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Begin and end of dataplane/rcu.h. Control thread.
 */
#pragma once

int gh_rcu_init(void);	/* 0 or negative errno */
void gh_rcu_fini(void); /* runs everything deferred; no worker may run */

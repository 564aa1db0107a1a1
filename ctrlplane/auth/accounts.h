/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Linux accounts as the configuration wants them: passwd, shadow, group, gshadow, shells, homes and
 * files of authorized keys. Only accounts with our mark in their GECOS field are touched.
 * Everything is stated as a whole and may be stated again. Never blocks for long: no program is
 * called. One thread.
 */
#pragma once

#include <stddef.h>

#include "common/error.h"

#define GH_ACCOUNTS_GROUP "gatehouse"			  /* primary group of all */
#define GH_ACCOUNTS_KEYS "/etc/gatehouse/authorized_keys" /* one file a user */
#define GH_ACCOUNTS_HOMES "/var/lib/gatehouse-users"

struct gh_account {
	const char *name, *role;
	const char *hash; /* NULL: no password */
	char *keys;	  /* lines; NULL: none; the holder's */
};

struct gh_accounts_place {
	const char *prefix; /* before all paths; "" but in tests */
	const char *shell;  /* the CLI */
	const char *mark;   /* of this instance; without ':' and ',' */
};

/* Whether the accounts could be made: an account of that name which is not ours is in the way. */
int gh_accounts_check(const struct gh_accounts_place *place, const struct gh_account *wanted,
    size_t count, struct gh_error *err);

/* Makes ours exactly those. On error some may have changed: state again what was before. */
int gh_accounts_apply(const struct gh_accounts_place *place, const struct gh_account *wanted,
    size_t count, struct gh_error *err);

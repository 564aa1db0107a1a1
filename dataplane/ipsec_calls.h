/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include "dataplane/ipsec/ipsec.h"

#ifndef GH_IPSEC
#define gh_ipsec_init(err) ((void)(err), 0)
#define gh_ipsec_fini() ((void)0)
#define gh_ipsec_worker_init(w, err) ((void)(w), (void)(err), 0)
#define gh_ipsec_worker_fini(w) ((void)(w))
#define gh_ipsec_workers_changed() ((void)0)
#define gh_ipsec_route_changed(p) ((void)(p))
#define gh_ipsec_poll() ((void)0)
#define gh_ipsec_sync_begin() ((void)0)
#define gh_ipsec_sync_end() ((void)0)
#define gh_ipsec_sa_set(r, n, f, e) ((void)(r), (void)(n), (void)(f), (void)(e), -ENOSYS)
#define gh_ipsec_sa_del gh_ipsec_sa_set
#define gh_ipsec_policy_set gh_ipsec_sa_set
#define gh_ipsec_policy_del gh_ipsec_sa_set
#endif

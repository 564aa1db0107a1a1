/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/sa.h"

#include <rte_esp.h>
#include <rte_ip.h>
#include <rte_udp.h>

struct gh_sa_tables gh_sa = {.workers = 1};

uint32_t gh_esp_max_inner(const struct gh_esp_alg *alg, bool udp, uint32_t mtu)
{
	uint32_t fixed = sizeof(struct rte_ipv4_hdr) + (udp ? sizeof(struct rte_udp_hdr) : 0) +
			 sizeof(struct rte_esp_hdr) + alg->iv_len + alg->icv_len;
	uint32_t room;

	if (mtu < fixed + alg->align)
		return 0;
	room = mtu - fixed;
	return room - room % alg->align - sizeof(struct rte_esp_tail);
}

uint32_t gh_sa_max_inner(uint32_t index, uint32_t mtu)
{
	const struct gh_sa_line *l;

	if (index >= GH_DP_SA_MAX)
		return 0;
	l = &gh_sa.dir[GH_DP_OUT].line[index];
	if (l->spi == 0 || l->alg >= GH_ESP_ALG_MAX)
		return 0;
	return gh_esp_max_inner(&gh_esp_algs[l->alg], (l->flags & GH_SA_UDP) != 0, mtu);
}

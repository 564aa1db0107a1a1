/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/verdict.h"

#include "dataplane/drop.h"

static const struct {
	const char *name, *text;
} verdicts[GH_ESP_VERDICT_COUNT] = {
#define X(id, name, text) [GH_ESP_##id] = {name, text},
    GH_ESP_VERDICTS(X)
#undef X
};

uint16_t gh_esp_drop[GH_ESP_VERDICT_COUNT];

const char *gh_esp_verdict_name(enum gh_esp_verdict v)
{
	return (unsigned)v < GH_ESP_VERDICT_COUNT ? verdicts[v].name : "unknown";
}

__attribute__((constructor)) static void register_drops(void)
{
	for (unsigned v = GH_ESP_HANDOFF + 1; v < GH_ESP_VERDICT_COUNT; v++)
		gh_esp_drop[v] = gh_drop_register(verdicts[v].name, verdicts[v].text);
}

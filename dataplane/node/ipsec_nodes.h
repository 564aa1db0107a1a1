/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once
#ifdef GH_IPSEC
#define GH_NODE_ESP_ENCRYPT "esp_encrypt"
#define GH_NODE_ESP_DECRYPT "esp_decrypt"
#define GH_NODE_POLICY "ipsec_policy"
#define GH_NODE_LOCAL "ipsec_local"
#else
#define GH_NODE_ESP_ENCRYPT "drop"
#define GH_NODE_ESP_DECRYPT "drop"
#define GH_NODE_POLICY "ip4_forward"
#define GH_NODE_LOCAL "host_output"
#endif

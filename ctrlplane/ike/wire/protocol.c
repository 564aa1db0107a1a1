/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/wire/protocol.h"

#define X(id, value, word) \
	case value:        \
		return word;

const char *ike_exchange_name(uint8_t exchange)
{
	switch (exchange) {
		IKE_EXCHANGES(X)
	default:
		return "?";
	}
}

const char *ike_payload_name(uint8_t type)
{
	switch (type) {
		IKE_PAYLOADS(X)
	default:
		return "?";
	}
}

const char *ike_notify_name(uint16_t type)
{
	switch (type) {
		IKE_NOTIFIES(X)
	default:
		return "?";
	}
}

const char *ike_id_type_name(uint8_t type)
{
	switch (type) {
		IKE_ID_TYPES(X)
	default:
		return "?";
	}
}

const char *ike_method_name(uint8_t method)
{
	switch (method) {
		IKE_METHODS(X)
	default:
		return "?";
	}
}
#undef X

const char *ike_protocol_name(uint8_t protocol)
{
	static const char *const names[] = {"none", "IKE", "AH", "ESP"};

	return protocol < sizeof(names) / sizeof(names[0]) ? names[protocol] : "?";
}

bool ike_payload_known(uint8_t type)
{
	switch (type) {
#define X(id, value, word) case value:
		IKE_PAYLOADS(X)
#undef X
		return true;
	default:
		return false;
	}
}

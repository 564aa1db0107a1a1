/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The numbers of IKEv2 (IANA "Internet Key Exchange Version 2 Parameters"), each list once, with
 * the words that logs and `show` print. The *_name() functions return static text, never NULL
 * ("?" for what is unknown); any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define IKE_VERSION 0x20      /* major 2, minor 0 */
#define IKE_NON_ESP_MARKER 4  /* zero bytes before IKE on port 4500, RFC 3948 2.2 */
#define IKE_HEADER_LEN 28     /* RFC 7296 3.1 */
#define IKE_GENERIC_LEN 4     /* generic payload header, RFC 7296 3.2 */
#define IKE_MESSAGE_MAX 65000 /* bytes; a longer length field is refused */

/* RFC 7296 3.1; 34 RFC 5723, 43 RFC 9370 (named for the log) */
#define IKE_EXCHANGES(X)                            \
	X(IKE_SA_INIT, 34, "IKE_SA_INIT")           \
	X(IKE_AUTH, 35, "IKE_AUTH")                 \
	X(CREATE_CHILD_SA, 36, "CREATE_CHILD_SA")   \
	X(INFORMATIONAL, 37, "INFORMATIONAL")       \
	X(IKE_SESSION_RESUME, 38, "SESSION_RESUME") \
	X(IKE_INTERMEDIATE, 43, "IKE_INTERMEDIATE") \
	X(IKE_FOLLOWUP_KE, 44, "IKE_FOLLOWUP_KE")

enum ike_exchange {
#define X(id, value, word) IKE_EXCHANGE_##id = value,
	IKE_EXCHANGES(X)
#undef X
};

/* RFC 7296 3.1 */
enum ike_flags {
	IKE_FLAG_INITIATOR = 0x08, /* sent by the original initiator of the IKE SA */
	IKE_FLAG_VERSION = 0x10,   /* the sender could speak a higher major version */
	IKE_FLAG_RESPONSE = 0x20,
};

/* RFC 7296 3.2; SKF RFC 7383 */
#define IKE_PAYLOADS(X)           \
	X(SA, 33, "SA")           \
	X(KE, 34, "KE")           \
	X(IDi, 35, "IDi")         \
	X(IDr, 36, "IDr")         \
	X(CERT, 37, "CERT")       \
	X(CERTREQ, 38, "CERTREQ") \
	X(AUTH, 39, "AUTH")       \
	X(NONCE, 40, "No")        \
	X(NOTIFY, 41, "N")        \
	X(DELETE, 42, "D")        \
	X(VENDOR, 43, "V")        \
	X(TSi, 44, "TSi")         \
	X(TSr, 45, "TSr")         \
	X(SK, 46, "SK")           \
	X(CP, 47, "CP")           \
	X(EAP, 48, "EAP")         \
	X(SKF, 53, "SKF")

enum ike_payload_type {
	IKE_PAYLOAD_NONE = 0,
#define X(id, value, word) IKE_PAYLOAD_##id = value,
	IKE_PAYLOADS(X)
#undef X
};

/* RFC 7296 3.3.1 */
enum ike_protocol {
	IKE_PROTO_NONE = 0,
	IKE_PROTO_IKE = 1,
	IKE_PROTO_AH = 2,
	IKE_PROTO_ESP = 3,
};

/* RFC 7296 3.3.2 */
enum ike_transform_type {
	IKE_TRANSFORM_ENCR = 1,
	IKE_TRANSFORM_PRF = 2,
	IKE_TRANSFORM_INTEG = 3,
	IKE_TRANSFORM_DH = 4,
	IKE_TRANSFORM_ESN = 5,
};

#define IKE_ATTR_KEY_LENGTH 14 /* RFC 7296 3.3.5, bits */

/* RFC 7296 3.5 */
#define IKE_ID_TYPES(X)         \
	X(IPV4, 1, "ipv4")      \
	X(FQDN, 2, "fqdn")      \
	X(RFC822, 3, "rfc822")  \
	X(IPV6, 5, "ipv6")      \
	X(DER_DN, 9, "der-dn")  \
	X(DER_GN, 10, "der-gn") \
	X(KEY_ID, 11, "key-id") \
	X(NULL_ID, 13, "null-id")

enum ike_id_type {
#define X(id, value, word) IKE_ID_##id = value,
	IKE_ID_TYPES(X)
#undef X
};

/* RFC 7296 3.8, RFC 7427, RFC 7619 */
#define IKE_METHODS(X)                \
	X(RSA, 1, "rsa-signature")    \
	X(PSK, 2, "pre-shared-key")   \
	X(DSS, 3, "dss-signature")    \
	X(ECDSA_256, 9, "ecdsa-256")  \
	X(ECDSA_384, 10, "ecdsa-384") \
	X(ECDSA_521, 11, "ecdsa-521") \
	X(NULL_AUTH, 13, "null")      \
	X(SIGNATURE, 14, "digital-signature")

enum ike_method {
#define X(id, value, word) IKE_METHOD_##id = value,
	IKE_METHODS(X)
#undef X
};

/* RFC 7296 3.6: the encodings this code names */
enum ike_cert_encoding {
	IKE_CERT_X509_SIGNATURE = 4,
	IKE_CERT_CRL = 7,
	IKE_CERT_HASH_AND_URL = 12,
};

/* RFC 7296 3.13.1 */
enum ike_ts_type {
	IKE_TS_IPV4_ADDR_RANGE = 7,
	IKE_TS_IPV6_ADDR_RANGE = 8,
};

/* RFC 7296 3.15 */
enum ike_cfg_type {
	IKE_CFG_REQUEST = 1,
	IKE_CFG_REPLY = 2,
	IKE_CFG_SET = 3,
	IKE_CFG_ACK = 4,
};

enum ike_cfg_attr {
	IKE_CFG_IP4_ADDRESS = 1,
	IKE_CFG_IP4_NETMASK = 2,
	IKE_CFG_IP4_DNS = 3,
	IKE_CFG_IP6_ADDRESS = 8,
	IKE_CFG_IP6_DNS = 10,
	IKE_CFG_IP4_SUBNET = 13,
	IKE_CFG_IP6_SUBNET = 15,
};

/*
 * RFC 7296 3.10.1 and the extensions' RFCs. The class (error or status) follows from the number:
 * below 16384 is an error, see ike_notify_is_error().
 */
#define IKE_NOTIFIES(X)                                                    \
	X(UNSUPPORTED_CRITICAL_PAYLOAD, 1, "UNSUPPORTED_CRITICAL_PAYLOAD") \
	X(INVALID_IKE_SPI, 4, "INVALID_IKE_SPI")                           \
	X(INVALID_MAJOR_VERSION, 5, "INVALID_MAJOR_VERSION")               \
	X(INVALID_SYNTAX, 7, "INVALID_SYNTAX")                             \
	X(INVALID_MESSAGE_ID, 9, "INVALID_MESSAGE_ID")                     \
	X(INVALID_SPI, 11, "INVALID_SPI")                                  \
	X(NO_PROPOSAL_CHOSEN, 14, "NO_PROPOSAL_CHOSEN")                    \
	X(INVALID_KE_PAYLOAD, 17, "INVALID_KE_PAYLOAD")                    \
	X(AUTHENTICATION_FAILED, 24, "AUTHENTICATION_FAILED")              \
	X(SINGLE_PAIR_REQUIRED, 34, "SINGLE_PAIR_REQUIRED")                \
	X(NO_ADDITIONAL_SAS, 35, "NO_ADDITIONAL_SAS")                      \
	X(INTERNAL_ADDRESS_FAILURE, 36, "INTERNAL_ADDRESS_FAILURE")        \
	X(FAILED_CP_REQUIRED, 37, "FAILED_CP_REQUIRED")                    \
	X(TS_UNACCEPTABLE, 38, "TS_UNACCEPTABLE")                          \
	X(INVALID_SELECTORS, 39, "INVALID_SELECTORS")                      \
	X(UNACCEPTABLE_ADDRESSES, 40, "UNACCEPTABLE_ADDRESSES")            \
	X(UNEXPECTED_NAT_DETECTED, 41, "UNEXPECTED_NAT_DETECTED")          \
	X(USE_ASSIGNED_HOA, 42, "USE_ASSIGNED_HoA")                        \
	X(TEMPORARY_FAILURE, 43, "TEMPORARY_FAILURE")                      \
	X(CHILD_SA_NOT_FOUND, 44, "CHILD_SA_NOT_FOUND")                    \
	X(INVALID_GROUP_ID, 45, "INVALID_GROUP_ID")                        \
	X(AUTHORIZATION_FAILED, 46, "AUTHORIZATION_FAILED")                \
	X(STATE_NOT_FOUND, 47, "STATE_NOT_FOUND")                          \
	X(INITIAL_CONTACT, 16384, "INITIAL_CONTACT")                       \
	X(SET_WINDOW_SIZE, 16385, "SET_WINDOW_SIZE")                       \
	X(ADDITIONAL_TS_POSSIBLE, 16386, "ADDITIONAL_TS_POSSIBLE")         \
	X(IPCOMP_SUPPORTED, 16387, "IPCOMP_SUPPORTED")                     \
	X(NAT_DETECTION_SOURCE_IP, 16388, "NATD_S_IP")                     \
	X(NAT_DETECTION_DESTINATION_IP, 16389, "NATD_D_IP")                \
	X(COOKIE, 16390, "COOKIE")                                         \
	X(USE_TRANSPORT_MODE, 16391, "USE_TRANSPORT_MODE")                 \
	X(HTTP_CERT_LOOKUP_SUPPORTED, 16392, "HTTP_CERT_LOOK")             \
	X(REKEY_SA, 16393, "REKEY_SA")                                     \
	X(ESP_TFC_PADDING_NOT_SUPPORTED, 16394, "ESP_TFC_PAD_N")           \
	X(NON_FIRST_FRAGMENTS_ALSO, 16395, "NON_FIRST_FRAG")               \
	X(MOBIKE_SUPPORTED, 16396, "MOBIKE_SUP")                           \
	X(ADDITIONAL_IP4_ADDRESS, 16397, "ADD_4_ADDR")                     \
	X(ADDITIONAL_IP6_ADDRESS, 16398, "ADD_6_ADDR")                     \
	X(NO_ADDITIONAL_ADDRESSES, 16399, "NO_ADD_ADDR")                   \
	X(UPDATE_SA_ADDRESSES, 16400, "UPD_SA_ADDR")                       \
	X(COOKIE2, 16401, "COOKIE2")                                       \
	X(NO_NATS_ALLOWED, 16402, "NO_NATS")                               \
	X(AUTH_LIFETIME, 16403, "AUTH_LFT")                                \
	X(MULTIPLE_AUTH_SUPPORTED, 16404, "MULT_AUTH")                     \
	X(ANOTHER_AUTH_FOLLOWS, 16405, "AUTH_FOLLOWS")                     \
	X(REDIRECT_SUPPORTED, 16406, "REDIR_SUP")                          \
	X(REDIRECT, 16407, "REDIR")                                        \
	X(REDIRECTED_FROM, 16408, "REDIR_FROM")                            \
	X(TICKET_LT_OPAQUE, 16409, "TICKET_LT_OPAQUE")                     \
	X(TICKET_REQUEST, 16410, "TICKET_REQUEST")                         \
	X(TICKET_ACK, 16411, "TICKET_ACK")                                 \
	X(TICKET_NACK, 16412, "TICKET_NACK")                               \
	X(TICKET_OPAQUE, 16413, "TICKET_OPAQUE")                           \
	X(LINK_ID, 16414, "LINK_ID")                                       \
	X(USE_WESP_MODE, 16415, "USE_WESP_MODE")                           \
	X(ROHC_SUPPORTED, 16416, "ROHC_SUPPORTED")                         \
	X(EAP_ONLY_AUTHENTICATION, 16417, "EAP_ONLY")                      \
	X(CHILDLESS_IKEV2_SUPPORTED, 16418, "CHDLESS_SUP")                 \
	X(QUICK_CRASH_DETECTION, 16419, "QUICK_CRASH")                     \
	X(IKEV2_MESSAGE_ID_SYNC_SUPPORTED, 16420, "MSG_ID_SYN_SUP")        \
	X(IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED, 16421, "RPL_CTR_SYN_SUP")   \
	X(IKEV2_MESSAGE_ID_SYNC, 16422, "MSG_ID_SYN")                      \
	X(IPSEC_REPLAY_COUNTER_SYNC, 16423, "RPL_CTR_SYN")                 \
	X(SECURE_PASSWORD_METHODS, 16424, "SEC_PASSWD")                    \
	X(PSK_PERSIST, 16425, "PSK_PST")                                   \
	X(PSK_CONFIRM, 16426, "PSK_CFM")                                   \
	X(ERX_SUPPORTED, 16427, "ERX_SUP")                                 \
	X(IFOM_CAPABILITY, 16428, "IFOM_CAP")                              \
	X(SENDER_REQUEST_ID, 16429, "SENDER_REQUEST_ID")                   \
	X(IKEV2_FRAGMENTATION_SUPPORTED, 16430, "FRAG_SUP")                \
	X(SIGNATURE_HASH_ALGORITHMS, 16431, "HASH_ALG")                    \
	X(CLONE_IKE_SA_SUPPORTED, 16432, "CLONE_IKE_SA_SUP")               \
	X(CLONE_IKE_SA, 16433, "CLONE_IKE_SA")                             \
	X(PUZZLE, 16434, "PUZZLE")                                         \
	X(USE_PPK, 16435, "USE_PPK")                                       \
	X(PPK_IDENTITY, 16436, "PPK_ID")                                   \
	X(NO_PPK_AUTH, 16437, "NO_PPK_AUTH")                               \
	X(INTERMEDIATE_EXCHANGE_SUPPORTED, 16438, "INTERMEDIATE_SUP")      \
	X(IP4_ALLOWED, 16439, "IP4_ALLOWED")                               \
	X(IP6_ALLOWED, 16440, "IP6_ALLOWED")                               \
	X(ADDITIONAL_KEY_EXCHANGE, 16441, "ADD_KE")                        \
	X(USE_AGGFRAG, 16442, "USE_AGGFRAG")

enum ike_notify_type {
#define X(id, value, word) IKE_N_##id = value,
	IKE_NOTIFIES(X)
#undef X
};

const char *ike_exchange_name(uint8_t exchange);
const char *ike_payload_name(uint8_t type);
const char *ike_notify_name(uint16_t type);
const char *ike_id_type_name(uint8_t type);
const char *ike_method_name(uint8_t method);
const char *ike_protocol_name(uint8_t protocol);

/* Errors and statuses, RFC 7296 3.10.1. An unknown error counts as an error, an unknown status is
 * to be ignored. */
static inline bool ike_notify_is_error(uint16_t type)
{
	return type < 16384;
}

/* Whether this code knows the payload type; unknown ones with the critical bit refuse the message.
 */
bool ike_payload_known(uint8_t type);

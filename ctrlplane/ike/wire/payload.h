/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bodies of the payloads, RFC 7296 3.3 to 3.16: ike_parse_X() reads a body (struct ike_payload
 * .body) into a plain struct, ike_put_X() appends the payload to a builder. Parsers validate the
 * whole body first: on success every length in *out has been checked against the message. They
 * return 0 or -EBADMSG with *err saying what is wrong (answer INVALID_SYNTAX). Views in *out
 * point into the message. No allocation, no state: any thread.
 */
#pragma once

#include "common/addr.h"
#include "ctrlplane/ike/wire/message.h"

#define IKE_NONCE_MIN 16 /* RFC 7296 2.10 */
#define IKE_NONCE_MAX 256
#define IKE_NONCE_LEN 32 /* what we send; at least half of any prf's key, RFC 7296 2.10 */

/* ---- SA, RFC 7296 3.3 ---- */

#define IKE_PROPOSALS_MAX 32 /* read; later ones in a message are validated, then left out */
#define IKE_TRANSFORMS_MAX 64

struct ike_transform {
	uint8_t type;	   /* enum ike_transform_type, or unknown */
	uint8_t unusable;  /* carries an attribute we do not know: never choose it, 3.3.6 */
	uint16_t id;	   /* of that type's registry */
	uint16_t key_bits; /* attribute Key Length, 0: absent */
};

struct ike_proposal {
	uint8_t number;	  /* from 1 */
	uint8_t protocol; /* enum ike_protocol, or unknown */
	uint8_t spi_len;  /* 0 (IKE_SA_INIT), 8 (IKE rekey), 4 (ESP) */
	uint8_t unusable; /* more than IKE_TRANSFORMS_MAX transforms, or an odd SPI length */
	uint8_t spi[8];	  /* network order, as on the wire */
	unsigned count;
	struct ike_transform transforms[IKE_TRANSFORMS_MAX];
};

struct ike_sa_payload {
	unsigned count;
	struct ike_proposal proposals[IKE_PROPOSALS_MAX];
};

int ike_parse_sa(struct ike_bytes body, struct ike_sa_payload *out, struct gh_error *err);
void ike_put_sa(struct ike_builder *b, const struct ike_proposal *proposals, unsigned count);

uint32_t ike_proposal_spi32(const struct ike_proposal *p); /* ESP; 0 when spi_len is not 4 */
uint64_t ike_proposal_spi64(const struct ike_proposal *p); /* IKE; 0 when spi_len is not 8 */
void ike_proposal_set_spi32(struct ike_proposal *p, uint32_t spi);
void ike_proposal_set_spi64(struct ike_proposal *p, uint64_t spi);

/* ---- KE, RFC 7296 3.4 ---- */

struct ike_ke {
	uint16_t group; /* transform id of type DH */
	struct ike_bytes data;
};

int ike_parse_ke(struct ike_bytes body, struct ike_ke *out, struct gh_error *err);
void ike_put_ke(struct ike_builder *b, uint16_t group, struct ike_bytes data);

/* ---- Nonce, RFC 7296 3.9 ---- */

int ike_parse_nonce(struct ike_bytes body, struct ike_bytes *out, struct gh_error *err);
void ike_put_nonce(struct ike_builder *b, struct ike_bytes nonce);

/* ---- Identification, RFC 7296 3.5 ---- */

struct ike_id {
	uint8_t type; /* enum ike_id_type */
	struct ike_bytes data;
};

/* payload_type is IKE_PAYLOAD_IDi or IKE_PAYLOAD_IDr. The body itself (type, reserved, data) is
 * what AUTH signs (RestOfInitIDPayload, RFC 7296 2.15): keep payload.body; to sign one's own,
 * ike_id_body() writes the same bytes. */
int ike_parse_id(struct ike_bytes body, struct ike_id *out, struct gh_error *err);
void ike_put_id(struct ike_builder *b, uint8_t payload_type, const struct ike_id *id);

#define IKE_ID_BODY_MAX (4 + 1024)
/* 0..: bytes written; -EMSGSIZE. */
ssize_t ike_id_body(const struct ike_id *id, uint8_t *buf, size_t size);

/* ---- Authentication, RFC 7296 3.8 ---- */

struct ike_auth {
	uint8_t method; /* enum ike_method, or unknown */
	struct ike_bytes data;
};

int ike_parse_auth(struct ike_bytes body, struct ike_auth *out, struct gh_error *err);
void ike_put_auth(struct ike_builder *b, const struct ike_auth *auth);

/* ---- Certificates, RFC 7296 3.6 and 3.7: same layout ---- */

struct ike_cert {
	uint8_t encoding; /* enum ike_cert_encoding, or unknown */
	struct ike_bytes data;
};

int ike_parse_cert(struct ike_bytes body, struct ike_cert *out, struct gh_error *err);
/* payload_type is IKE_PAYLOAD_CERT or IKE_PAYLOAD_CERTREQ. */
void ike_put_cert(struct ike_builder *b, uint8_t payload_type, const struct ike_cert *cert);

/* ---- Notify, RFC 7296 3.10 ---- */

struct ike_notify {
	uint8_t protocol; /* enum ike_protocol; NONE unless an SPI follows */
	uint16_t type;	  /* enum ike_notify_type, or unknown */
	struct ike_bytes spi;
	struct ike_bytes data;
};

int ike_parse_notify(struct ike_bytes body, struct ike_notify *out, struct gh_error *err);
void ike_put_notify(struct ike_builder *b, const struct ike_notify *n);

/* Without SPI; data may be empty: (struct ike_bytes){0}. */
void ike_put_status(struct ike_builder *b, uint16_t type, struct ike_bytes data);
/* With the SPI of a CHILD SA, e.g. REKEY_SA, CHILD_SA_NOT_FOUND. */
void ike_put_notify_esp(struct ike_builder *b, uint16_t type, uint32_t spi, struct ike_bytes data);

/* The first well-formed notify of that type in msg. ike_find_error: the first of class error. */
bool ike_find_notify(const struct ike_message *msg, uint16_t type, struct ike_notify *out);
bool ike_find_error(const struct ike_message *msg, struct ike_notify *out);

/* ---- Delete, RFC 7296 3.11 ---- */

struct ike_delete {
	uint8_t protocol; /* enum ike_protocol */
	uint8_t spi_len;  /* 0 for IKE, 4 for ESP and AH */
	uint16_t count;
	struct ike_bytes spis; /* count * spi_len bytes */
};

int ike_parse_delete(struct ike_bytes body, struct ike_delete *out, struct gh_error *err);
uint32_t ike_delete_spi(const struct ike_delete *d, unsigned i); /* spi_len 4; 0 out of range */
void ike_put_delete_ike(struct ike_builder *b);
void ike_put_delete_esp(struct ike_builder *b, const uint32_t *spis, uint16_t count);

/* ---- Vendor ID, RFC 7296 3.12: the body is the id ---- */

void ike_put_vendor(struct ike_builder *b, struct ike_bytes id);

/* ---- Traffic selectors, RFC 7296 3.13 ---- */

#define IKE_TS_MAX 64 /* selectors in a payload; later ones are validated, then left out */

/*
 * A range of addresses, protocol and ports. Ports in host order, 0..65535 is any; OPAQUE (RFC 7296
 * 3.13.1) is first 65535, last 0. For ICMP and ICMPv6: type << 8 | code.
 */
struct ike_ts {
	uint8_t proto; /* 0: any */
	uint8_t pad[3];
	uint16_t port_first, port_last;
	struct gh_addr first, last; /* inclusive, one family */
};

struct ike_ts_list {
	unsigned count;
	struct ike_ts ts[IKE_TS_MAX];
};

/* Selectors of types we do not know are left out; the list may come out empty. A range whose first
 * address is above its last refuses the payload. */
int ike_parse_ts(struct ike_bytes body, struct ike_ts_list *out, struct gh_error *err);
/* payload_type is IKE_PAYLOAD_TSi or IKE_PAYLOAD_TSr. */
void ike_put_ts(struct ike_builder *b, uint8_t payload_type, const struct ike_ts_list *list);

/* ---- Configuration, RFC 7296 3.15 ---- */

#define IKE_CP_ATTRS_MAX 32 /* later ones are validated, then left out */

struct ike_cp_attr {
	uint16_t type; /* enum ike_cfg_attr, or unknown */
	struct ike_bytes value;
};

struct ike_cp {
	uint8_t type; /* enum ike_cfg_type */
	unsigned count;
	struct ike_cp_attr attrs[IKE_CP_ATTRS_MAX];
};

int ike_parse_cp(struct ike_bytes body, struct ike_cp *out, struct gh_error *err);
void ike_put_cp(struct ike_builder *b, const struct ike_cp *cp);

/* ---- EAP, RFC 7296 3.16, RFC 3748 4 ---- */

struct ike_eap {
	uint8_t code; /* 1 request, 2 response, 3 success, 4 failure */
	uint8_t identifier;
	struct ike_bytes packet; /* the whole EAP packet */
};

int ike_parse_eap(struct ike_bytes body, struct ike_eap *out, struct gh_error *err);
void ike_put_eap(struct ike_builder *b, struct ike_bytes packet);

/* ---- Encrypted fragment, RFC 7383 2.5 ---- */

struct ike_skf {
	uint16_t number;	 /* from 1 */
	uint16_t total;		 /* >= number */
	struct ike_bytes sealed; /* IV, ciphertext, ICV */
};

int ike_parse_skf(struct ike_bytes body, struct ike_skf *out, struct gh_error *err);

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The dataplane's interface to gatehoused: frames (common/frame.h) on
 * <instance>/run/dataplane.sock.
 *
 * Desired state in, facts out. gatehoused states what shall exist; every *_SET is idempotent, so
 * booting, reconnecting and recovering are one code path: SYNC_BEGIN, every *_SET, SYNC_END. What
 * was not stated between the two is removed at SYNC_END; until then traffic runs on what was there.
 * Objects that were there and are stated unchanged keep sequence numbers, windows and counters.
 *
 * SA and policy messages are bulk: the body is an array of records, as many as fit GH_FRAME_MAX.
 * Each request frame is answered by one frame of the same id: GH_DP_REPLY, body struct
 * gh_dp_reply. Records are applied in order; the first that fails ends the frame and is named.
 * One client at a time: a new connection replaces the old one (gatehoused restarted).
 *
 * Counters, sequence numbers and drop reasons are not asked for here: they are read from the
 * shared segment, dataplane/api/dp_shm.h.
 *
 * All integers in host order, addresses in network order. Structs have no implicit padding that
 * matters: senders zero them first.
 */
#pragma once

#include <stdint.h>

#include "common/addr.h"

#define GH_DP_VERSION 1u
#define GH_DP_NAME_MAX 16 /* an interface's name, as in Linux, with the final NUL */
#define GH_DP_SPEC_MAX 96
#define GH_DP_SA_NONE UINT32_MAX
/* Slots of each SA table. Fixed, because SPIs carry slots and outlive either process; the table
 * costs memory only where it is used. */
#define GH_DP_SA_MAX (1u << 17)

enum gh_dp_type {
	/* requests */
	GH_DP_HELLO = 1,   /* struct gh_dp_hello; the answer's body is struct gh_dp_hello */
	GH_DP_SYNC_BEGIN,  /* no body */
	GH_DP_SYNC_END,	   /* no body */
	GH_DP_WORKERS_SET, /* struct gh_dp_workers */
	GH_DP_IFACE_SET,   /* struct gh_dp_iface */
	GH_DP_IFACE_DEL,   /* struct gh_dp_iface, only name is read */
	GH_DP_SA_SET,	   /* struct gh_dp_sa[] */
	GH_DP_SA_DEL,	   /* struct gh_dp_sa_id[] */
	GH_DP_POLICY_SET,  /* struct gh_dp_policy[] */
	GH_DP_POLICY_DEL,  /* uint32_t id[] */
	GH_DP_REPLY,	   /* struct gh_dp_reply */
	/* events, frame id 0 */
	GH_DP_EVENT_ACQUIRE = 64, /* struct gh_dp_acquire: a packet met a policy without an SA */
	GH_DP_EVENT_SA_LIMIT,	  /* struct gh_dp_sa_limit: a soft or hard limit was reached */
	GH_DP_EVENT_LINK,	  /* struct gh_dp_link: a port's link went up or down */
};

struct gh_dp_hello {
	uint32_t version; /* GH_DP_VERSION; others are refused with -EPROTO */
	uint32_t sa_max;  /* answer: capacity of each SA table, GH_DP_SA_MAX; others are refused */
	uint64_t boot_id; /* answer: differs after each start of the dataplane */
};

struct gh_dp_reply {
	int32_t status;	   /* 0 or negative errno */
	uint32_t record;   /* index of the record that failed */
	char message[240]; /* why, for the operator; empty when status is 0 */
};

struct gh_dp_workers {
	uint64_t cpus[16]; /* bitmap of CPUs, one worker on each; all zero: one unpinned worker */
};

/*
 * An interface: a port with a Linux TAP of its name beside it. `port` says where frames come from:
 *   infra-NETDEV       a Linux network device of this namespace (AF_XDP, else AF_PACKET)
 *   pci-bXsY, pci-dDbXsYfZ  a PCI device: bus X, slot Y (decimal), function 0
 *   memif-server:PATH, memif-client:PATH
 *   ring-NAME          an in-memory ring pair (tests)
 *   vdev:ARGS          any DPDK virtual device, for benchmarks
 */
struct gh_dp_iface {
	char name[GH_DP_NAME_MAX];
	char port[GH_DP_SPEC_MAX];
	uint16_t mtu;	 /* bytes of IP, 0: the port's own */
	uint16_t nb_rxd; /* descriptors, 0: the port's default */
	uint16_t nb_txd;
	uint8_t up; /* administrative state */
	uint8_t pad;
};

/* Algorithms: one list gives enum, configuration word, key bytes (with salt), ICV bytes. */
#define GH_DP_AEAD_ALGS(X)                         \
	X(AES128_GCM_8, "aes128-gcm-64", 20, 8)    \
	X(AES128_GCM_12, "aes128-gcm-96", 20, 12)  \
	X(AES128_GCM_16, "aes128-gcm-128", 20, 16) \
	X(AES192_GCM_8, "aes192-gcm-64", 28, 8)    \
	X(AES192_GCM_12, "aes192-gcm-96", 28, 12)  \
	X(AES192_GCM_16, "aes192-gcm-128", 28, 16) \
	X(AES256_GCM_8, "aes256-gcm-64", 36, 8)    \
	X(AES256_GCM_12, "aes256-gcm-96", 36, 12)  \
	X(AES256_GCM_16, "aes256-gcm-128", 36, 16) \
	X(CHACHA20_POLY1305, "chacha20-poly1305", 36, 16)

/* word, key bytes */
#define GH_DP_ENC_ALGS(X)               \
	X(NULL, "null", 0)              \
	X(AES128_CBC, "aes128-cbc", 16) \
	X(AES192_CBC, "aes192-cbc", 24) \
	X(AES256_CBC, "aes256-cbc", 32)

/* word, key bytes, ICV bytes (RFC 2404, RFC 4868) */
#define GH_DP_AUTH_ALGS(X)                    \
	X(HMAC_SHA1, "hmac-sha1", 20, 12)     \
	X(HMAC_SHA256, "hmac-sha256", 32, 16) \
	X(HMAC_SHA384, "hmac-sha384", 48, 24) \
	X(HMAC_SHA512, "hmac-sha512", 64, 32)

enum gh_dp_alg {
	GH_DP_ALG_NONE,
#define X(id, ...) GH_DP_AEAD_##id,
	GH_DP_AEAD_ALGS(X)
#undef X
#define X(id, ...) GH_DP_ENC_##id,
	    GH_DP_ENC_ALGS(X)
#undef X
#define X(id, ...) GH_DP_AUTH_##id,
		GH_DP_AUTH_ALGS(X)
#undef X
};

enum gh_dp_dir { GH_DP_OUT, GH_DP_IN };

enum gh_dp_sa_flags {
	GH_DP_SA_ESN = 1 << 0,	     /* RFC 4303 2.2.1 */
	GH_DP_SA_UDP_ENCAP = 1 << 1, /* RFC 3948 */
	GH_DP_SA_COPY_DSCP = 1 << 2,
	GH_DP_SA_DF_SET = 1 << 3,  /* outer DF set; DF_COPY: copied from the inner header; */
	GH_DP_SA_DF_COPY = 1 << 4, /* neither: cleared */
};

struct gh_dp_sa_id {
	uint32_t index; /* slot in the table of that direction, < sa_max */
	uint32_t spi;	/* host order */
	uint8_t dir;	/* enum gh_dp_dir */
	uint8_t pad[3];
};

/*
 * One ESP SA, tunnel mode. gatehoused allocates index and, inbound, an SPI whose low
 * log2(sa_max) bits are the index and whose other bits are random. A slot that holds another SPI
 * is replaced.
 */
struct gh_dp_sa {
	struct gh_dp_sa_id id;
	uint16_t enc_alg;  /* enum gh_dp_alg: AEAD_* or ENC_* */
	uint16_t auth_alg; /* AUTH_* beside ENC_*, else NONE */
	uint16_t flags;	   /* enum gh_dp_sa_flags */
	uint16_t pad;
	uint32_t replay_window;		  /* packets, 0..4096; inbound */
	struct gh_endpoint local, remote; /* outer; ports only with UDP_ENCAP */
	uint8_t enc_key[36];		  /* AEAD: key then salt, RFC 4106 8.1 */
	uint8_t auth_key[64];
	uint64_t seq; /* OUT: the last number that may have been used; IN: the highest seen.
			 The dataplane takes the greater of this and what it holds. */
	uint64_t soft_bytes, hard_bytes, soft_packets, hard_packets; /* 0: no limit */
};

struct gh_dp_selector {
	struct gh_prefix local, remote; /* the gateway's side, the peer's side; one family */
	uint8_t proto;			/* 0: any */
	uint8_t pad[3];
	uint16_t local_port_first, local_port_last;   /* host order; 0..65535: any */
	uint16_t remote_port_first, remote_port_last; /* ICMP: RFC 7296 3.13.1 */
};

/*
 * OUT: packets local -> remote are protected by SA `sa`, or with GH_DP_SA_NONE dropped and
 * announced by ACQUIRE (rate-limited per policy). IN: packets remote -> local may come out of
 * inbound SA `sa`. Every OUT policy also says that remote -> local in clear is refused. Among
 * overlapping OUT policies the lowest priority value wins, then the smaller id.
 */
struct gh_dp_policy {
	uint32_t id; /* unique over both directions, chosen by gatehoused */
	uint32_t priority;
	uint32_t sa;
	uint8_t dir;
	uint8_t pad[3];
	struct gh_dp_selector sel;
};

struct gh_dp_acquire {
	uint32_t policy;
	struct gh_dp_selector packet; /* host prefixes and exact ports of the packet */
};

struct gh_dp_sa_limit {
	struct gh_dp_sa_id id;
	uint8_t hard; /* 1: the SA no longer passes packets */
	uint8_t pad[3];
};

struct gh_dp_link {
	char name[GH_DP_NAME_MAX];
	uint8_t up;
	uint8_t pad[3];
};

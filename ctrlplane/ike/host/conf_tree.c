/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/host/conf_tree.h"

#include <errno.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

const struct lyd_node *conf_child(const struct lyd_node *parent, const char *name)
{
	const struct lyd_node *n;

	LY_LIST_FOR (parent != NULL ? lyd_child(parent) : NULL, n)
		if (strcmp(n->schema->name, name) == 0)
			return n;
	return NULL;
}

const char *conf_leaf(const struct lyd_node *parent, const char *name)
{
	const struct lyd_node *n = conf_child(parent, name);

	return n != NULL ? lyd_get_value(n) : NULL;
}

static bool is_true(const char *value)
{
	return value != NULL && strcmp(value, "true") == 0;
}

/* An entry of a list by its only key, through libyang's hash of the children. */
static const struct lyd_node *list_entry(
    const struct lyd_node *parent, const char *list, const char *key)
{
	const struct lysc_node *schema;
	struct lyd_node *found = NULL;
	char predicate[300];

	if (parent == NULL || lyd_child(parent) == NULL)
		return NULL;
	schema = lys_find_child(parent->schema, parent->schema->module, list, 0, LYS_LIST, 0);
	if (schema == NULL)
		return NULL;
	/* Keys are object names: their pattern admits no quote. */
	snprintf(predicate, sizeof(predicate), "[name='%s']", key);
	if (lyd_find_sibling_val(lyd_child(parent), schema, predicate, strlen(predicate), &found) !=
	    LY_SUCCESS)
		return NULL;
	return found;
}

const struct lyd_node *conf_ike(const struct lyd_node *config, const char *vrf)
{
	const struct lyd_node *top, *ike;

	LY_LIST_FOR (config, top)
		if (strcmp(top->schema->name, "config") == 0)
			break;
	ike = conf_child(list_entry(top, "vrf", vrf), "ike");
	return ike != NULL && is_true(conf_leaf(ike, "enabled")) ? ike : NULL;
}

const struct lyd_node *conf_entry(const struct lyd_node *ike, const char *list, const char *key)
{
	return list_entry(ike, list, key);
}

uint32_t conf_duration(const char *text)
{
	char *unit;
	unsigned long n = text != NULL ? strtoul(text, &unit, 10) : 0;

	if (text == NULL)
		return 0;
	switch (*unit) {
	case 'm':
		n *= 60;
		break;
	case 'h':
		n *= 3600;
		break;
	case 'd':
		n *= 86400;
		break;
	}
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/* ---- proposals ---- */

/* The leaf's name as the proposal code knows it; false: not an algorithm leaf. */
static bool algorithm_leaf(const char *name, enum ike_leaf *leaf)
{
	static const struct {
		const char *name;
		enum ike_leaf leaf;
	} leaves[] = {{"aead-alg", IKE_LEAF_AEAD_ALG}, {"enc-alg", IKE_LEAF_ENC_ALG},
	    {"auth-alg", IKE_LEAF_AUTH_ALG}, {"prf-alg", IKE_LEAF_PRF_ALG},
	    {"dh-group", IKE_LEAF_DH_GROUP}, {"esn", IKE_LEAF_ESN}};

	for (unsigned i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		if (strcmp(name, leaves[i].name) == 0) {
			*leaf = leaves[i].leaf;
			return true;
		}
	}
	return false;
}

static int read_proposal(const struct lyd_node *entry, bool esp, unsigned number,
    struct ike_proposal *p, struct gh_error *err)
{
	const struct lyd_node *n;
	enum ike_leaf leaf;
	int rc = 0;

	ike_proposal_init(p, esp ? IKE_PROTO_ESP : IKE_PROTO_IKE, (uint8_t)number);
	LY_LIST_FOR (lyd_child(entry), n)
		if (rc == 0 && algorithm_leaf(n->schema->name, &leaf))
			rc = ike_proposal_add(p, leaf, lyd_get_value(n), err);
	if (rc == 0)
		rc = ike_proposal_complete(p, err);
	if (rc < 0 && err != NULL)
		lyd_path(entry, LYD_PATH_STD, err->path, sizeof(err->path));
	return rc;
}

/* The proposals of a policy, lowest number first. */
static int read_proposals(const struct lyd_node *policy, bool esp, struct ike_proposal *out,
    unsigned *count, struct gh_error *err)
{
	const char *list = esp ? "esp-proposal" : "ike-proposal";
	unsigned long after = 0;

	*count = 0;
	for (;;) {
		const struct lyd_node *n, *best = NULL;
		unsigned long best_id = ULONG_MAX;
		int rc;

		LY_LIST_FOR (policy != NULL ? lyd_child(policy) : NULL, n) {
			unsigned long id;

			if (strcmp(n->schema->name, list) != 0)
				continue;
			id = strtoul(conf_leaf(n, "id"), NULL, 10);
			if (id > after && id < best_id) {
				best = n;
				best_id = id;
			}
		}
		if (best == NULL)
			return 0;
		after = best_id;
		if (*count == IKE_CONF_PROPOSALS) {
			gh_error_set(err, -E2BIG, NULL,
			    "more than %d proposals: put several algorithms into one proposal",
			    IKE_CONF_PROPOSALS);
			if (err != NULL)
				lyd_path(best, LYD_PATH_STD, err->path, sizeof(err->path));
			return -E2BIG;
		}
		rc = read_proposal(best, esp, *count + 1, &out[*count], err);
		if (rc < 0)
			return rc;
		++*count;
	}
}

/* ---- a VPN ---- */

/* One of its two policies: what stands in the VPN, else in the template. */
struct policy_view {
	const struct lyd_node *own, *template;
};

static struct policy_view policy_view(
    const struct lyd_node *vpn, const char *container, const char *templates)
{
	struct policy_view v = {.own = conf_child(vpn, container)};
	const char *name = conf_leaf(v.own, "template");

	if (name != NULL)
		v.template = list_entry(lyd_parent(vpn), templates, name);
	return v;
}

static const char *value(const struct policy_view *v, const char *leaf)
{
	const char *own = conf_leaf(v->own, leaf);

	return own != NULL ? own : conf_leaf(v->template, leaf);
}

static uint64_t number(const struct policy_view *v, const char *leaf)
{
	const char *text = value(v, leaf);

	return text != NULL ? strtoull(text, NULL, 10) : 0;
}

static int view_proposals(const struct policy_view *v, bool esp, struct ike_proposal *out,
    unsigned *count, struct gh_error *err)
{
	const char *list = esp ? "esp-proposal" : "ike-proposal";

	return read_proposals(
	    conf_child(v->own, list) != NULL ? v->own : v->template, esp, out, count, err);
}

static int read_ike_policy(const struct lyd_node *node, struct conf_vpn *out, struct gh_error *err)
{
	struct policy_view v = policy_view(node, "ike-policy", "ike-policy-template");
	struct ike_conf_vpn *vpn = &out->vpn;
	const char *unique = value(&v, "unique-sa");

	if (!ike_conf_auth(value(&v, "local-auth-method") ?: "", &vpn->local_auth) ||
	    !ike_conf_auth(value(&v, "remote-auth-method") ?: "", &vpn->remote_auth))
		return gh_error_set(err, -ENOTSUP, NULL,
		    "this authentication method is not built in: use pre-shared-key");
	if (unique == NULL || !ike_conf_unique(unique, &vpn->unique_sa))
		vpn->unique_sa = IKE_UNIQUE_NO;
	vpn->ike_rekey_time = conf_duration(value(&v, "rekey-time"));
	vpn->reauth_time = conf_duration(value(&v, "reauth-time"));
	vpn->dpd_delay = conf_duration(value(&v, "dpd-delay"));
	vpn->keying_tries = (uint32_t)number(&v, "keying-tries");
	vpn->udp_encap = is_true(value(&v, "udp-encap"));
	vpn->mobike = is_true(value(&v, "mobike"));
	vpn->ike_proposals = out->ike;
	return view_proposals(&v, false, out->ike, &vpn->ike_proposal_count, err);
}

static int read_ipsec_policy(
    const struct lyd_node *node, struct conf_vpn *out, struct gh_error *err)
{
	struct policy_view v = policy_view(node, "ipsec-policy", "ipsec-policy-template");
	struct ike_conf_vpn *vpn = &out->vpn;

	if (!ike_conf_action(value(&v, "start-action") ?: "none", &vpn->start_action) ||
	    !ike_conf_action(value(&v, "close-action") ?: "none", &vpn->close_action) ||
	    !ike_conf_action(value(&v, "dpd-action") ?: "clear", &vpn->dpd_action))
		return gh_error_set(err, -EINVAL, NULL, "unknown start-, close- or dpd-action");
	vpn->esp_rekey_time = conf_duration(value(&v, "rekey-time"));
	vpn->rekey_bytes = number(&v, "rekey-bytes");
	vpn->rekey_packets = number(&v, "rekey-packets");
	vpn->replay_window = (uint32_t)number(&v, "replay-window");
	vpn->copy_dscp = is_true(value(&v, "encap-copy-dscp"));
	vpn->copy_df = is_true(value(&v, "encap-copy-df"));
	vpn->esp_proposals = out->esp;
	return view_proposals(&v, true, out->esp, &vpn->esp_proposal_count, err);
}

static int protocol_number(const char *word)
{
	static const struct {
		const char *word;
		int number;
	} names[] = {{"icmp", IPPROTO_ICMP}, {"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP},
	    {"sctp", IPPROTO_SCTP}, {"icmpv6", IPPROTO_ICMPV6}};

	for (unsigned i = 0; word != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(word, names[i].word) == 0)
			return names[i].number;
	return word != NULL ? atoi(word) : 0;
}

static int read_policy(
    const struct lyd_node *node, struct ike_conf_policy *out, struct gh_error *err)
{
	const struct lyd_node *local = conf_child(node, "local-ts");
	const struct lyd_node *remote = conf_child(node, "remote-ts");
	int proto = protocol_number(conf_leaf(local, "protocol"));
	int remote_proto = protocol_number(conf_leaf(remote, "protocol"));
	const char *port;

	out->name = conf_leaf(node, "name");
	if (gh_prefix_parse(conf_leaf(local, "subnet") ?: "", &out->local) < 0 ||
	    gh_prefix_parse(conf_leaf(remote, "subnet") ?: "", &out->remote) < 0)
		return gh_error_set(err, -EINVAL, NULL,
		    "security-policy %s needs a subnet in local-ts and in remote-ts", out->name);
	if (proto != 0 && remote_proto != 0 && proto != remote_proto)
		return gh_error_set(err, -EINVAL, NULL,
		    "security-policy %s: local-ts and remote-ts name different protocols",
		    out->name);
	out->local = gh_prefix_network(&out->local);
	out->remote = gh_prefix_network(&out->remote);
	out->proto = (uint8_t)(proto != 0 ? proto : remote_proto);
	port = conf_leaf(local, "port");
	out->local_port = (uint16_t)(port != NULL ? atoi(port) : 0);
	port = conf_leaf(remote, "port");
	out->remote_port = (uint16_t)(port != NULL ? atoi(port) : 0);
	return 0;
}

static int read_policies(const struct lyd_node *vpn, struct conf_vpn *out, struct gh_error *err)
{
	const struct lyd_node *n;
	unsigned count = 0;
	int rc = 0;

	LY_LIST_FOR (lyd_child(vpn), n)
		count += strcmp(n->schema->name, "security-policy") == 0;
	out->policies = calloc(count ? count : 1, sizeof(out->policies[0]));
	if (out->policies == NULL)
		return -ENOMEM;
	out->vpn.policies = out->policies;
	LY_LIST_FOR (lyd_child(vpn), n) {
		if (rc == 0 && strcmp(n->schema->name, "security-policy") == 0)
			rc = read_policy(n, &out->policies[out->vpn.policy_count++], err);
	}
	return rc;
}

static int read_address(const struct lyd_node *vpn, const char *leaf, struct gh_addr *out)
{
	const char *text = conf_leaf(vpn, leaf);

	*out = (struct gh_addr){0};
	return text != NULL ? gh_addr_parse(text, out) : 0;
}

int conf_vpn_read(const struct lyd_node *node, struct conf_vpn *out, struct gh_error *err)
{
	int rc;

	*out = (struct conf_vpn){0};
	if (err != NULL)
		*err = (struct gh_error){0};
	out->vpn.name = conf_leaf(node, "name");
	out->vpn.local_id = conf_leaf(node, "local-id");
	out->vpn.remote_id = conf_leaf(node, "remote-id");
	rc = read_address(node, "local-address", &out->vpn.local_address);
	if (rc == 0)
		rc = read_address(node, "remote-address", &out->vpn.remote_address);
	if (rc == 0)
		rc = read_ike_policy(node, out, err);
	if (rc == 0)
		rc = read_ipsec_policy(node, out, err);
	if (rc == 0)
		rc = read_policies(node, out, err);
	if (rc < 0 && err != NULL && err->path[0] == '\0')
		lyd_path(node, LYD_PATH_STD, err->path, sizeof(err->path));
	return rc;
}

void conf_vpn_clear(struct conf_vpn *v)
{
	free(v->policies);
	*v = (struct conf_vpn){0};
}

/* ---- a pre-shared key ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int decode_hex(const char *text, uint8_t *out, size_t size, size_t *len)
{
	size_t n = strlen(text);

	if (n == 0 || n % 2 != 0 || n / 2 > size)
		return -EINVAL;
	for (size_t i = 0; i < n; i += 2) {
		int hi = hex_digit(text[i]), lo = hex_digit(text[i + 1]);

		if (hi < 0 || lo < 0)
			return -EINVAL;
		out[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	*len = n / 2;
	return 0;
}

static int decode_base64(const char *text, uint8_t *out, size_t size, size_t *len)
{
	size_t n = strlen(text);
	int decoded;

	if (n == 0 || n % 4 != 0 || n / 4 * 3 > size)
		return -EINVAL;
	decoded = EVP_DecodeBlock(out, (const unsigned char *)text, (int)n);
	if (decoded < 0)
		return -EINVAL;
	*len = (size_t)decoded - (text[n - 1] == '=') - (text[n - 2] == '=');
	return 0;
}

static int decode_secret(const char *text, struct conf_psk *out)
{
	size_t n = strlen(text);

	if (strncmp(text, "0x", 2) == 0)
		return decode_hex(text + 2, out->secret, sizeof(out->secret), &out->psk.secret_len);
	if (strncmp(text, "0s", 2) == 0)
		return decode_base64(
		    text + 2, out->secret, sizeof(out->secret), &out->psk.secret_len);
	if (n > sizeof(out->secret))
		return -EINVAL;
	memcpy(out->secret, text, n);
	out->psk.secret_len = n;
	return 0;
}

int conf_psk_read(const struct lyd_node *node, struct conf_psk *out, struct gh_error *err)
{
	const char *secret = conf_leaf(node, "secret");
	const struct lyd_node *n;
	char path[256];

	*out = (struct conf_psk){0};
	out->psk = (struct ike_conf_psk){
	    .name = conf_leaf(node, "name"), .ids = out->ids, .secret = out->secret};
	lyd_path(node, LYD_PATH_STD, path, sizeof(path));
	LY_LIST_FOR (lyd_child(node), n) {
		if (strcmp(n->schema->name, "id") != 0)
			continue;
		if (out->psk.id_count == IKE_CONF_PSK_IDS)
			return gh_error_set(err, -E2BIG, path,
			    "more than %d ids: use several pre-shared-key entries",
			    IKE_CONF_PSK_IDS);
		out->ids[out->psk.id_count++] = lyd_get_value(n);
	}
	if (secret == NULL || decode_secret(secret, out) < 0)
		return gh_error_set(err, -EINVAL, path,
		    "the secret is neither text, nor 0x and an even number of hexadecimal digits, "
		    "nor 0s "
		    "and base64");
	return 0;
}

void conf_psk_clear(struct conf_psk *p)
{
	gh_wipe(p, sizeof(*p));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IKE engine on real sockets with a data path that does nothing: a peer for negotiations with
 * other implementations, before or without a whole gateway.
 *
 *   ike_probe [option=value ...]    e.g. local=250.0.0.2 local-id=vpnc.6wind.com psk=secret
 *             ike=aes128-gcm-96:hmac-sha1:modp1024 esp=aes128-gcm-128 local-ts=172.26.0.0/24 ...
 *
 * Commands on standard input: initiate, terminate, rekey-ike, rekey-child, restart, status, wait
 * MS, quit. Events and answers go to standard output, a line each.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/secret.h"
#include "ctrlplane/ike/ike.h"

struct record {
	uint64_t key;
	void *data;
	size_t len;
	UT_hash_handle hh;
};

struct probe {
	struct ike_engine *e;
	int socks[2]; /* 500, 4500 */
	struct gh_addr local;
	uint64_t due_ms;
	struct ike_job *jobs;
	uint32_t next_spi;
	struct record *records;
	uint32_t child; /* spi_in of the newest */
	bool quit;
};

static struct {
	const char *local, *remote, *local_id, *remote_id, *psk, *ike, *esp, *local_ts, *remote_ts;
	const char *dpd, *ike_rekey, *child_rekey, *encap, *mobike, *window;
} opt = {.local = "250.0.0.2",
    .local_id = "vpnc.6wind.com",
    .psk = "uCPE-1-shared-secret",
    .ike = "aes128-gcm-96:hmac-sha1:modp1024",
    .esp = "aes128-gcm-128",
    .local_ts = "172.26.0.0/24",
    .remote_ts = "172.16.0.0/24",
    .dpd = "0",
    .ike_rekey = "0",
    .child_rekey = "0",
    .encap = "no",
    .mobike = "no",
    .window = "128"};

static const struct {
	const char *name;
	const char **value;
} options[] = {{"local", &opt.local}, {"remote", &opt.remote}, {"local-id", &opt.local_id},
    {"remote-id", &opt.remote_id}, {"psk", &opt.psk}, {"ike", &opt.ike}, {"esp", &opt.esp},
    {"local-ts", &opt.local_ts}, {"remote-ts", &opt.remote_ts}, {"dpd", &opt.dpd},
    {"ike-rekey", &opt.ike_rekey}, {"child-rekey", &opt.child_rekey}, {"encap", &opt.encap},
    {"mobike", &opt.mobike}, {"window", &opt.window}};

static void die(const char *what)
{
	fprintf(stderr, "ike_probe: %s\n", what);
	exit(1);
}

/* ---- host ---- */

static uint64_t now_ms(void *ctx)
{
	return gh_clock_ms();
}

static uint64_t wall_ms(void *ctx)
{
	return gh_wallclock_ms();
}

static void random_bytes(void *ctx, void *p, size_t len)
{
	gh_random(p, len);
}

static void send_datagram(void *ctx, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, const void *data, size_t len)
{
	struct probe *p = ctx;
	bool natt = local->port == IKE_PORT_NATT, marker = natt && len > 1;
	uint8_t buf[65536] = {0};
	struct sockaddr_storage ss;
	socklen_t sslen = gh_endpoint_to_sockaddr(remote, &ss);

	memcpy(buf + (marker ? 4 : 0), data, len);
	sendto(p->socks[natt], buf, len + (marker ? 4 : 0), 0, (struct sockaddr *)&ss, sslen);
}

static int source_address(void *ctx, const struct gh_addr *remote, struct gh_addr *local)
{
	*local = ((struct probe *)ctx)->local;
	return 0;
}

static void arm(void *ctx, uint64_t due_ms)
{
	((struct probe *)ctx)->due_ms = due_ms;
}

static void submit(void *ctx, struct ike_job *job)
{
	struct probe *p = ctx;

	job->next = p->jobs;
	p->jobs = job;
}

static int spi_alloc(void *ctx, uint32_t *spi)
{
	*spi = ++((struct probe *)ctx)->next_spi;
	return 0;
}

static void spi_free(void *ctx, uint32_t spi)
{
}

static int child_install(void *ctx, const struct ike_child_sa *c)
{
	char l[GH_PREFIX_STRLEN], r[GH_PREFIX_STRLEN], from[GH_ENDPOINT_STRLEN],
	    to[GH_ENDPOINT_STRLEN];

	((struct probe *)ctx)->child = c->spi_in;
	printf("install %08x %08x %s %s %s %s%s%s%s\n", c->spi_in, c->spi_out,
	    gh_prefix_str(&c->selectors[0].local, l), gh_prefix_str(&c->selectors[0].remote, r),
	    gh_endpoint_str(&c->local, from), gh_endpoint_str(&c->remote, to),
	    c->udp_encap ? " udp-encap" : "", c->esn ? " esn" : "", c->outbound ? " outbound" : "");
	return 0;
}

static void child_switch(void *ctx, uint32_t to, uint32_t from)
{
	printf("switch %08x %08x\n", to, from);
}

static void child_remove(void *ctx, uint32_t spi_in)
{
	printf("remove %08x\n", spi_in);
}

static bool child_counters(void *ctx, uint32_t spi_in, struct ike_child_counters *out)
{
	return false;
}

static void record_del(void *ctx, uint64_t key)
{
	struct probe *p = ctx;
	struct record *r;

	HASH_FIND(hh, p->records, &key, sizeof(key), r);
	if (r == NULL)
		return;
	HASH_DEL(p->records, r);
	gh_wipe_free(r->data, r->len);
	free(r);
}

static void record_put(void *ctx, uint64_t key, const void *record, size_t len)
{
	struct probe *p = ctx;
	struct record *r = calloc(1, sizeof(*r));

	record_del(ctx, key);
	r->key = key;
	r->len = len;
	r->data = malloc(len);
	memcpy(r->data, record, len);
	HASH_ADD(hh, p->records, key, sizeof(key), r);
}

static void event(void *ctx, const struct ike_event *ev)
{
	static const char *const words[] = {
#define X(id, word) [IKE_EVENT_##id] = word,
	    IKE_EVENT_LIST(X)
#undef X
	};

	printf("%s %s\n", words[ev->type], ev->text);
}

static const struct ike_host host = {
    .now_ms = now_ms,
    .wall_ms = wall_ms,
    .random = random_bytes,
    .send = send_datagram,
    .source_address = source_address,
    .arm = arm,
    .submit = submit,
    .spi_alloc = spi_alloc,
    .spi_free = spi_free,
    .child_install = child_install,
    .child_switch = child_switch,
    .child_remove = child_remove,
    .child_counters = child_counters,
    .record_put = record_put,
    .record_del = record_del,
    .event = event,
};

/* ---- configuration ---- */

static bool add_word(struct ike_proposal *p, const char *word)
{
	static const enum ike_leaf leaves[] = {IKE_LEAF_AEAD_ALG, IKE_LEAF_ENC_ALG,
	    IKE_LEAF_PRF_ALG, IKE_LEAF_AUTH_ALG, IKE_LEAF_DH_GROUP};
	struct gh_error err;

	if (strcmp(word, "esn") == 0)
		return ike_proposal_add(p, IKE_LEAF_ESN, "true", &err) == 0;
	/* In "enc:auth:prf:dh" the first hash is auth, in "aead:prf:dh" it is prf: say auth=… */
	if (strncmp(word, "auth=", 5) == 0)
		return ike_proposal_add(p, IKE_LEAF_AUTH_ALG, word + 5, &err) == 0;
	for (unsigned i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		if (leaves[i] != IKE_LEAF_AUTH_ALG &&
		    ike_proposal_add(p, leaves[i], word, &err) == 0)
			return true;
	}
	return false;
}

static void parse_proposal(struct ike_proposal *p, uint8_t protocol, const char *text)
{
	char copy[256], *at = copy, *word;
	struct gh_error err;

	snprintf(copy, sizeof(copy), "%s", text);
	ike_proposal_init(p, protocol, 1);
	while ((word = strsep(&at, ":")) != NULL) {
		if (!add_word(p, word))
			die(word);
	}
	if (ike_proposal_complete(p, &err) < 0)
		die(err.message);
}

static void configure(struct probe *p)
{
	struct ike_proposal ike, esp;
	struct ike_conf_policy policy = {.name = "net"};
	struct ike_conf_psk psk = {.name = "k", .secret = opt.psk, .secret_len = strlen(opt.psk)};
	struct ike_conf_vpn vpn = {.name = "v",
	    .ike_proposals = &ike,
	    .ike_proposal_count = 1,
	    .esp_proposals = &esp,
	    .esp_proposal_count = 1,
	    .unique_sa = IKE_UNIQUE_REPLACE,
	    .ike_rekey_time = (uint32_t)atoi(opt.ike_rekey),
	    .esp_rekey_time = (uint32_t)atoi(opt.child_rekey),
	    .dpd_delay = (uint32_t)atoi(opt.dpd),
	    .udp_encap = strcmp(opt.encap, "yes") == 0,
	    .mobike = strcmp(opt.mobike, "yes") == 0,
	    .replay_window = (uint32_t)atoi(opt.window),
	    .local_address = p->local,
	    .local_id = opt.local_id,
	    .remote_id = opt.remote_id,
	    .policies = &policy,
	    .policy_count = 1};
	struct gh_error err;

	parse_proposal(&ike, IKE_PROTO_IKE, opt.ike);
	parse_proposal(&esp, IKE_PROTO_ESP, opt.esp);
	if (opt.remote != NULL && gh_addr_parse(opt.remote, &vpn.remote_address) < 0)
		die("remote");
	if (gh_prefix_parse(opt.local_ts, &policy.local) < 0 ||
	    gh_prefix_parse(opt.remote_ts, &policy.remote) < 0)
		die("traffic selectors");
	if (ike_psk_set(p->e, &psk, &err) < 0 || ike_vpn_set(p->e, &vpn, &err) < 0)
		die(err.message);
}

/* ---- commands ---- */

static bool print_child(void *arg, const struct ike_child_info *c)
{
	printf("  child %08x %08x %s%s %s\n", c->spi_in, c->spi_out, c->state_word,
	    c->outbound ? " outbound" : "", c->encryption);
	return true;
}

static bool print_sa(void *arg, const struct ike_sa *sa)
{
	struct ike_sa_info i;
	char l[GH_ENDPOINT_STRLEN], r[GH_ENDPOINT_STRLEN];

	ike_sa_describe(sa, &i);
	printf("ike-sa %016lx %016lx %s %s %s %s %s %s\n", i.spi_i, i.spi_r, i.state_word,
	    gh_endpoint_str(&i.local, l), gh_endpoint_str(&i.remote, r), i.local_id, i.remote_id,
	    i.encryption);
	ike_sa_children(sa, print_child, NULL);
	return true;
}

static bool first_id(void *arg, const struct ike_sa *sa)
{
	struct ike_sa_info i;

	ike_sa_describe(sa, &i);
	*(uint64_t *)arg = i.id;
	return i.state != IKE_SA_ESTABLISHED;
}

static void run_jobs(struct probe *p)
{
	while (p->jobs != NULL) {
		struct ike_job *job = p->jobs;

		p->jobs = job->next;
		job->run(job);
		job->done(job);
	}
}

static void restart(struct probe *p)
{
	struct record *r, *tmp;
	struct gh_error err;

	ike_engine_free(p->e);
	p->e = ike_engine_new(&host, p);
	configure(p);
	HASH_ITER (hh, p->records, r, tmp) {
		size_t len = r->len;
		void *copy = malloc(len);

		memcpy(copy, r->data, len);
		if (ike_engine_restore(p->e, r->key, copy, len, &err) < 0)
			printf("restore: %s\n", err.message);
		free(copy);
	}
	ike_engine_start(p->e);
}

static void command(struct probe *p, char *line)
{
	uint64_t id = 0;

	ike_sa_foreach(p->e, first_id, &id);
	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, "initiate") == 0)
		ike_vpn_initiate(p->e, "v");
	else if (strcmp(line, "terminate") == 0)
		ike_vpn_terminate(p->e, "v");
	else if (strcmp(line, "rekey-ike") == 0)
		printf("rekey-ike %d\n", ike_sa_rekey(p->e, id));
	else if (strcmp(line, "rekey-child") == 0)
		printf("rekey-child %d\n", ike_child_rekey(p->e, p->child));
	else if (strcmp(line, "restart") == 0)
		restart(p);
	else if (strcmp(line, "status") == 0)
		ike_sa_foreach(p->e, print_sa, NULL);
	else if (strcmp(line, "quit") == 0)
		p->quit = true;
	else
		printf("unknown command %s\n", line);
	run_jobs(p);
}

/* ---- loop ---- */

static int open_socket(const struct gh_addr *local, uint16_t port)
{
	struct gh_endpoint ep = {.addr = *local, .port = port};
	struct sockaddr_storage ss;
	socklen_t len = gh_endpoint_to_sockaddr(&ep, &ss);
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&ss, len) < 0)
		die(strerror(errno));
	return fd;
}

static void take_datagram(struct probe *p, bool natt)
{
	struct gh_endpoint local = {.addr = p->local, .port = natt ? IKE_PORT_NATT : IKE_PORT};
	struct gh_endpoint remote;
	struct sockaddr_storage ss;
	socklen_t sslen = sizeof(ss);
	uint8_t buf[65536];
	ssize_t len = recvfrom(p->socks[natt], buf, sizeof(buf), 0, (struct sockaddr *)&ss, &sslen);
	size_t skip = natt ? 4 : 0;

	if (len < (ssize_t)skip || gh_endpoint_from_sockaddr(&ss, &remote) < 0)
		return;
	if (natt && memcmp(buf, "\0\0\0\0", 4) != 0)
		return; /* ESP */
	ike_engine_receive(p->e, &local, &remote, buf + skip, (size_t)len - skip);
	run_jobs(p);
}

static int timeout_ms(const struct probe *p)
{
	uint64_t now = gh_clock_ms();

	if (p->due_ms == UINT64_MAX)
		return -1;
	return p->due_ms > now ? (int)(p->due_ms - now) : 0;
}

static void loop(struct probe *p)
{
	struct pollfd fds[3] = {{.fd = p->socks[0], .events = POLLIN},
	    {.fd = p->socks[1], .events = POLLIN}, {.fd = 0, .events = POLLIN}};
	char line[256];

	while (!p->quit) {
		if (poll(fds, 3, timeout_ms(p)) == 0) {
			ike_engine_tick(p->e);
			run_jobs(p);
			continue;
		}
		for (int i = 0; i < 2; i++) {
			if (fds[i].revents & POLLIN)
				take_datagram(p, i == 1);
		}
		if (fds[2].revents == 0)
			continue;
		if (fgets(line, sizeof(line), stdin) == NULL)
			break;
		command(p, line);
	}
}

static void parse_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char *value = strchr(argv[i], '=');
		bool found = false;

		if (value == NULL)
			die(argv[i]);
		*value++ = '\0';
		for (unsigned j = 0; j < sizeof(options) / sizeof(options[0]); j++) {
			if (strcmp(options[j].name, argv[i]) == 0) {
				*options[j].value = value;
				found = true;
			}
		}
		if (!found)
			die(argv[i]);
	}
}

int main(int argc, char **argv)
{
	struct probe p = {.due_ms = UINT64_MAX, .next_spi = 0xc0000000};

	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	gh_log_init("ike_probe");
	if (getenv("IKE_DEBUG") != NULL)
		gh_log_set_level(GH_LOG_IKE, LOG_DEBUG);
	parse_options(argc, argv);
	if (gh_addr_parse(opt.local, &p.local) < 0)
		die("local");
	p.socks[0] = open_socket(&p.local, IKE_PORT);
	p.socks[1] = open_socket(&p.local, IKE_PORT_NATT);
	p.e = ike_engine_new(&host, &p);
	configure(&p);
	ike_engine_start(p.e);
	puts("ready");
	loop(&p);
	ike_engine_free(p.e);
	return 0;
}

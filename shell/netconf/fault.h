/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rpc-errors (RFC 6241 section 4.3). Paths come as data paths of the model, such as
 * /gatehouse:config/vrf[name='main'], and go out as XPath with a prefix at every name.
 */
#pragma once

#include <libyang/libyang.h>
#include <nc_server.h>
#include <stdint.h>

struct client_error;

struct fault {
	const char *type;	 /* protocol or application; NULL: application */
	const char *tag;	 /* error-tag; NULL: operation-failed */
	const char *app_tag;	 /* or NULL */
	const char *path;	 /* data path, or NULL or empty */
	const char *message;	 /* one sentence */
	const char *bad_element; /* or NULL */
	uint32_t session;	 /* error-info of lock-denied */
};

/* The rpc-error element; NULL without memory. */
struct lyd_node *fault_node(const struct ly_ctx *ctx, const struct fault *fault);

/* A reply of one error. */
struct nc_server_reply *fault_reply(const struct ly_ctx *ctx, const struct fault *fault);
struct nc_server_reply *fault_daemon(const struct ly_ctx *ctx, const struct client_error *err);
struct fault fault_of(const struct client_error *err);

/* What libyang just refused, with `tag` unless it knows better. */
struct lyd_node *fault_libyang(const struct ly_ctx *ctx, const char *tag);

/* What lyd_parse_op refused of an rpc. */
struct lyd_node *fault_parse(const struct ly_ctx *ctx);

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What shell, NETCONF and scripts say to gatehoused on <instance>/run/control.sock: frames of
 * common/frame.h. Who the client is comes from the socket's peer credentials, never from a frame.
 *
 *   client                          gatehoused
 *   HELLO  JSON {"client","origin"} HELLO  JSON {"hostname","user","role","instance","version"}
 *   RPC    JSON {"gatehouse:NAME":{input}}
 *                                   DATA*  JSON {"gatehouse:NAME":{part of the output}}
 *                                   OK (empty) | ERROR JSON
 *   CANCEL (id of the rpc)          the rpc ends with ERROR "cancelled"
 *                                   NOTICE text for the person at the terminal, id 0
 *
 * ERROR bodies: {"message":…, "path":…, "edit":N}: path is a data path or empty; edit is the index
 * of the failing element when the rpc carried a list of edits, else absent.
 * Several RPCs may be in flight; they are answered in order. A session's candidate dies with it.
 */
#pragma once

#define GH_SESSION_VERSION 1

enum gh_session_type {
	GH_SESSION_HELLO = 1,
	GH_SESSION_RPC,
	GH_SESSION_CANCEL,
	GH_SESSION_DATA = 16,
	GH_SESSION_OK,
	GH_SESSION_ERROR,
	GH_SESSION_NOTICE,
};

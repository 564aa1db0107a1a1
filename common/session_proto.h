/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What shell, NETCONF and scripts say to gatehoused on <instance>/run/control.sock: frames of
 * common/frame.h. Who the client is comes from the socket's peer credentials, never from a frame.
 *
 *   client                          gatehoused
 *   HELLO  JSON {"client","origin", HELLO  JSON {"hostname","user","role","instance","version",
 *                "tty"}                          "session"}
 *                                   or ERROR JSON, id 0: who has no role here is sent away
 *   RPC    JSON {"gatehouse:NAME":{input}}
 *                                   DATA*  JSON {"gatehouse:NAME":{part of the output}}
 *                                   OK (empty) | ERROR JSON
 *   CANCEL (id of the rpc)          the rpc ends with ERROR "cancelled"
 *                                   NOTICE text for the person at the terminal, id 0
 *                                   EVENT  what happened, for a session that asked by the rpc
 *                                          subscribe, id 0: the time (RFC 3339), a blank, and a
 *                                          YANG notification as JSON {"gatehouse:NAME":{…}}
 *
 * ERROR bodies: {"message":…, "path":…, "tag":…, "app-tag":…, "session":N, "edit":N}: path is a
 * data path or empty; tag and app-tag are NETCONF's error-tag and error-app-tag (RFC 6241, 7950);
 * session is who holds the lock that is in the way; edit is the index of the failing element when
 * the rpc carried a list of edits. The last three are there only when they say something.
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
	GH_SESSION_EVENT,
};

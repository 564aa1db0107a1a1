/* SPDX-License-Identifier: BSD-3-Clause */
/* A line of a .pub file, as sshd takes it in authorized_keys. */
#pragma once

#include "common/error.h"

/* Whether the text is a public key: a known type, base64 text that holds a key of this very type
 * (RFC 4253 section 6.6), maybe a comment; no options in front. Returns <0 with err set; it quotes
 * the start of the line. */
int gh_key_check(const char *line, struct gh_error *err);

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IKE SA records on a file, so that the SAs outlive gatehoused.
 *
 * The file is a log: each put appends the whole record of one IKE SA, each delete a tombstone, and
 * the last entry of a key counts. It lies on the instance's volatile directory (tmpfs): the SAs
 * die with the dataplane at a reboot anyway, and the keys in them never reach a disk. A put is one
 * write() of about a kilobyte, so the page cache holds it when it returns and kill -9 loses
 * nothing. When dead entries outweigh live ones the log is rewritten beside and renamed over.
 *
 * Owned and used by gatehoused's main loop only. Entries are checked (length, CRC); what follows
 * the first broken one is dropped with a warning.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

struct record_log;

/* Called once for each live record at open, in no particular order. */
typedef void (*record_log_fn)(void *ctx, uint64_t key, const void *data, size_t len);

/* Opens or creates path (mode 0600) and replays it. NULL with err set when it cannot be used. */
struct record_log *record_log_open(
    const char *path, record_log_fn fn, void *ctx, struct gh_error *err);
void record_log_close(struct record_log *log);

/* 0 or a negative errno (e.g. -ENOSPC); a failed put leaves the previous record in force. */
int record_log_put(struct record_log *log, uint64_t key, const void *data, size_t len);
int record_log_del(struct record_log *log, uint64_t key);

size_t record_log_count(const struct record_log *log);
size_t record_log_file_size(const struct record_log *log); /* bytes, live and dead */

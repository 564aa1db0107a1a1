-- SPDX-License-Identifier: BSD-3-Clause
-- The store of committed configurations. PRAGMA user_version tells which version of this file made
-- it (GH_STORE_VERSION in db/store.c); PRAGMA application_id tells that it is ours.
--
-- The configuration after commit N is the newest snapshot with id <= N, and upon it the changes of
-- the commits behind that snapshot, up to N.

CREATE TABLE commits (
	id      INTEGER PRIMARY KEY,       -- 1, 2, 3, ... without gaps
	time_ms INTEGER NOT NULL,          -- milliseconds since the epoch
	user    TEXT NOT NULL,
	origin  TEXT NOT NULL,             -- from where: program, address
	comment TEXT NOT NULL,
	change  TEXT NOT NULL,             -- libyang diff as JSON, from the commit before
	program TEXT NOT NULL DEFAULT ''   -- the version that made it; from version 2 of this file on
) STRICT;

CREATE TABLE snapshots (
	id      INTEGER PRIMARY KEY REFERENCES commits (id),
	config  TEXT NOT NULL              -- the whole configuration as JSON, without default values
) STRICT;

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration statements: words in, edits of the candidate out. The grammar is the schema.
 *
 *   / NAME …        from the top; ".." and "../.." go up; "../NAME" goes up and on
 *   CONTAINER       enter it; more words may follow
 *   LIST KEY…       enter the entry (and create it); keys of gh:key-words lists bear their names
 *   LEAF VALUE      set it; words after the value are further statements of the same context
 *   LEAF-LIST VALUE add the value
 *
 * After a line that ends in a container or list entry the shell stands in it; a line that ends
 * with a value leaves the shell where it stood, and so do gh:one-line nodes, which are never stood
 * in. A line whose first word is not known in the present context but is, written out, a container
 * or list of the top level starts over at the top: printed configurations are often cut so that
 * closing ".." lines are missing. Names may be abbreviated while that is unambiguous.
 *
 * No state but the place; nothing is asked from the daemon; an erroneous line changes nothing.
 */
#pragma once

#include "shell/schema.h"
#include "shell/words.h"

#define PLACE_PATH_MAX 3072
#define PLACE_TEXT_MAX 1024
#define PLACE_DEPTH_MAX 24

/* Where the shell stands: a container or list entry. A plain value, copied by assignment. */
struct place {
	const struct lysc_node *node;
	unsigned depth;				      /* 0: the root */
	unsigned short path_len[PLACE_DEPTH_MAX + 1]; /* per depth, so that ".." cuts */
	unsigned short text_len[PLACE_DEPTH_MAX + 1];
	char path[PLACE_PATH_MAX]; /* data path: /gatehouse:config/vrf[name='main'] */
	char text[PLACE_TEXT_MAX]; /* as typed: vrf main */
};

enum edit_op { EDIT_SET, EDIT_DELETE };

struct edit {
	enum edit_op op;
	char *path;    /* data path with predicates */
	char *value;   /* NULL for containers, list entries and deletions */
	unsigned line; /* the caller's, to attribute a refusal */
	unsigned word; /* 1-based */
	bool secret;   /* the value must not be shown or kept in a history */
};

struct edits {
	struct edit *list;
	unsigned count, size;
};

void edits_clear(struct edits *edits); /* wipes values; keeps nothing */

struct walker {
	const struct schema *schema;
	const struct lysc_node *root; /* schema->config or schema->state */
};

void place_init(struct place *at, const struct walker *w);
void place_up(struct place *at); /* stays at the root */

/* A statement: moves *at and appends to edits, or leaves both alone and returns -EINVAL. */
int walk_statement(const struct walker *w, struct place *at, const struct words *words,
    struct edits *edits, struct line_error *err);

/* The words of a deletion from number first on ("del" itself precedes them). A leaf-list takes
 * the value to remove, or none to remove all. *at moves out of what is deleted. */
int walk_delete(const struct walker *w, struct place *at, const struct words *words, unsigned first,
    struct edits *edits, struct line_error *err);

/* A path to look at, from word number first on; no words mean *at itself. On success path holds
 * the data path (buffer of PLACE_PATH_MAX). A list without a key stands for all its entries. */
int walk_path(const struct walker *w, const struct place *at, const struct words *words,
    unsigned first, char *path, struct line_error *err);

/* Whether word could start a statement at that place: the number of names that it may abbreviate
 * (1 if it is one exactly, or navigates). */
unsigned walk_matches(const struct walker *w, const struct place *at, const char *word);

/* Whether word is the full name of something in that place, or navigates. */
bool walk_is_exact(const struct place *at, const char *word);

/* What may come next, for completion and help. */
struct expectation {
	struct place at;	      /* after the words before */
	const struct lysc_node *node; /* whose value (leaf, leaf-list) or key is expected, or NULL:
					 a name of a child of at.node */
	const struct lysc_node *list; /* when node is a key: its list */
	bool complete;		      /* the line may also end here */
	bool key_word;		      /* the name of node is expected before its value */
	bool ended;		      /* nothing more may follow */
};

/* Reads words first … count-1 (all before the one under the cursor). 0, or -EINVAL when they are
 * in error, and then nothing can be proposed. deleting: the words are those of a deletion or
 * path, where leaves take no values. */
int walk_expect(const struct walker *w, const struct place *at, const struct words *words,
    unsigned first, unsigned count, bool deleting, struct expectation *out, struct line_error *err);

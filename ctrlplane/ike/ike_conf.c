/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_conf.h"

#include <string.h>

static bool find_word(const char *const *words, unsigned n, const char *word, unsigned *out)
{
	for (unsigned i = 0; i < n; i++) {
		if (strcmp(words[i], word) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

#define X(id, word) word,
static const char *const unique_words[] = {IKE_UNIQUE_LIST(X)};
static const char *const action_words[] = {IKE_ACTION_LIST(X)};
static const char *const auth_words[] = {IKE_AUTH_LIST(X)};
#undef X

#define WORD_FUNCTION(name, type, words)                                                     \
	bool name(const char *word, type *out)                                               \
	{                                                                                    \
		unsigned i = 0;                                                              \
		bool found = find_word(words, sizeof(words) / sizeof((words)[0]), word, &i); \
                                                                                             \
		*out = (type)i;                                                              \
		return found;                                                                \
	}

WORD_FUNCTION(ike_conf_unique, enum ike_unique, unique_words)
WORD_FUNCTION(ike_conf_action, enum ike_action, action_words)
WORD_FUNCTION(ike_conf_auth, enum ike_auth_method, auth_words)

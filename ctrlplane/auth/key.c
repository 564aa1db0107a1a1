/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/auth/key.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define TEXT_MIN 40 /* characters of base64: the shortest key has 68 */

/* What sshd of Debian 12 takes; ssh-dss is not among it. */
static const char *const types[] = {"ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com"};

static const char *find_type(const char *line, size_t len)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strlen(types[i]) == len && strncmp(line, types[i], len) == 0)
			return types[i];
	}
	return NULL;
}

static int digit(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Decodes the first bytes; false when any of the text is no base64. */
static bool decode(const char *text, size_t len, uint8_t *head, size_t size)
{
	uint32_t bits = 0;
	size_t n = 0, filled = 0;

	while (len > 0 && text[len - 1] == '=' && n++ < 2)
		len--;
	if ((len + n) % 4 != 0)
		return false;
	memset(head, 0, size);
	for (size_t i = 0; i < len; i++) {
		if (digit(text[i]) < 0)
			return false;
		bits = bits << 6 | (uint32_t)digit(text[i]);
		if (i % 4 == 0)
			continue;
		if (filled < size)
			head[filled] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
		filled++;
	}
	return true;
}

/* The key starts with its type as a string of SSH: four bytes of length, text. */
static bool holds(const char *text, size_t len, const char *type)
{
	uint8_t head[4 + 40];
	size_t want = strlen(type);

	return len >= TEXT_MIN && decode(text, len, head, sizeof(head)) && head[0] == 0 &&
	       head[1] == 0 && head[2] == 0 && head[3] == want && memcmp(head + 4, type, want) == 0;
}

static int refuse(const char *line, const char *why, struct gh_error *err)
{
	return gh_error_set(err, -EINVAL, NULL,
	    "\"%.30s%s\" is no public key: %s (put the whole line of a .pub file in quotes)", line,
	    strlen(line) > 30 ? "…" : "", why);
}

int gh_key_check(const char *line, struct gh_error *err)
{
	size_t len = strcspn(line, " ");
	const char *type = find_type(line, len), *text = line + len + 1;

	for (const char *c = line; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' || *c == 127)
			return refuse("", "it holds a control character", err);
	}
	if (type == NULL)
		return refuse(line, "it starts with no type of key, such as ssh-ed25519", err);
	if (line[len] == '\0')
		return refuse(line, "the key itself is missing", err);
	if (!holds(text, strcspn(text, " "), type))
		return refuse(line, "the text behind the type is damaged or of another type", err);
	return 0;
}

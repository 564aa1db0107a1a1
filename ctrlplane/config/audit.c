/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "ctrlplane/config/session_impl.h"

#define REFUSALS_PER_S 10

static struct {
	int file, syslog;
	char path[GH_INSTANCE_PATH_MAX], instance[GH_INSTANCE_NAME_MAX];
} audit = {.file = -1, .syslog = -1};

static int open_file(void)
{
	return open(audit.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

int gh_audit_open(const char *path, const char *instance, struct gh_error *err)
{
	static const struct sockaddr_un log = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};

	snprintf(audit.instance, sizeof(audit.instance), "%s", instance);
	audit.syslog = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (audit.syslog >= 0 &&
	    connect(audit.syslog, (const struct sockaddr *)&log, sizeof(log)) < 0) {
		close(audit.syslog); /* a machine without a syslog has the file */
		audit.syslog = -1;
	}
	if (path == NULL)
		return 0;
	snprintf(audit.path, sizeof(audit.path), "%s", path);
	audit.file = open_file();
	if (audit.file < 0)
		return gh_error_set(
		    err, -errno, path, "the audit log cannot be opened: %s", strerror(errno));
	return 0;
}

void gh_audit_close(void)
{
	if (audit.file >= 0)
		close(audit.file);
	if (audit.syslog >= 0)
		close(audit.syslog);
	audit.file = audit.syslog = -1;
}

static void rotate_when_full(void)
{
	char old[sizeof(audit.path) + 2];
	struct stat st;

	if (fstat(audit.file, &st) < 0 || st.st_size < GH_AUDIT_FILE_MAX)
		return;
	snprintf(old, sizeof(old), "%s.1", audit.path);
	if (rename(audit.path, old) < 0)
		return;
	close(audit.file);
	audit.file = open_file();
}

static void put(const char *text)
{
	char line[1200];
	time_t now = (time_t)(gh_wallclock_ms() / GH_MS_PER_S);
	struct tm tm;
	size_t n;
	int len;

	if (audit.syslog >= 0) {
		len = snprintf(line, sizeof(line), "<%d>gatehoused[%d]: audit instance=%s %s",
		    LOG_AUTHPRIV | LOG_NOTICE, (int)getpid(), audit.instance, text);
		send(audit.syslog, line,
		    (size_t)len < sizeof(line) ? (size_t)len : sizeof(line) - 1, MSG_NOSIGNAL);
	}
	if (audit.file < 0)
		return;
	rotate_when_full();
	gmtime_r(&now, &tm);
	n = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%SZ ", &tm);
	n += (size_t)snprintf(line + n, sizeof(line) - n - 1, "%s", text);
	if (n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	if (write(audit.file, line, n) < 0)
		gh_log(
		    GH_LOG_CONFIG, LOG_ERR, "the audit log cannot be written: %s", strerror(errno));
}

/* What the client said cannot end its quotes and go on as the daemon's words. */
static const char *said(const char *text, char buf[64])
{
	snprintf(buf, 64, "%s", text);
	for (char *c = strchr(buf, '"'); c != NULL; c = strchr(c, '"'))
		*c = '\'';
	return buf;
}

static size_t put_who(char *text, size_t size, const struct gh_session *s)
{
	char client[64], origin[64], tty[64];
	int n;

	if (s == NULL)
		n = snprintf(text, size, " user=gatehoused");
	else
		n = snprintf(text, size,
		    " user=%s uid=%u role=%s session=%u pid=%d reported-client=\"%s\" "
		    "reported-from=\"%s\" reported-tty=\"%s\"",
		    s->who.user, (unsigned)s->who.uid, gh_role_name(s->who.role), s->id,
		    (int)s->who.pid, said(s->client, client), said(s->origin, origin),
		    said(s->tty, tty));
	return (size_t)n < size ? (size_t)n : size - 1;
}

void gh_audit(const struct gh_session *s, const char *event, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	size_t n = (size_t)snprintf(text, sizeof(text), "%s", event);

	if (audit.file < 0 && audit.syslog < 0)
		return;
	n += put_who(text + n, sizeof(text) - n, s);
	va_start(ap, fmt);
	if (fmt != NULL)
		vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
	for (char *c = text; *c != '\0'; c++) { /* a line stays a line */
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = '?';
	}
	put(text);
}

void gh_audit_refused(struct gh_session *s, const char *what)
{
	uint64_t second = gh_wallclock_ms() / GH_MS_PER_S;

	if (second != s->refused_second) {
		if (s->refused_count > REFUSALS_PER_S)
			gh_audit(s, "refused", " more=%u", s->refused_count - REFUSALS_PER_S);
		s->refused_second = second;
		s->refused_count = 0;
	}
	if (++s->refused_count <= REFUSALS_PER_S)
		gh_audit(s, "refused", " rpc=%s", what);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/output.h"

#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "shell/client.h"

void output_init(struct output *o, FILE *stream, bool terminal)
{
	*o = (struct output){.stream = stream, .terminal = terminal, .page_length = -1};
}

void output_begin(struct output *o)
{
	o->printed = 0;
	o->discarding = false;
}

static struct winsize window(const struct output *o)
{
	struct winsize ws = {0};

	if (o->terminal && ioctl(fileno(o->stream), TIOCGWINSZ, &ws) < 0)
		ws = (struct winsize){0};
	return ws;
}

int output_width(const struct output *o)
{
	int columns = window(o).ws_col;

	if (!o->terminal)
		return 0;
	return columns > 0 ? columns : 80;
}

/* Characters, not bytes: continuation bytes of UTF-8 take no room. */
static int display_width(const char *text)
{
	int width = 0;

	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* One key without waiting for Enter; Ctrl-C and end of input count as 'q'. */
static char read_key(void)
{
	struct termios saved, raw;
	char key = 'q';

	if (tcgetattr(STDIN_FILENO, &saved) < 0)
		return key;
	raw = saved;
	raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	if (read(STDIN_FILENO, &key, 1) != 1 || client_interrupted())
		key = 'q';
	tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
	return key;
}

static void pause_page(struct output *o, int page)
{
	char key;

	fputs("--More-- (space: page, enter: line, q: stop)", o->stream);
	fflush(o->stream);
	key = read_key();
	fputs("\r\033[K", o->stream);
	if (key == 'q' || key == 'Q' || key == 3)
		o->discarding = true;
	else
		o->printed = key == '\n' || key == '\r' ? page - 1 : 0;
}

void output_line(struct output *o, const char *text)
{
	int page = o->page_length, width = output_width(o), rows = 1;

	if (o->discarding)
		return;
	if (page < 0)
		page = window(o).ws_row - 1;
	if (width > 0)
		rows = (display_width(text) + width - 1) / width;
	rows = rows > 0 ? rows : 1;
	if (o->terminal && page > 0 && o->printed > 0 && o->printed + rows > page)
		pause_page(o, page);
	if (o->discarding)
		return;
	o->printed += rows;
	fputs(text, o->stream);
	fputc('\n', o->stream);
	if (o->terminal)
		fflush(o->stream);
}

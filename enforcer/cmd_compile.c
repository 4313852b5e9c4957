/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ringfence compile: the stages of the pipeline, each to be looked at. The
 * image is written beside its final name and renamed, so that no reader ever
 * sees half of one.
 */
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump.h"
#include "escape.h"
#include "log.h"
#include "util.h"

enum what { WRITE_IMAGE, DUMP_IMAGE, DUMP_FILTER, DUMP_MODEL };

struct compile_options {
	enum what what;
	const char *output;
};

/* Opens `file` if it is an image written before, by its first bytes; NULL otherwise. */
static FILE *open_written(const char *file)
{
	/* Neither a FIFO's silence nor a link is waited for or followed. */
	_close_ int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	struct stat st;
	__u32 magic;
	FILE *in;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	if (pread(fd, &magic, sizeof(magic), 0) != sizeof(magic) || magic != RF_IMAGE_MAGIC)
		return NULL;
	in = fdopen(fd, "r");
	if (in)
		take_fd(&fd);
	return in;
}

/* Loads `file`, the text of a policy or an image; without a model when it is an image. */
static int load(const char *file, struct compiled *c)
{
	_fclose_ FILE *in = open_written(file);
	_cleanup_(diag_done) struct diag d = {0};
	int r;

	if (!in)
		return compiled_load(file, false, false, c);
	diag_init(&d, file);
	r = image_read(in, &d, &c->image);
	diag_print(&d, stderr);
	return r;
}

static int write_and_sync(const struct image *img, FILE *out)
{
	int r = image_write(img, out);

	if (r == 0 && (fflush(out) != 0 || fsync(fileno(out)) < 0))
		r = -errno;
	return r;
}

/* Anything but a regular file, such as a device or a pipe, is written as it stands. */
static int write_in_place(const struct image *img, const char *path)
{
	_fclose_ FILE *out = fopen(path, "we");
	int r;

	if (!out)
		return -errno;
	r = image_write(img, out);
	return r == 0 && fflush(out) != 0 ? -errno : r;
}

static int write_file(const struct image *img, const char *path)
{
	_free_ char *temporary = NULL;
	_fclose_ FILE *out = NULL;
	struct stat st;
	mode_t mask;
	int fd, r;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return write_in_place(img, path);
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	mask = umask(0);
	umask(mask);
	out = fdopen(fd, "w");
	if (!out) {
		r = -errno;
		close(fd);
	} else {
		r = write_and_sync(img, out);
	}
	if (r == 0 && (fchmod(fd, 0644 & ~mask) < 0 || rename(temporary, path) < 0))
		r = -errno;
	if (r < 0)
		unlink(temporary);
	return r;
}

static int write_output(const struct image *img, const char *output)
{
	_free_ char *shown = escape_bytes(output, strlen(output));
	bool to_stdout = strcmp(output, "-") == 0;
	int r;

	if (to_stdout && isatty(STDOUT_FILENO)) {
		log_error("an image is no text: not written to a terminal");
		log_hint("-o FILE names a file for it; --dump lists it");
		return EXIT_USAGE;
	}
	r = to_stdout ? image_write(img, stdout) : write_file(img, output);
	if (r < 0) {
		log_errno(r, "failed to write the image to '%s'", shown ? shown : "?");
		return EXIT_CANNOT;
	}
	return EXIT_OK;
}

static int show(const struct compiled *c, const struct compile_options *opt)
{
	switch (opt->what) {
	case DUMP_IMAGE:
		image_dump(c->image, stdout);
		return EXIT_OK;
	case DUMP_FILTER:
		filter_dump(c->image->filter, c->image->filter_len, stdout);
		return EXIT_OK;
	case DUMP_MODEL:
		if (!c->policy) {
			log_error("a compiled image holds no model; name the policy's text");
			return EXIT_USAGE;
		}
		model_dump(c->policy, stdout);
		return EXIT_OK;
	default:
		return write_output(c->image, opt->output);
	}
}

static int compile(const char *file, const struct compile_options *opt)
{
	_cleanup_(compiled_done) struct compiled c = {0};
	int r = opt->what == WRITE_IMAGE ? compiled_load(file, false, false, &c) : load(file, &c);

	return r < 0 ? (int)compiled_exit(r) : show(&c, opt);
}

int cmd_compile(int argc, char **argv)
{
	static const struct option options[] = {{"output", required_argument, NULL, 'o'},
						{"dump", no_argument, NULL, 'd'},
						{"dump-filter", no_argument, NULL, 'f'},
						{"dump-model", no_argument, NULL, 'm'},
						{0}};
	struct compile_options opt = {0};
	int c, dumps = 0;

	while ((c = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			opt.output = optarg;
			break;
		case 'd':
		case 'f':
		case 'm':
			opt.what = c == 'd' ? DUMP_IMAGE : c == 'f' ? DUMP_FILTER : DUMP_MODEL;
			dumps++;
			break;
		default:
			return command_misused(argv[0], NULL);
		}
	}
	if (argc - optind != 1)
		return command_misused(argv[0], "exactly one policy file is wanted");
	if (dumps > 1 || (dumps && opt.output))
		return command_misused(argv[0], "-o and the dumps exclude each other");
	if (!dumps && !opt.output)
		opt.output = "-";
	return compile(argv[optind], &opt);
}

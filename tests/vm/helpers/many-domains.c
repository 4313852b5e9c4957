/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers N containers with the daemon, cgroup DIR/I under policy `many-(I mod P)`, and starts
 * PROGRAM in each, with I as its argument. Says "ready" when all have been started, and stays, as
 * they do, until its standard input ends.
 *
 *   many-domains N P DIR PROGRAM
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_MAX 65536

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "many-domains: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A child that waits for a byte before it executes the program. */
static pid_t start(const char *program, int i, int *go)
{
	int ends[2];
	char byte, number[16];
	pid_t pid;

	must(!pipe2(ends, O_CLOEXEC), "pipe2");
	pid = fork();
	must(pid >= 0, "fork");
	if (pid) {
		close(ends[0]);
		*go = ends[1];
		return pid;
	}
	close(ends[1]);
	if (read(ends[0], &byte, 1) != 1)
		_exit(1);
	snprintf(number, sizeof(number), "%d", i);
	execl(program, program, number, (char *)NULL);
	_exit(1);
}

static int make_cgroup(const char *dir, int i, pid_t pid)
{
	char path[256], text[32];
	int fd, procs, n;

	snprintf(path, sizeof(path), "%s/%d", dir, i);
	must(!mkdir(path, 0755), path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	procs = openat(fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	n = snprintf(text, sizeof(text), "%d", pid);
	must(fd >= 0 && procs >= 0 && write(procs, text, (size_t)n) == n, "cgroup.procs");
	close(procs);
	return fd;
}

static int connect_daemon(void)
{
	static const struct sockaddr_un addr = {.sun_family = AF_UNIX,
						.sun_path = "/run/ringfence/ringfence.sock"};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && !connect(fd, (const struct sockaddr *)&addr, sizeof(addr)), addr.sun_path);
	return fd;
}

/* A length, least significant byte first, and JSON; descriptors with the first byte. */
static void send_request(int fd, const char *json, const int fds[2])
{
	char bytes[512], control[CMSG_SPACE(2 * sizeof(int))] = {0};
	uint32_t size = (uint32_t)strlen(json);
	struct iovec iov = {bytes, 4 + size};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(c), fds, 2 * sizeof(int));
	memcpy(bytes, &size, 4);
	memcpy(bytes + 4, json, size);
	must(sendmsg(fd, &msg, 0) == (ssize_t)(4 + size), "sendmsg");
}

/* The descriptors that come with it are not wanted. */
static void take_answer(int fd)
{
	static char answer[ANSWER_MAX + 1];
	uint32_t size = 0;
	size_t have = 0;
	ssize_t n;

	while (have < 4 || have < 4 + size) {
		n = read(fd, answer + have, ANSWER_MAX - have);
		must(n > 0, "the answer");
		have += (size_t)n;
		memcpy(&size, answer, 4);
	}
	answer[have] = '\0';
	if (!strstr(answer + 4, "\"ok\": true") && !strstr(answer + 4, "\"ok\":true")) {
		fprintf(stderr, "many-domains: %s\n", answer + 4);
		exit(1);
	}
}

static void run_one(int i, int policies, const char *dir, const char *program)
{
	char json[256];
	int fds[2], go, fd;
	pid_t pid = start(program, i, &go);

	fds[0] = (int)syscall(SYS_pidfd_open, pid, 0);
	must(fds[0] >= 0, "pidfd_open");
	fds[1] = make_cgroup(dir, i, pid);
	fd = connect_daemon();
	snprintf(json, sizeof(json),
		 "{\"version\":1,\"request\":\"register\",\"audit\":false,\"log\":true,"
		 "\"policy\":\"many-%d\",\"name\":\"m%d\"}",
		 i % policies, i);
	send_request(fd, json, fds);
	take_answer(fd);
	must(write(go, "", 1) == 1, "write");
	close(go);
	close(fd);
	close(fds[0]);
	close(fds[1]);
}

int main(int argc, char **argv)
{
	char byte;
	int n;

	if (argc != 5)
		return 2;
	n = atoi(argv[1]);
	for (int i = 0; i < n; i++)
		run_one(i, atoi(argv[2]), argv[3], argv[4]);
	printf("ready\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries to shed what it is: a child goes to another cgroup, or loses its parent, its leader, its
 * namespace, and then opens FILE. The answer is that of the open, or of the step that failed. A
 * DIR that begins with "own" is below the cgroup the program was started in.
 *
 *   make DIR   remove DIR   write DIR FILE TEXT          cgroups as such
 *   move DIR FILE   nest DIR N FILE   into DIR FILE   by-fd FD FILE   thread DIR FILE
 *   unshare FILE   orphan FILE   sibling FILE   no-leader FILE   thread-exec FILE
 */
#include "attempt.h"

#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define CGROUPS "/sys/fs/cgroup"

static char own[4096];

static void find_own(void)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[2048];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "0::", 3)) {
			line[strcspn(line, "\n")] = '\0';
			snprintf(own, sizeof(own), CGROUPS "%s", line + 3);
		}
	if (f)
		fclose(f);
}

static const char *place(const char *dir)
{
	static char path[5000];

	if (strncmp(dir, "own", 3) != 0)
		return dir;
	snprintf(path, sizeof(path), "%s%s", own, dir + 3);
	return path;
}

static int try_open(const char *file)
{
	return answer_fd(open(file, O_RDONLY | O_CLOEXEC));
}

static int write_at(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = answer(write(fd, text, strlen(text)));
	close(fd);
	return r;
}

/* Moves the caller: "0" is oneself. */
static int move_to(const char *dir, const char *name)
{
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = write_at(fd, name, "0");
	close(fd);
	return r;
}

/* ---- cgroups ---------------------------------------------------------- */

static int try_make(char **a)
{
	return answer(mkdir(place(a[0]), 0755));
}

static int try_remove(char **a)
{
	return answer(rmdir(place(a[0])));
}

static int try_write(char **a)
{
	int fd = open(place(a[0]), O_PATH | O_DIRECTORY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = write_at(fd, a[1], a[2]);
	close(fd);
	return r;
}

static int move_and_open(char **a)
{
	int r = move_to(place(a[0]), "cgroup.procs");

	return r ? r : try_open(a[1]);
}

static int try_move(char **a)
{
	return in_child(move_and_open, a);
}

/* Down N levels, staying in each. */
static int nest_and_open(char **a)
{
	int r = answer(chdir(place(a[0])));

	for (long n = number(a[1]); !r && n > 0; n--) {
		r = mkdir("n", 0755) && errno != EEXIST ? -errno : 0;
		r = r ? r : answer(chdir("n"));
		r = r ? r : move_to(".", "cgroup.procs");
	}
	return r ? r : try_open(a[2]);
}

static int unnest(char **a)
{
	int r = answer(chdir(place(a[0])));

	for (long n = number(a[1]); !r && n > 0; n--)
		r = answer(chdir("n"));
	for (long n = number(a[1]); !r && n > 0; n--) {
		r = answer(chdir(".."));
		for (int tries = 100; !r && rmdir("n"); tries--) {
			r = errno == EBUSY && tries ? 0 : -errno;
			usleep(10000);
		}
	}
	return r;
}

static int try_nest(char **a)
{
	int r = in_child(nest_and_open, a), child = attempt_child;
	int r2 = in_child(unnest, a);

	attempt_child = child;
	return r ? r : r2;
}

static int try_into(char **a)
{
	int fd = open(place(a[0]), O_RDONLY | O_DIRECTORY | O_CLOEXEC), status;
	struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
	long pid;

	if (fd < 0)
		return -errno;
	args.cgroup = (uint64_t)fd;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		_exit(-try_open(a[1]));
	close(fd);
	attempt_child = (pid_t)pid;
	if (pid < 0 || waitpid((pid_t)pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : status;
}

static int write_and_open(char **a)
{
	int r = answer(write((int)number(a[0]), "0", 1));

	return r ? r : try_open(a[1]);
}

static int try_by_fd(char **a)
{
	return in_child(write_and_open, a);
}

/* ---- threads ---------------------------------------------------------- */

struct thread {
	char **arguments;
	pid_t leader;
	int result;
};

static int run_thread(void *(*body)(void *), char **a)
{
	struct thread t = {.arguments = a, .leader = getpid()};
	pthread_t thread;

	if (pthread_create(&thread, NULL, body, &t))
		return -EAGAIN;
	pthread_join(thread, NULL);
	return t.result;
}

static void *thread_moves(void *arg)
{
	struct thread *t = arg;

	t->result = move_to(place(t->arguments[0]), "cgroup.threads");
	if (!t->result)
		t->result = try_open(t->arguments[1]);
	return NULL;
}

static int move_a_thread(char **a)
{
	return run_thread(thread_moves, a);
}

static int try_thread(char **a)
{
	return in_child(move_a_thread, a);
}

static void *thread_executes(void *arg)
{
	struct thread *t = arg;

	/* Of the whole process this thread is left, under the leader's number. */
	execl("/bin/cat", "cat", t->arguments[0], (char *)NULL);
	t->result = -errno;
	return NULL;
}

static int execute_in_thread(char **a)
{
	int null = open("/dev/null", O_WRONLY);

	dup2(null, 1);
	dup2(null, 2);
	return run_thread(thread_executes, a);
}

static int try_thread_exec(char **a)
{
	return in_child(execute_in_thread, a);
}

/* ---- descent ---------------------------------------------------------- */

/* What somebody leaves who is no child, or whose end tells nothing. */
struct outcome {
	volatile int done;
	int result;
};

static struct outcome *outcome;

/* Of the one begun last; one at a time. */
static int wait_for_outcome(void)
{
	int r;

	for (int tries = 1000; tries && !outcome->done; tries--)
		usleep(10000);
	r = outcome->done ? outcome->result : -ETIMEDOUT;
	outcome->done = 0;
	return r;
}

static void leave_outcome(int r)
{
	outcome->result = r;
	outcome->done = 1;
}

/* Twice forked: the parent of the second is gone, whoever has adopted it. */
static int be_orphan(char **a)
{
	pid_t parent;

	setsid();
	parent = getpid();
	if (fork() == 0) {
		while (getppid() == parent)
			usleep(1000);
		leave_outcome(try_open(a[0]));
		_exit(0);
	}
	return 0;
}

static int try_orphan(char **a)
{
	int r = in_child(be_orphan, a);

	return r ? r : wait_for_outcome();
}

/* A child of one's own parent, who is outside. */
static int try_sibling(char **a)
{
	long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0) {
		leave_outcome(try_open(a[0]));
		_exit(0);
	}
	return pid < 0 ? -errno : wait_for_outcome();
}

static bool is_zombie(pid_t pid)
{
	char name[64], line[256] = "";
	FILE *f;

	snprintf(name, sizeof(name), "/proc/self/task/%d/stat", pid);
	f = fopen(name, "re");
	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	return strstr(line, ") Z ") != NULL;
}

static void *outlive_leader(void *arg)
{
	struct thread *t = arg;

	for (int tries = 1000; tries && !is_zombie(t->leader); tries--)
		usleep(10000);
	leave_outcome(is_zombie(t->leader) ? try_open(t->arguments[0]) : -ETIMEDOUT);
	return NULL;
}

static int lose_leader(char **a)
{
	static struct thread t;
	pthread_t thread;

	t = (struct thread){.arguments = a, .leader = getpid()};
	if (pthread_create(&thread, NULL, outlive_leader, &t))
		return -EAGAIN;
	syscall(SYS_exit, 0); /* this thread alone */
	return 0;
}

static int try_no_leader(char **a)
{
	int r = in_child(lose_leader, a);

	return r ? r : wait_for_outcome();
}

static int unshare_and_open(char **a)
{
	if (unshare(CLONE_NEWCGROUP))
		return -errno;
	return try_open(a[0]);
}

static int try_unshare(char **a)
{
	return in_child(unshare_and_open, a);
}

static const struct attempt attempts[] = {
    {"make", 1, try_make},
    {"remove", 1, try_remove},
    {"write", 3, try_write},
    {"move", 2, try_move},
    {"nest", 3, try_nest},
    {"into", 2, try_into},
    {"by-fd", 2, try_by_fd},
    {"thread", 2, try_thread},
    {"unshare", 1, try_unshare},
    {"orphan", 1, try_orphan},
    {"sibling", 1, try_sibling},
    {"no-leader", 1, try_no_leader},
    {"thread-exec", 1, try_thread_exec},
    {},
};

int main(void)
{
	find_own();
	outcome =
	    mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (outcome == MAP_FAILED)
		return 125;
	return make_attempts(attempts);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries system calls by number, on foreign architectures too, and what a C library makes of them.
 */
#include "attempt.h"

#include <elf.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define X32_BIT 0x40000000

static int by_number(char **a)
{
	return answer(syscall(number(a[0]), number(a[1]), number(a[2]), number(a[3])));
}

static int try_call(char **a)
{
	return by_number(a);
}

/* A call that may be the last. */
static int try_call_child(char **a)
{
	return in_child(by_number, a);
}

static int x32(char **a)
{
	return answer(syscall(X32_BIT | number(a[0]), 0, 0, 0));
}

static int try_x32(char **a)
{
	return in_child(x32, a);
}

/* The gate of 32-bit programs; their numbers mean other calls. */
static int int80(char **a)
{
	long r = number(a[0]);

	__asm__ volatile("int $0x80"
			 : "+a"(r)
			 : "b"(0), "c"(0), "d"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	return r < 0 && r > -4096 ? (int)r : 0;
}

static int try_int80(char **a)
{
	return in_child(int80, a);
}

/* A 32-bit program of one call: exit(42). */
static int try_elf32_write(char **a)
{
	static const unsigned char code[] = {0xb8, 1, 0, 0, 0, 0xbb, 42, 0, 0, 0, 0xcd, 0x80};
	struct {
		Elf32_Ehdr head;
		Elf32_Phdr segment;
		unsigned char code[sizeof(code)];
	} image = {
	    .head = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB,
				 EV_CURRENT},
		     .e_type = ET_EXEC,
		     .e_machine = EM_386,
		     .e_version = EV_CURRENT,
		     .e_phoff = sizeof(Elf32_Ehdr),
		     .e_ehsize = sizeof(Elf32_Ehdr),
		     .e_phentsize = sizeof(Elf32_Phdr),
		     .e_phnum = 1},
	    .segment = {.p_type = PT_LOAD,
			.p_vaddr = 0x10000,
			.p_paddr = 0x10000,
			.p_filesz = sizeof(image),
			.p_memsz = sizeof(image),
			.p_flags = PF_R | PF_X,
			.p_align = 0x1000},
	};
	int fd = open(a[0], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755), r;

	image.head.e_entry = 0x10000 + offsetof(__typeof__(image), code);
	memcpy(image.code, code, sizeof(code));
	if (fd < 0)
		return -errno;
	r = write(fd, &image, sizeof(image)) == (ssize_t)sizeof(image) ? fchmod(fd, 0755) : -1;
	r = answer(r);
	close(fd);
	return r;
}

static int execute(char **a)
{
	execv(a[0], a);
	return -errno;
}

static int try_execute(char **a)
{
	return in_child(execute, (char *[]){a[0], NULL});
}

/* With flags that make a namespace, in a child, because it is a change. */
static int clone3_flags(char **a)
{
	struct clone_args args = {.flags = (uint64_t)number(a[0]), .exit_signal = SIGCHLD};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return answer(pid);
}

static int try_clone3_flags(char **a)
{
	return in_child(clone3_flags, a);
}

static int clone_flags(char **a)
{
	long pid = syscall(SYS_clone, number(a[0]) | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return answer(pid);
}

static int try_clone_flags(char **a)
{
	return in_child(clone_flags, a);
}

static int try_vfork(char **a)
{
	pid_t pid = vfork();

	(void)a;
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return answer(pid);
}

static int try_socket(char **a)
{
	return answer_fd((int)syscall(SYS_socket, number(a[0]), SOCK_STREAM, 0));
}

static int try_clone3(char **a)
{
	(void)a;
	return answer(syscall(SYS_clone3, NULL, 0));
}

static void *count_up(void *counter)
{
	++*(int *)counter;
	return NULL;
}

static int try_thread(char **a)
{
	pthread_t thread;
	int counter = 0, r;

	(void)a;
	r = pthread_create(&thread, NULL, count_up, &counter);
	if (r)
		return -r;
	pthread_join(thread, NULL);
	return counter == 1 ? 0 : -ENODATA;
}

static const struct attempt attempts[] = {
    {"call", 4, try_call},
    {"call-child", 4, try_call_child},
    {"x32", 1, try_x32},
    {"int80", 1, try_int80},
    {"elf32-write", 1, try_elf32_write},
    {"execute", 1, try_execute},
    {"socket", 1, try_socket},
    {"clone3", 0, try_clone3},
    {"clone3-flags", 1, try_clone3_flags},
    {"clone-flags", 1, try_clone_flags},
    {"vfork", 0, try_vfork},
    {"thread", 0, try_thread},
    {},
};

int main(void)
{
	return make_attempts(attempts);
}

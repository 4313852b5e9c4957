/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries system calls by number, on foreign architectures too, and what a C library makes of them.
 */
#include "attempt.h"

#include <pthread.h>
#include <sys/socket.h>
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
    {"call", 4, try_call},     {"call-child", 4, try_call_child},
    {"x32", 1, try_x32},       {"int80", 1, try_int80},
    {"socket", 1, try_socket}, {"clone3", 0, try_clone3},
    {"thread", 0, try_thread}, {},
};

int main(void)
{
	return make_attempts(attempts);
}

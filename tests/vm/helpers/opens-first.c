/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program whose first instructions open the file of its first argument: no C library, nothing
 * before. Exit status 0 if that went well, else the errno. (Makefile: -nostartfiles.)
 */
__asm__(".globl _start\n"
	"_start:\n"
	"	mov $2, %eax\n" /* open(argv[1], O_RDONLY) */
	"	mov 16(%rsp), %rdi\n"
	"	xor %esi, %esi\n"
	"	syscall\n"
	"	xor %edi, %edi\n"
	"	test %eax, %eax\n"
	"	jns 1f\n"
	"	mov %eax, %edi\n"
	"	neg %edi\n"
	"1:	mov $60, %eax\n" /* exit() */
	"	syscall\n");

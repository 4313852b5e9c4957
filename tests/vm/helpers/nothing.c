/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program to be executed, by those who may. Static, so that it takes no other file. */
int main(void)
{
	return 0;
}

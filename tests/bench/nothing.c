/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nothing: what is executed where the execution is what is measured. */
int main(void)
{
	return 0;
}

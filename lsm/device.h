/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device nodes, told by type and number: their names say nothing. */
#ifndef RF_DEVICE_H
#define RF_DEVICE_H

#include "maps.h"

static inline bool rf_is_device(struct file *file)
{
	__u32 type = file->f_inode->i_mode & S_IFMT;

	return type == S_IFCHR || type == S_IFBLK;
}

/* Devices that carry nothing: null zero full random urandom, tty ptmx, and the pts (136..143). */
static inline bool rf_is_harmless(struct file *file)
{
	__u32 major = file->f_inode->i_rdev >> 20, minor = file->f_inode->i_rdev & 0xfffff;

	if ((file->f_inode->i_mode & S_IFMT) == S_IFBLK)
		return false;
	switch (major) {
	case 1:
		return minor == 3 || minor == 5 || minor == 7 || minor == 8 || minor == 9;
	case 5:
		return minor == 0 || minor == 2;
	default:
		return major >= 136 && major <= 143;
	}
}

#endif

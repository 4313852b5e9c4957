/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a descriptor can be used for, whether it was opened or has arrived. */
#ifndef RF_DESCRIPTOR_H
#define RF_DESCRIPTOR_H

#include "device.h"

static inline __u32 rf_descriptor_ops(struct file *file)
{
	__u32 flags = file->f_flags, mode = file->f_mode, ops = 0;

	if (mode & FMODE_READ)
		ops |= RF_OP_BIT(RF_OP_READ);
	if (mode & FMODE_WRITE)
		ops |= RF_OP_BIT(flags & O_APPEND ? RF_OP_APPEND : RF_OP_WRITE);
	/* Access mode 3 may neither read nor write, but ioctl(): take it for both. */
	if ((flags & O_ACCMODE) == O_ACCMODE)
		ops |= RF_OP_BIT(RF_OP_READ) | RF_OP_BIT(RF_OP_WRITE);
	if (rf_is_device(file) && !rf_is_harmless(file))
		ops |= RF_OP_BIT(RF_OP_DEVICE);
	return ops;
}

#endif

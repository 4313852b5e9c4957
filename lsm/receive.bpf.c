// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptors that arrive: through a UNIX socket (SCM_RIGHTS), pidfd_getfd(), a seccomp listener
 * (SECCOMP_IOCTL_NOTIF_ADDFD, judged in the listener's task), and out of a ring on 6.12.
 *
 *   file_receive    read, write, append, device: what the descriptor can be used for, and what that
 *                   asks for beside (descriptor.h)
 *
 * A descriptor is worth what opening the object would have been, so it is judged as an open of it
 * would be, by the receiver's policy. What is refused arrives without the descriptor. Three things
 * differ from an open:
 *
 *  - O_PATH descriptors carry nothing; using one for something is judged then.
 *  - An object whose name is gone is judged by the last name it had, in the directory it had it in:
 *    programs hand each other unlinked files in place of shared memory. Whoever could give such a
 *    file a harmless last name could also have sent its content.
 *  - Without a path (pipes, sockets, memfds, anonymous inodes) there is nothing that a rule
 *    says; what they lead to is governed where it is used.
 */
#include "check_path.h"
#include "descriptor.h"

SEC("lsm/file_receive")
int BPF_PROG(rf_file_receive, struct file *file, int ret)
{
	struct rf_object obj;
	struct rf_task *rec;
	__u32 ops;

	if (ret)
		return ret;
	if ((file->f_mode & FMODE_PATH) || !rf_confined(&rec))
		return 0;
	obj = rf_object_of(&file->f_path);
	ops = rf_forget(rf_descriptor_ops(file));
	if (!rf_is_pathless(&file->f_path) && rf_check_path(rec, &obj, ops, RF_LEAF_NAMELESS))
		return -EACCES;
	return rf_refuse_use(rec, file, &obj, ops) ? -EPERM : 0;
}

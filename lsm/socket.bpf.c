// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * UNIX sockets that have a path: whom may the caller talk to?
 *
 *   unix_stream_connect   connect
 *   unix_may_send         connect, for datagrams, connected or not
 *
 * The path is the one the peer was bound to, in the mount it was bound in: a socket that another
 * mount namespace bound cannot be named, and is refused. Peers without a path (abstract names,
 * socket pairs) are not files. Whatever the policy says, nobody confined talks to the daemon.
 */
#include "check_path.h"
#include "special.h"

static inline int rf_connect(struct sock *peer)
{
	struct unix_sock *other = (struct unix_sock *)peer;
	struct rf_object obj;
	struct rf_task *rec;

	if (!rf_confined(&rec))
		return 0;
	obj.dentry = rf_u64(BPF_CORE_READ(other, path.dentry));
	obj.vfsmount = rf_u64(BPF_CORE_READ(other, path.mnt));
	if (!obj.dentry)
		return 0;
	if (rf_check_path(rec, &obj, RF_OP_BIT(RF_OP_CONNECT), 0))
		return -EACCES;
	return rf_refuse_special(rec, &obj, RF_OP_BIT(RF_OP_CONNECT)) ? -EPERM : 0;
}

SEC("lsm/unix_stream_connect")
int BPF_PROG(rf_unix_connect, struct sock *sock, struct sock *other, struct sock *newsk, int ret)
{
	if (ret)
		return ret;
	return rf_connect(other);
}

SEC("lsm/unix_may_send")
int BPF_PROG(rf_unix_send, struct socket *sock, struct socket *other, int ret)
{
	if (ret)
		return ret;
	return rf_connect(BPF_CORE_READ(other, sk));
}

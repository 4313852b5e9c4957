/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new daemon in the place of a dead one: the domains.
 *
 * The kernel has them: slot, generation, cgroup, state, mode, counters, image, ring. That is what
 * counts. The state file adds what people know them by; what of it does not agree with the kernel,
 * or is not to be had, is not made up: such a domain stays as enforced as it was, and is shown as
 * forgotten. Nobody reads its alerts, for it is not known whose they are to read.
 *
 * A domain whose start was under way stays `starting`: its launcher has had an answer, and goes on,
 * or had none, and has started nothing.
 */
#ifndef ENFORCER_TAKEOVER_DOMAINS_H
#define ENFORCER_TAKEOVER_DOMAINS_H

#include "client.h"

/*
 * Fills the registry and the policies of `ctx`, which are empty, and gives each domain one of the
 * `n` clients, which are free, and at least as many as there may be domains. Tells what is
 * forgotten, and what fails. 0 or negative errno: then the programs are best left alone.
 */
int takeover_domains(const struct client_context *ctx, struct client *clients, size_t n);

#endif

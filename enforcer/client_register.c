/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a request to a domain. Nobody is believed: the image is verified as it
 * is read, and the cgroup is the one behind the descriptor.
 */
#include "client_register.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "cgroup.h"
#include "container_name.h"
#include "log.h"
#include "state_file.h"
#include "util.h"

#define IMAGE_FILE_MAX (64 << 20)

/* Only a file in memory: reading any other may take for ever. */
static int read_image(int fd, struct image **ret)
{
	_cleanup_(diag_done) struct diag d = {0};
	_fclose_ FILE *f = NULL;
	struct stat st;
	int r;

	if (fcntl(fd, F_GET_SEALS) < 0 || fstat(fd, &st) || st.st_size > IMAGE_FILE_MAX) {
		close(fd);
		return log_errno(-EINVAL, "No image came with the request");
	}
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	diag_init(&d, "image");
	r = image_read(f, &d, ret);
	return r < 0 ? log_errno(r, "The image that came with the request is damaged") : 0;
}

static int cgroup_id(int fd, __u64 *ret)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) || (__u32)fs.f_type != CGROUP2_SUPER_MAGIC || fstat(fd, &st) ||
	    !S_ISDIR(st.st_mode))
		return log_errno(-EINVAL, "No cgroup came with the request");
	*ret = st.st_ino; /* see cgroup.c */
	return 0;
}

/* As the request has it, if it does. */
static int get_throttle(const json_t *request, struct throttle *ret)
{
	const json_t *pair = json_object_get(request, "throttle");
	json_int_t burst = json_integer_value(json_array_get(pair, 0));
	json_int_t rate = json_integer_value(json_array_get(pair, 1));

	if (!pair)
		return 0;
	if (json_array_size(pair) != 2 || burst < !!rate || rate < 0 || burst > THROTTLE_MAX ||
	    rate > THROTTLE_MAX)
		return log_errno(-EPROTO, "The request makes no sense");
	*ret = (struct throttle){.burst = (__u32)burst, .rate = (__u32)rate};
	return 0;
}

/* Whose alerts nobody else reads, the daemon does. What was registered does not start if it cannot.
 */
static int collect(struct client *c, const struct client_context *ctx,
		   const struct registration *who, const struct registered *got)
{
	const struct collected_domain domain = {.events = got->events,
						.domains = bpf_domains_fd(ctx->registry->bpf),
						.slot = got->slot,
						.cgroup = who->cgroup,
						.pin_dir = ctx->pin_dir,
						.name = who->name,
						.image = who->image,
						.tally = registry_tally(ctx->registry, got->slot)};

	ctx->registry->slots[got->slot].collected = true;
	return collector_add(ctx->collector, &domain, &c->alerts);
}

/* Whose image decides: the one that came along, or the policy's of that name. */
static int choose_image(struct client *c, const struct client_context *ctx, const json_t *request,
			struct registration *who)
{
	const char *name = json_string_value(json_object_get(request, "policy"));
	const char *hash = json_string_value(json_object_get(request, "hash"));
	char ours[2 * RF_HASH_SIZE + 1];
	struct named_policy *policy;
	int r;

	if (!name) {
		r = read_image(take_fd(&c->in->fds[0]), &c->image);
		who->image = c->image;
		return r;
	}
	r = policies_get(ctx->policies, name, &policy);
	if (r < 0)
		return r;
	who->image = policy->image;
	who->policy = policy->name;
	who->switched = policy->audit;
	/* It asked before the policy was switched back: its filter would deny nothing for good. */
	if (who->filter_audits && !who->audit && !policy->audit) {
		log_error("Policy '%s' is not switched to audit mode any more", name);
		log_hint("start the container again");
		return -ESTALE;
	}
	image_hash_hex(policy->image, RF_HASH_SIZE, ours);
	if (hash && strcmp(hash, ours) != 0) {
		log_error("The file of policy '%s' is not what its containers run under: %.8s, not "
			  "%.8s",
			  name, hash, ours);
		log_hint("'ringfence reload %s' makes it so", name);
		return -ESTALE;
	}
	return 0;
}

/* Nobody is left to undo what confines the daemon, or whoever asked it. */
static int check_attachable(const struct client *c, __u64 cgroup)
{
	if (!cgroup_has_process(cgroup, getpid()) && !cgroup_has_process(cgroup, c->peer))
		return 0;
	return log_errno(-EDEADLK, "The daemon, or who asks it, is in that cgroup");
}

/* Which descriptor is which, and how many there are, see wire.h. */
struct places {
	unsigned command, cgroup, n;
};

static struct places places_of(const json_t *request, bool attaches)
{
	struct places at = {.n = json_object_get(request, "policy") ? 0 : 1};

	at.command = at.n;
	at.n += attaches ? 0 : 1;
	at.cgroup = at.n++;
	return at;
}

static int check_request(const struct client *c, const struct client_context *ctx,
			 const json_t *request, const struct registration *who,
			 const struct places *at)
{
	const json_t *name = json_object_get(request, "name");

	if (c->slot || c->in->n_fds != at->n)
		return log_errno(-EPROTO, "The request makes no sense");
	if (name && (!who->name || !container_name_is_valid(who->name)))
		return log_errno(-EINVAL, "A container's name has 1 to %d bytes",
				 CONTAINER_NAME_MAX);
	if (ctx->health->pins_missing || access(ctx->pin_dir, F_OK))
		return log_errno(-ENOENT, "The daemon's programs are not pinned any more");
	return 0;
}

int register_domain(struct client *c, const struct client_context *ctx, const json_t *request,
		    bool attaches, struct registered *ret)
{
	struct registration who = {.audit = json_is_true(json_object_get(request, "audit")),
				   .filter_audits =
				       json_is_true(json_object_get(request, "filter_audits")),
				   .name = json_string_value(json_object_get(request, "name")),
				   .pidfd = -1,
				   .ring_size = ctx->ring_size,
				   .throttle = ctx->throttle};
	const bool collects = attaches || json_is_true(json_object_get(request, "log"));
	const struct places at = places_of(request, attaches);
	int r = check_request(c, ctx, request, &who, &at);

	if (!r)
		r = get_throttle(request, &who.throttle);
	if (!r)
		r = cgroup_id(c->in->fds[at.cgroup], &who.cgroup);
	if (!r && attaches)
		r = check_attachable(c, who.cgroup);
	if (!r)
		r = choose_image(c, ctx, request, &who);
	if (r < 0)
		return r;
	if (!attaches)
		who.pidfd = c->in->fds[at.command];
	r = registry_add(ctx->registry, &who, ret);
	if (r < 0) {
		image_free(take_ptr(c->image));
		return r;
	}
	r = collects ? collect(c, ctx, &who, ret) : 0;
	if (r < 0) {
		close_fd(&ret->events);
		registry_remove(ctx->registry, ret->slot);
		image_free(take_ptr(c->image));
		return r;
	}
	c->slot = ret->slot;
	c->cgroup = take_fd(&c->in->fds[at.cgroup]);
	return 0;
}

/* Unless somebody is confined who cannot be freed. */
static void give_up(struct client *c, const struct client_context *ctx)
{
	struct bpf_attached freed;

	if (registry_detach(ctx->registry, c->slot, &freed) < 0)
		return;
	collected_close(take_ptr(c->alerts));
	registry_remove(ctx->registry, c->slot);
	c->slot = 0;
	close_fd(&c->cgroup);
	c->cgroup = -1;
	image_free(take_ptr(c->image));
}

static void record_attached(const struct client *c, const struct client_context *ctx,
			    const struct bpf_attached *done)
{
	const struct registry_slot *at = registry_at(ctx->registry, c->slot);
	char hash[2 * RF_HASH_SIZE + 1];

	image_hash_hex(at->image, RF_HASH_SIZE, hash);
	log_event("Attach: container '%s', policy '%s' (%.8s), %s mode, %u task%s; process %d "
		  "has asked",
		  shown(at->name).text, shown(at->policy ? at->policy : at->image->name).text, hash,
		  registry_audits(at) ? "audit" : "enforce", done->done, done->done == 1 ? "" : "s",
		  (int)c->peer);
}

int attach_domain(struct client *c, const struct client_context *ctx, const json_t *request,
		  json_t **ret_result)
{
	struct registered got = {.events = -1};
	struct bpf_attached done = {0};
	int r = register_domain(c, ctx, request, true, &got);

	if (r < 0)
		return r;
	close_fd(&got.events);
	r = registry_attach(ctx->registry, got.slot, &done);
	if (!r && !done.done) {
		r = log_errno(-ESRCH, done.foreign ? "All tasks of the cgroup are confined already"
						   : "Nobody is in the cgroup");
		log_hint(done.foreign ? "'ringfence list' shows by which policies"
				      : "what is still to be started, 'ringfence run' confines");
	}
	if (!r)
		*ret_result =
		    json_pack("{s:i, s:i}", "tasks", (int)done.done, "foreign", (int)done.foreign);
	if (!r && !*ret_result)
		r = -ENOMEM;
	if (r < 0) {
		give_up(c, ctx);
		return r;
	}
	record_attached(c, ctx, &done);
	state_add(ctx->registry, ctx->policies, got.slot);
	return 0;
}

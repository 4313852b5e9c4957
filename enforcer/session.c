/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * No daemon is no reason to run unconfined: then the programs are loaded here.
 * A daemon that is there and refuses is a refusal. That it says yes is not
 * enough: the command's record must be in what root has pinned.
 */
#include "session.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "ask.h"
#include "canary.h"
#include "log.h"
#include "probe.h"
#include "tasks.h"
#include "util.h"
#include "wire.h"

/* Of our own programs: one domain, and one the canary dies in. */
#define OWN_DOMAINS 1u
#define SLOT_CANARY (BPF_SLOT_FIRST + OWN_DOMAINS)

static bool is_same(const char *one, const char *other)
{
	struct stat a, b;

	return !stat(one, &a) && !stat(other, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/*
 * The daemon looks up what a policy protects with its own root and mounts. Where ours are others it
 * would hold other files than those the command will see. 1: the same, 0: not, or negative errno.
 */
static int sees_the_same(int daemon)
{
	char ns[64], root[64];
	pid_t pid;
	int r = ask_peer(daemon, &pid);

	if (r < 0)
		return r;
	snprintf(ns, sizeof(ns), "/proc/%d/ns/mnt", (int)pid);
	snprintf(root, sizeof(root), "/proc/%d/root", (int)pid);
	return is_same(ns, "/proc/self/ns/mnt") && is_same(root, "/");
}

/*
 * 1: the daemon serves such an image, and is connected to; 0: there is none, or it does not; or
 * negative errno.
 */
static int use_daemon(const struct image *img, const char *policy, struct session *s)
{
	_close_ int daemon = ask_connect();
	struct hello hello;
	int r;

	if (daemon < 0)
		return daemon == -ENOENT ? 0 : daemon;
	r = sees_the_same(daemon);
	if (!r)
		log_info("The daemon's root and mounts are not ours");
	if (r <= 0)
		return r;
	r = ask_hello(daemon, policy, &hello);
	if (r < 0)
		return r;
	if (hello.image_size < img->size) {
		log_info("The daemon has no room for a policy of %zu bytes", img->size);
		return 0;
	}
	s->audits = hello.audits;
	s->daemon = take_fd(&daemon);
	return 1;
}

static int load_own(const struct image *img, struct session *s)
{
	struct object_paths paths;
	struct bpf_options options = {.image_size = img->size, .domains = OWN_DOMAINS + 1};
	int r = object_paths_collect(img, &paths);

	options.objects = (__u32)paths.n_protected;
	object_paths_done(&paths);
	if (r < 0)
		return log_errno(r, "Failed to find what the policy protects");
	r = bpf_open(&options, &s->bpf);
	if (r < 0) {
		probe_explain();
		return r;
	}
	r = canary_check(&s->bpf, SLOT_CANARY);
	if (!r && registry_init(&s->registry, &s->bpf, OWN_DOMAINS) < 0)
		r = log_errno(-ENOMEM, "Failed to begin");
	return r;
}

int session_open(const struct image *img, const char *policy, struct session *s)
{
	int r;

	*s = SESSION_NONE;
	r = use_daemon(img, policy, s);
	if (!r)
		r = load_own(img, s);
	if (r < 0)
		session_close(s);
	return r < 0 ? r : 0;
}

static int register_own(struct session *s, const struct registration *who, const struct rundir *dir)
{
	struct registered got = {0};
	int r = registry_add(&s->registry, who, &got);

	if (r < 0)
		return r;
	s->slot = got.slot;
	s->events = got.events;
	s->objects = objects_json(got.objects);
	s->pin_dir = strdup(dir->pin_dir);
	s->domains = dup(bpf_domains_fd(&s->bpf));
	if (!s->objects || !s->pin_dir || s->domains < 0)
		return log_errno(-ENOMEM, "Failed to register the command");
	r = bpf_pin(&s->bpf, dir->pin_dir);
	return r < 0 ? log_errno(r, "Failed to pin the BPF links in '%s'", dir->pin_dir) : 0;
}

static int take_answer(struct session *s, const json_t *answer, struct wire_input *in)
{
	const char *pins = json_string_value(json_object_get(answer, "pins"));
	int error = (int)json_integer_value(json_object_get(answer, "errno"));

	ask_pass_on(answer);
	if (!json_is_true(json_object_get(answer, "ok")))
		return error > 0 ? -error : -EPROTO;
	if (!pins || in->n_fds != WIRE_FDS)
		return log_errno(-EPROTO, "The daemon's answer makes no sense");
	s->slot = (__u32)json_integer_value(json_object_get(answer, "slot"));
	s->pin_dir = strdup(pins);
	s->events = take_fd(&in->fds[0]);
	s->domains = take_fd(&in->fds[1]);
	s->objects = ask_read(take_fd(&in->fds[2]));
	if (!s->pin_dir || !s->objects || !s->slot)
		return log_errno(-EPROTO, "The daemon's answer makes no sense");
	return 0;
}

/* NULL: no memory. */
static json_t *question_of(const struct registration *who)
{
	json_int_t burst = who->throttle.burst, rate = who->throttle.rate;
	char hash[2 * RF_HASH_SIZE + 1];
	json_t *throttle = who->throttle_open ? NULL : json_pack("[I, I]", burst, rate);

	image_hash_hex(who->image, RF_HASH_SIZE, hash);
	if (!throttle && !who->throttle_open)
		return NULL;
	return json_pack("{s:i, s:s, s:b, s:b, s:s, s:s*, s:s*, s:o*}", "version", WIRE_VERSION,
			 "request", "register", "audit", who->audit, "filter_audits",
			 who->filter_audits, "hash", hash, "policy", who->policy, "name", who->name,
			 "throttle", throttle);
}

/* The image goes along, unless the daemon is to take its own, of a policy by name. */
static int send_registration(struct session *s, const struct registration *who, int cgroup_fd,
			     struct wire_input *in, json_t **ret_answer)
{
	_close_ int image = who->policy ? -1 : ask_image(who->image);
	const int fds[WIRE_FDS] = {image, who->pidfd, cgroup_fd};
	unsigned first = who->policy ? 1 : 0;

	if (image < 0 && !who->policy)
		return log_errno(image, "Failed to ask the daemon");
	return ask_exchange(s->daemon, question_of(who), fds + first, WIRE_FDS - first, in,
			    ret_answer);
}

static int register_there(struct session *s, const struct registration *who, int cgroup_fd)
{
	_free_ struct wire_input *in = calloc(1, sizeof(*in));
	json_t *answer = NULL;
	struct rf_task rec;
	int r;

	if (!in)
		return log_errno(-ENOMEM, "Failed to ask the daemon");
	r = send_registration(s, who, cgroup_fd, in, &answer);
	if (!r)
		r = take_answer(s, answer, in);
	if (!r)
		r = ask_prove(s->pin_dir, who->pidfd, s->slot, &rec);
	wire_reset(in);
	json_decref(answer);
	return r;
}

int session_register(struct session *s, const struct registration *who, const struct rundir *dir,
		     int cgroup_fd)
{
	return s->daemon >= 0 ? register_there(s, who, cgroup_fd) : register_own(s, who, dir);
}

bool session_is_own(const struct session *s)
{
	return s->daemon < 0;
}

bool session_has_tasks(const struct session *s)
{
	return s->pin_dir && tasks_remain(s->pin_dir, s->slot);
}

void session_close(struct session *s)
{
	json_decref(s->objects);
	free(s->pin_dir);
	close_fd(&s->events);
	close_fd(&s->domains);
	close_fd(&s->daemon);
	registry_done(&s->registry);
	bpf_close(&s->bpf);
	*s = SESSION_NONE;
}

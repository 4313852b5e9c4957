/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nothing in here changes a verdict: a log that cannot be written, an event
 * that makes no sense, a reader that is stopped cost alerts, and each is
 * counted. What the ring had no room for is counted by the programs; the
 * difference to what was told last becomes a `lost` record.
 */
#include "alert_reader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "log.h"
#include "size.h"
#include "util.h"

#define EVENTS_IN_ONE_GO 4096
#define NSEC_PER_SEC	 1000000000u

static void set_clock(struct alert_context *ctx)
{
	struct timespec real, mono;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	ctx->monotonic_to_real.tv_sec = real.tv_sec - mono.tv_sec;
	ctx->monotonic_to_real.tv_nsec = real.tv_nsec - mono.tv_nsec;
	if (ctx->monotonic_to_real.tv_nsec < 0) {
		ctx->monotonic_to_real.tv_nsec += 1000000000;
		ctx->monotonic_to_real.tv_sec--;
	}
}

static void write_alert(struct alert_reader *r, json_t *alert)
{
	sink_write(r->sink, alert);
	json_decref(alert);
}

/*
 * The policy that made an image, if it can be had. Only system calls and privileges ask for it;
 * what the policies of a reload say is seldom asked in turn, so the last is kept.
 */
static const struct policy *policy_of(struct alert_reader *r, const struct image *image)
{
	if (image == r->context.image && r->context.policy)
		return r->context.policy;
	if (image != r->policy_of) {
		policy_free(r->policy);
		r->policy = image ? image_policy(image) : NULL;
		r->policy_of = image;
	}
	return r->policy;
}

static json_t *alert_by(struct alert_reader *r, const struct image *image,
			const struct rf_event *ev)
{
	struct alert_context context = r->context;

	context.image = image;
	context.policy = ev->kind == RF_KIND_FILE ? NULL : policy_of(r, image);
	return alert_json(&context, ev);
}

/*
 * The policy may have been reloaded since the start. Its filter has not: it is in force as it was,
 * whatever image the kernel had when it told of it.
 */
static json_t *alert_of(struct alert_reader *r, const struct rf_event *ev)
{
	const struct image *start = r->context.image, *image;

	if (ev->kind == RF_KIND_SYSCALL)
		return alert_by(r, r->start_unknown ? NULL : start, ev);
	if (start && !memcmp(start->head->hash, ev->hash, sizeof(ev->hash)))
		return alert_by(r, start, ev);
	image = images_find(&r->images, ev->hash, start);
	return alert_by(r, image ? image : start, ev);
}

static int take_event(void *ctx, void *data, size_t size)
{
	const struct rf_event *ev = data;
	struct alert_reader *r = ctx;

	if (event_check(ev, size) < 0) {
		log_error("An event of %zu bytes makes no sense, ignoring", size);
		return 0;
	}
	if (ev->domain == r->slot) {
		write_alert(r, alert_of(r, ev));
		if (r->tally)
			tally_event(r->tally, ev);
	}
	/* libbpf counts this event as taken and returns the error. */
	return --r->budget ? 0 : -EAGAIN;
}

/* Whose alerts were held back under a key; the start's where that is not known. */
static const struct image *image_of_key(struct alert_reader *r, __u64 key)
{
	const struct image *start = r->context.image, *image;
	__u32 hash = RF_THROTTLE_IMAGE(key);

	/* Of joint throttles no kind is known, and of system calls it is the filter that decides.
	 */
	if (!RF_THROTTLE_KIND(key) || RF_THROTTLE_KIND(key) == RF_KIND_SYSCALL ||
	    (start && !memcmp(start->head->hash, &hash, sizeof(hash))))
		return start;
	image = images_find_short(&r->images, (const __u8 *)&hash, start);
	return image ? image : start;
}

static void tell_held_back(struct alert_reader *r, __u64 key, __u64 n)
{
	struct alert_context context = r->context;

	context.image = image_of_key(r, key);
	context.policy = policy_of(r, context.image);
	write_alert(r, alert_repeated_json(&context, r->cgroup, key, n));
	if (r->tally)
		tally_repeated(r->tally, key, n);
	throttle_told(r->throttles);
}

/* Tells of what was held back of kinds that have been quiet, at `now`. */
static void tell_repeated(struct alert_reader *r, __u64 now)
{
	__u64 key, n;

	for (__u32 i = 0; r->throttles && i < RF_THROTTLES; i++) {
		n = throttle_take(r->throttles, i, now, &key);
		if (n)
			tell_held_back(r, key, n);
	}
}

int alert_reader_open(struct alert_reader *r)
{
	__u64 key, n;

	r->ring = ring_buffer__new(r->events, take_event, r, NULL);
	if (!r->ring)
		return -errno;
	if (!r->throttles)
		return 0;
	/* Another reader may have been there before. */
	r->lost_told = __atomic_load_n(&r->throttles->told, __ATOMIC_RELAXED);
	n = throttle_left(r->throttles, &key);
	if (n) {
		set_clock(&r->context);
		tell_held_back(r, key, n);
	}
	return 0;
}

int alert_reader_fd(const struct alert_reader *r)
{
	return ring_buffer__epoll_fd(r->ring);
}

/* Once a second at most. */
static void look_for_repeated(struct alert_reader *r)
{
	struct timespec t;
	__u64 now;

	clock_gettime(CLOCK_MONOTONIC, &t);
	now = (__u64)t.tv_sec * NSEC_PER_SEC + (__u64)t.tv_nsec;
	if (now - r->looked_at < NSEC_PER_SEC)
		return;
	r->looked_at = now;
	tell_repeated(r, now);
}

static bool drain(struct alert_reader *r, unsigned most)
{
	struct rf_domain dom;
	bool more;
	__u64 lost;

	set_clock(&r->context);
	r->budget = most;
	more = ring_buffer__consume(r->ring) == -EAGAIN;
	look_for_repeated(r);
	if (bpf_read_domain(r->domains, r->slot, &dom) < 0)
		return more;
	lost = dom.count[RF_ACTION_DENY].lost + dom.count[RF_ACTION_AUDIT].lost;
	if (lost > r->lost_told) {
		write_alert(r, alert_lost_json(&r->context, r->cgroup, lost - r->lost_told));
		r->lost_told = lost;
		if (r->throttles)
			__atomic_store_n(&r->throttles->told, lost, __ATOMIC_RELAXED);
	}
	return more;
}

bool alert_reader_drain(struct alert_reader *r)
{
	return drain(r, r->batch_max ? r->batch_max : EVENTS_IN_ONE_GO);
}

/* How many events the ring has room for, if all are as short as can be. */
static unsigned room_of(const struct alert_reader *r)
{
	const size_t shortest = sizeof(struct rf_event) + BPF_RINGBUF_HDR_SZ;
	struct bpf_map_info info = {0};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(r->events, &info, &len))
		return RING_SIZE_MOST / shortest;
	return (unsigned)(info.max_entries / shortest) + 1;
}

void alert_reader_finish(struct alert_reader *r)
{
	/* What the ring holds, and no more: somebody may be filling it. */
	(void)drain(r, room_of(r));
	tell_repeated(r, UINT64_MAX);
}

void alert_reader_close(struct alert_reader *r)
{
	if (r->ring)
		alert_reader_finish(r);
	ring_buffer__free(r->ring);
	r->ring = NULL;
	throttle_unmap(take_ptr(r->throttles));
	images_done(&r->images);
	policy_free(take_ptr(r->policy));
	r->policy_of = NULL;
}

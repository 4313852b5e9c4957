/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel keeps the turns: epoll tells of ready rings in rotation. */
#include "collector.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>

#include "log.h"
#include "util.h"

#define RINGS_IN_ONE_GO	 64
#define EVENTS_IN_ONE_GO 64 /* of each */

int collector_open(const char *target, struct collector *ret)
{
	struct collector c = COLLECTOR_NONE;
	int r = sink_open(target, false, &c.sink);

	if (r < 0)
		return r;
	c.sink.reopens = true;
	c.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (c.epoll < 0) {
		r = log_errno(-errno, "Failed to begin to read alerts");
		sink_close(&c.sink);
		return r;
	}
	*ret = c;
	return 0;
}

void collector_close(struct collector *c)
{
	sink_close(&c->sink);
	close_fd(&c->epoll);
	*c = COLLECTOR_NONE;
}

int collector_fd(const struct collector *c)
{
	return c->epoll;
}

void collector_read(struct collector *c)
{
	struct epoll_event ready[RINGS_IN_ONE_GO];
	int n = epoll_wait(c->epoll, ready, RINGS_IN_ONE_GO, 0);

	for (int i = 0; i < n; i++) {
		struct collected *d = ready[i].data.ptr;

		(void)alert_reader_drain(&d->reader);
	}
}

static int begin(struct collected *d, const struct collected_domain *domain)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = d};
	int r = throttle_map(domain->pin_dir, domain->slot, &d->reader.throttles);

	if (!r)
		r = alert_reader_open(&d->reader);
	if (!r && epoll_ctl(d->collector->epoll, EPOLL_CTL_ADD, d->events, &event))
		r = -errno;
	return r;
}

int collector_add(struct collector *c, const struct collected_domain *domain,
		  struct collected **ret)
{
	struct collected *d = calloc(1, sizeof(*d));
	int r = -ENOMEM;

	if (d) {
		d->collector = c;
		d->image = domain->image ? image_share(domain->image) : NULL;
		d->name = strdup(domain->name	 ? domain->name
				 : domain->image ? domain->image->name
						 : "?");
		d->events = fcntl(domain->events, F_DUPFD_CLOEXEC, 0);
		d->reader = (struct alert_reader){
		    .events = d->events,
		    .domains = domain->domains,
		    .slot = domain->slot,
		    .cgroup = domain->cgroup,
		    .context = {.container = d->name, .image = d->image},
		    .start_unknown = domain->start_unknown,
		    .sink = &c->sink,
		    .tally = domain->tally,
		    .batch_max = EVENTS_IN_ONE_GO,
		};
		if (d->name)
			r = d->events < 0 ? -errno : begin(d, domain);
	}
	if (r < 0) {
		collected_close(d);
		return log_errno(r, "Failed to read the container's alerts");
	}
	*ret = d;
	return 0;
}

bool collected_tick(struct collected *d)
{
	return d && alert_reader_drain(&d->reader);
}

void collected_close(struct collected *d)
{
	if (!d)
		return;
	alert_reader_close(&d->reader);
	/* Whoever else has the ring keeps it in the set otherwise. */
	if (d->events >= 0)
		(void)epoll_ctl(d->collector->epoll, EPOLL_CTL_DEL, d->events, NULL);
	close_fd(&d->events);
	image_free(d->image);
	free(d->name);
	free(d);
}

static void tell_end(struct collected *d)
{
	struct rf_domain dom;
	json_t *record;

	if (bpf_read_domain(d->reader.domains, d->reader.slot, &dom) < 0)
		return;
	record = alert_ended_json(&d->reader.context, &dom);
	sink_write(&d->collector->sink, record);
	json_decref(record);
}

void collected_end(struct collected *d)
{
	if (!d)
		return;
	alert_reader_finish(&d->reader);
	tell_end(d);
	collected_close(d);
}

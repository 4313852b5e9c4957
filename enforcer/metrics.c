/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of all metrics, and what each of them means, in the order in which they are told. */
#include "metrics.h"

#include "metrics_text.h"

#define LABELS(...)                                                                                \
	(const struct metrics_label[])                                                             \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}

static const char *const actions[2] = {[RF_ACTION_DENY] = "deny", [RF_ACTION_AUDIT] = "audit"};
static const char *const modes[2] = {[RF_MODE_ENFORCE] = "enforce", [RF_MODE_AUDIT] = "audit"};

/* A metric without labels. */
static void write_one(FILE *out, struct metrics_family f, __u64 n)
{
	metrics_text_family(out, &f);
	metrics_text_count(out, &f, NULL, n);
}

static void write_build(FILE *out)
{
	static const struct metrics_family f = {"ringfence_build_info", "gauge",
						"The daemon's version; always 1."};

	metrics_text_family(out, &f);
	metrics_text_count(out, &f, LABELS({"version", RINGFENCE_VERSION}), 1);
}

static void write_process(const struct metrics *m, FILE *out)
{
	static const struct metrics_family cpu = {"process_cpu_seconds_total", "counter",
						  "CPU time that the daemon took."};

	metrics_text_family(out, &cpu);
	metrics_text_seconds(out, &cpu, NULL, m->cpu);
	write_one(out,
		  (struct metrics_family){"process_start_time_seconds", "gauge",
					  "When the daemon began, since 1970."},
		  m->started);
}

static void write_policies(const struct metrics *m, FILE *out)
{
	static const struct metrics_family bytes = {
	    "ringfence_policy_image_bytes", "gauge",
	    "Size of the policy's images that are loaded; 0: none is."};

	write_one(out,
		  (struct metrics_family){"ringfence_policies_loaded", "gauge",
					  "Images of policies that are loaded."},
		  m->images);
	metrics_text_family(out, &bytes);
	for (size_t i = 0; i < m->n_policies; i++)
		metrics_text_count(out, &bytes, LABELS({"policy", m->policies[i].name}),
				   m->policies[i].image_bytes);
	write_one(out,
		  (struct metrics_family){"ringfence_reloads_total", "counter",
					  "Reloads of policies that were asked for."},
		  m->reloads);
	write_one(out,
		  (struct metrics_family){"ringfence_reload_failures_total", "counter",
					  "Reloads that failed, and changed nothing."},
		  m->reload_failures);
}

static void write_domains(const struct metrics *m, FILE *out)
{
	static const struct metrics_family f = {"ringfence_domains", "gauge",
						"Containers that are confined."};

	metrics_text_family(out, &f);
	for (size_t i = 0; i < m->n_policies; i++)
		for (unsigned mode = 0; mode < 2; mode++)
			metrics_text_count(
			    out, &f, LABELS({"policy", m->policies[i].name}, {"mode", modes[mode]}),
			    m->policies[i].domains[mode]);
	write_one(out,
		  (struct metrics_family){"ringfence_domains_limit", "gauge",
					  "Containers that can be confined at once."},
		  m->domains_limit);
}

static void write_verdicts(const struct metrics *m, FILE *out)
{
	static const struct metrics_family f = {
	    "ringfence_verdicts_total", "counter",
	    "Verdicts that make an alert, counted by the kernel: accesses that were denied, and "
	    "that were allowed and audited."};

	metrics_text_family(out, &f);
	for (size_t i = 0; i < m->n_policies; i++)
		for (unsigned action = 0; action < 2; action++)
			metrics_text_count(
			    out, &f,
			    LABELS({"policy", m->policies[i].name}, {"action", actions[action]}),
			    m->policies[i].count[action].total);
}

static void write_alerts(const struct metrics *m, FILE *out)
{
	static const struct metrics_family f = {
	    "ringfence_alerts_total", "counter",
	    "What became of the alerts of ringfence_verdicts_total: put into a ring for a reader, "
	    "held back and counted because they repeat others, or lost because the ring was full."};

	metrics_text_family(out, &f);
	for (size_t i = 0; i < m->n_policies; i++)
		for (unsigned action = 0; action < 2; action++) {
			const struct rf_count *n = &m->policies[i].count[action];
			const struct {
				const char *word;
				__u64 n;
			} outcomes[] = {{"delivered", n->delivered},
					{"repeated", n->repeated},
					{"lost", n->lost}};

			for (unsigned k = 0; k < 3; k++)
				metrics_text_count(out, &f,
						   LABELS({"policy", m->policies[i].name},
							  {"action", actions[action]},
							  {"outcome", outcomes[k].word}),
						   outcomes[k].n);
		}
}

/* Only what has happened: what a policy denies is known when somebody tries it. */
static void write_told(const struct metrics *m, FILE *out)
{
	static const struct metrics_family f = {
	    "ringfence_collected_verdicts_total", "counter",
	    "Verdicts that alerts which the daemon itself has read tell of, those held back "
	    "included; not in it: what was lost, and what a run reads by itself."};

	metrics_text_family(out, &f);
	for (size_t i = 0; i < m->n_policies; i++)
		for (size_t k = 0; k < 2 * _TALLY_OPERATION_MAX; k++) {
			size_t what = k / 2;
			__u64 n = m->policies[i].tally->told[k % 2][what];

			if (n)
				metrics_text_count(out, &f,
						   LABELS({"policy", m->policies[i].name},
							  {"operation", tally_operation(what).text},
							  {"action", actions[k % 2]}),
						   n);
		}
	write_one(out,
		  (struct metrics_family){"ringfence_alerts_unwritten_total", "counter",
					  "Alerts that the daemon has read and could not write."},
		  m->unwritten);
}

static bool have_run(const struct metrics *m)
{
	for (size_t i = 0; i < m->n_programs; i++)
		if (m->programs[i].runs)
			return true;
	return m->statistics;
}

/* The kernel counts runs while it is told to. Without that there is nothing, rather than zeroes. */
static void write_runs(const struct metrics *m, FILE *out)
{
	static const struct metrics_family runs = {
	    "ringfence_program_runs_total", "counter",
	    "Runs of the BPF program while the kernel had statistics on."};
	static const struct metrics_family seconds = {
	    "ringfence_program_run_seconds_total", "counter",
	    "Time that the BPF program ran while the kernel had statistics on."};

	if (!have_run(m))
		return;
	metrics_text_family(out, &runs);
	for (size_t i = 0; i < m->n_programs; i++)
		metrics_text_count(out, &runs, LABELS({"program", m->programs[i].name}),
				   m->programs[i].runs);
	metrics_text_family(out, &seconds);
	for (size_t i = 0; i < m->n_programs; i++)
		metrics_text_seconds(out, &seconds, LABELS({"program", m->programs[i].name}),
				     m->programs[i].run_ns);
}

static void write_programs(const struct metrics *m, FILE *out)
{
	static const struct metrics_family missed = {
	    "ringfence_program_missed_runs_total", "counter",
	    "Runs of the BPF program that the kernel has left out: of an LSM program, something "
	    "was not judged."};

	write_one(out,
		  (struct metrics_family){"ringfence_programs", "gauge",
					  "BPF programs that are attached."},
		  m->health.programs);
	write_one(
	    out,
	    (struct metrics_family){"ringfence_pins_missing", "gauge",
				    "Programs and maps whose pin is gone: while one is, nobody "
				    "new is confined, and confinement would end with the "
				    "daemon."},
	    m->health.pins_missing);
	metrics_text_family(out, &missed);
	for (size_t i = 0; i < m->n_programs; i++)
		metrics_text_count(out, &missed, LABELS({"program", m->programs[i].name}),
				   m->programs[i].left_out);
	write_one(out,
		  (struct metrics_family){"ringfence_bpf_stats_enabled", "gauge",
					  "Whether sysctl kernel.bpf_stats_enabled is on."},
		  m->statistics);
	write_runs(m, out);
}

void metrics_write(const struct metrics *m, FILE *out)
{
	write_build(out);
	write_process(m, out);
	write_domains(m, out);
	write_policies(m, out);
	write_verdicts(m, out);
	write_alerts(m, out);
	write_told(m, out);
	write_programs(m, out);
}

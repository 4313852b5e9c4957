/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of each engine, as text to be put into its file. Two of
 * them are JSON, which has no comments: what is to be said stands above.
 */
#include "snippets.h"

#include <errno.h>
#include <jansson.h>

static void podman(const char *path, FILE *out)
{
	fprintf(out,
		"# podman: /etc/containers/containers.conf\n"
		"# then: podman run --runtime ringfence --annotation io.ringfence.policy=NAME ...\n"
		"[engine.runtimes]\n"
		"ringfence = [\"%s\"]\n\n",
		path);
}

static int docker(const char *path, FILE *out)
{
	json_t *o = json_pack("{s:{s:{s:s}, s:{s:s, s:[s]}}}", "runtimes", "ringfence", "path",
			      path, "ringfence-NAME", "path", path, "runtimeArgs", "--policy=NAME");

	if (!o)
		return -ENOMEM;
	fputs(
	    "# docker: /etc/docker/daemon.json; one entry for each policy NAME where `docker run` "
	    "takes no annotation\n"
	    "# then: docker run --runtime ringfence --annotation io.ringfence.policy=NAME ...\n"
	    "# or:   docker run --runtime ringfence-NAME ...\n",
	    out);
	json_dumpf(o, out, JSON_INDENT(2));
	fputs("\n\n", out);
	json_decref(o);
	return 0;
}

static void containerd(const char *path, FILE *out)
{
	fprintf(out,
		"# containerd 1.x: /etc/containerd/config.toml, which begins with 'version = 2'; "
		"in 2.x the table begins with\n"
		"# plugins.'io.containerd.cri.v1.runtime'\n"
		"# by hand: ctr run --runc-binary %s --annotation io.ringfence.policy=NAME ...\n"
		"[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.ringfence]\n"
		"  runtime_type = \"io.containerd.runc.v2\"\n"
		"  pod_annotations = [\"io.ringfence.policy\"]\n"
		"  container_annotations = [\"io.ringfence.policy\"]\n"
		"  [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.ringfence.options]\n"
		"    BinaryName = \"%s\"\n\n",
		path, path);
}

static void kubernetes(FILE *out)
{
	fputs("# Kubernetes: kubectl apply -f -\n"
	      "apiVersion: node.k8s.io/v1\n"
	      "kind: RuntimeClass\n"
	      "metadata:\n"
	      "  name: ringfence\n"
	      "handler: ringfence\n"
	      "---\n"
	      "apiVersion: v1\n"
	      "kind: Pod\n"
	      "metadata:\n"
	      "  name: example\n"
	      "  annotations:\n"
	      "    io.ringfence.policy: NAME\n"
	      "spec:\n"
	      "  runtimeClassName: ringfence\n"
	      "  containers:\n"
	      "    - name: example\n"
	      "      image: IMAGE\n",
	      out);
}

int snippets_print(const char *path, FILE *out)
{
	int r;

	podman(path, out);
	r = docker(path, out);
	if (r < 0)
		return r;
	containerd(path, out);
	kubernetes(out);
	return 0;
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demonstration itself, on a machine where BPF LSM programs load: nginx under examples/nginx.yaml serves a page; then
# an attacker in its worker, which here runs as root so that nothing but ringfence stands in the way, tries the usual.
# Run by tests/demo.sh. Leaves nothing but the web server's logs.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

conf=/etc/nginx/ringfence-demo.conf
spy=/usr/lib/ringfence-demo.so
errors=/var/log/nginx/ringfence-demo.log
port=8731
alerts=$(mktemp)

clean_up() {
	rm -f $conf $spy $errors "$alerts"
}
trap clean_up EXIT

show() {
	printf '\n\033[1m$ %s\033[0m\n' "$*"
	"$@"
}

write_conf() {
	cat >$conf <<-END
		user root;
		worker_processes 1;
		pid /run/nginx.pid;
		error_log $errors;
		events {}
		http {
		  access_log off;
		  server { listen 127.0.0.1:$port; root /var/www/html; index index.nginx-debian.html index.html; }
		}
	END
}

write_conf
gcc -shared -fPIC -o $spy tests/vm/preload/worker.c -ldl || exit 1
show build/ringfence check examples/nginx.yaml
show build/ringfence explain examples/nginx.yaml read /etc/shadow

printf '\n\033[1m$ ringfence run --policy examples/nginx.yaml -- nginx\033[0m   (with an attacker in its worker)\n'
LD_PRELOAD=$spy build/ringfence run --policy examples/nginx.yaml --log "$alerts" -- \
	/usr/sbin/nginx -c $conf -g 'daemon off;' &
ringfence=$!
for _ in $(seq 600); do
	grep -q attempts-over $errors 2>/dev/null && break
	kill -0 $ringfence 2>/dev/null || exit 1
	sleep 0.1
done

printf '\nThe page it serves:\n'
page=$(curl -s http://127.0.0.1:$port/ | sed -n 's/.*<title>\(.*\)<.title>.*/\1/p')
echo "  $page"
printf '\nWhat the attacker got:\n'
sed -n 's/^\([a-z-]*\) \([A-Za-z]*\)$/  \1: \2/p' $errors
kill -TERM $ringfence
wait $ringfence
printf '\nThe alerts, as ringfence log shows them:\n'
build/ringfence log "$alerts"
[[ -n $page && $(wc -l <"$alerts") -eq 6 ]]

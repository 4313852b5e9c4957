#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nginx, redis and postgres, each in a container of podman with ringfence-runtime, under the policy that examples/ has for
# it, as it stands there. The images are made here, of what Debian's packages have brought to this machine. Each server
# does the work it is made for, its packages' own tools measure it, and nothing of that is refused or told of; then the
# same container is asked for what an attacker would want, with nothing but the policy in the way.
#
# On 6.12 alone in make test: it takes minutes, and what depends on the kernel is in the tests of each engine.

# shellcheck disable=SC2030,SC2031 # status and output are each test's own

load lib
load engines

CONF=/etc/containers/containers.conf
CGROUPS='*/libpod-*'
DATA=/srv/workloads
PG=/usr/lib/postgresql/15/bin

setup_file() {
	set_up_engines
	snippet podman >$CONF
	cp examples/{nginx,redis,postgres}.yaml "$POLICIES/"
	podman import "$BATS_FILE_TMPDIR/root.tar" box >/dev/null 2>&1
	mkdir -p $DATA
	start_nginx
	start_redis
	start_postgres
}

teardown_file() {
	podman rm --all --force --time 0
	rm -rf $CONF "$POLICIES"/{nginx,redis,postgres}.yaml $DATA
	clean_up_engines
}

# runs POLICY ARG...
runs() {
	podman run --runtime ringfence --annotation "io.ringfence.policy=$1" "${@:2}"
}

# The container NAME; its id, which alerts and lists call it by, is in NAME.id.
start() { # NAME POLICY ARG...
	runs "$2" --detach --network none --name "$1" "${@:3}" >"$BATS_FILE_TMPDIR/$1.id"
}

id_of() {
	cat "$BATS_FILE_TMPDIR/$1.id"
}

# Beside its site, it is told to serve the passwords.
start_nginx() {
	mkdir -p "$BATS_FILE_TMPDIR/nginx/etc/nginx/conf.d"
	echo 'server { listen 81; location = /shadow { alias /etc/shadow; } }' \
		>"$BATS_FILE_TMPDIR/nginx/etc/nginx/conf.d/shadow.conf"
	{
		dpkg -L nginx nginx-common libnginx-mod-http-echo
		libraries_of /usr/sbin/nginx
		find /etc/nginx /var/www/html
	} | make_image nginx
	start web nginx nginx nginx -g 'daemon off;'
}

# redis itself lets its client say where files go and what is loaded: it is for the policy to refuse that.
start_redis() {
	{
		dpkg -L redis-server redis-tools
		libraries_of /usr/bin/redis-{server,cli,benchmark}
		find /var/lib/redis /var/log/redis
	} | make_image redis
	install -d -o redis -g redis $DATA/redis
	install -m 755 /usr/lib/x86_64-linux-gnu/liblzf.so.1 $DATA/redis/module.rdb
	start cache redis --user redis -v $DATA/redis:/var/lib/redis redis redis-server /etc/redis/redis.conf \
		--daemonize no --enable-protected-configs yes --enable-module-command yes
}

# The cluster is the one that the package made when it was installed, where there was no /dev/shm; it is on a volume.
start_postgres() {
	{
		dpkg -L postgresql-15 postgresql-client-15
		libraries_of $PG/{postgres,psql,pgbench,pg_isready}
		find /etc/postgresql /etc/postgresql-common /usr/lib/locale/C.utf8 /usr/share/zoneinfo/Etc
		find /etc/ssl/private /etc/ssl/certs/ssl-cert-snakeoil.pem /etc/ssl/openssl.cnf
	} | make_image postgres
	cp -a /var/lib/postgresql $DATA/
	start db postgres --user postgres -v $DATA/postgresql:/var/lib/postgresql postgres \
		$PG/postgres -D /etc/postgresql/15/main -c dynamic_shared_memory_type=posix \
		-c recovery_init_sync_method=syncfs
}

# What the loader looks for, and what that leads to.
libraries_of() { # PROGRAM...
	local libraries
	libraries=$(ldd "$@" | grep -o '/[^ :]*\.so[^ :]*' | sort -u)
	echo "$libraries"
	xargs readlink -f <<<"$libraries"
}

# Image NAME, of the files whose paths are on standard input, as far as they are there (this machine has no manuals),
# with a shell and cat. podman takes no tar with a name in it twice.
make_image() { # NAME
	local root=$BATS_FILE_TMPDIR/$1 path
	make_base "$root"
	{
		cat
		libraries_of /usr/bin/{cat,dash}
		printf '%s\n' /usr/bin/{cat,dash,sh} /etc/{passwd,group,nsswitch.conf,ld.so.cache}
	} | sed -E 's,^/(s?bin|lib|lib64)/,/usr&,' | sort -u | while read -r path; do
		[[ -e $root$path || -L $root$path || ! (-e $path || -L $path) ]] || echo "${path#/}"
	done >"$root.list"
	tar -cf "$root.tar" -C / --no-recursion -T "$root.list" --recursion -C "$root" .
	podman import --quiet "$root.tar" "$1"
	rm -f "$root.tar"
}

# What is in every image besides. Anybody may read the passwords and write in /etc, but for the policy.
make_base() { # DIRECTORY
	local name
	mkdir -p "$1"/{dev,etc,proc,run,sys,tmp,usr,var}
	for name in bin lib lib64 sbin; do
		ln -s "usr/$name" "$1/$name"
	done
	ln -s /run "$1/var/run"
	install -d -o redis -g redis "$1/run/redis"
	install -d -o postgres -g postgres "$1/run/postgresql"
	echo 'root:secret:19000::::::' >"$1/etc/shadow"
	chmod 777 "$1/etc" "$1/tmp"
}

# Until it is so; not for ever.
await() { # COMMAND...
	for _ in {1..120}; do
		! "$@" || return 0
		sleep 0.5
	done
	echo "not so: $*"
	podman ps --all
	return 1
}

# NAME runs in enforce mode; nothing was denied or recorded, and the daemon has told nothing.
is_clean() { # NAME
	ringfence list --json | python3 -c '
import json, sys
for d in json.load(sys.stdin)["domains"]:
    print(d["container"], d["mode"], d["state"], d["denied"], d["audited"])' | tee /dev/stderr |
		grep -qx "$(id_of "$1") enforce running 0 0"
	[[ -z $(alerts_of "$1") ]]
}

# The daemon's alerts of a container, each once: what was denied, and by which rule. redis draws the end of a name by lot.
alerts_of() { # NAME
	grep -E "^ringfence: (deny|audit|repeated|lost) .* container=$(id_of "$1") " "$LOG" | tee /dev/stderr |
		sed -E 's/^ringfence: //; s/ \(E.*//; s/(redis\.conf\.)[^ ]+/\1LOT/' | sort -u
}

# These, and no others; the last may be a little late.
alerts_are() { # NAME ALERT...
	local wanted
	wanted=$(printf '%s\n' "${@:2}" | sort)
	for _ in {1..100}; do
		[[ $(alerts_of "$1" 2>/dev/null) != "$wanted" ]] || return 0
		sleep 0.1
	done
	diff <(echo "$wanted") <(alerts_of "$1")
}

# Where the policy denies PATH, as alerts name it.
denied_at() { # POLICY PATH
	awk -v path="$2" 'index($0, "- path: ") { found = index($0, path) } found && /deny:/ { print FILENAME ":" FNR }' \
		"$POLICIES/$1.yaml"
}

# A client of the web server, in a container of its own that shares its network: what the server's policy executes is
# nginx alone.
client() { # SCRIPT
	run runs box --rm --network container:web box sh -c "exec 2>&1; $1"
	echo "$status: $output"
}

# shellcheck disable=SC2016 # for the shell in there
@test "nginx in a container serves pages to a client, reads its configuration again, and is told of with no word" {
	client 'n=0; while [ $n -lt 20 ]; do busybox wget -q -O /tmp/page http://127.0.0.1/ && grep -q "Welcome to nginx" /tmp/page || exit; n=$((n + 1)); done
		echo $n pages; busybox wget http://127.0.0.1/nosuch'
	[[ $output == *"20 pages"*"404 Not Found"* ]]
	podman exec web nginx -s reload
	client 'busybox wget -O - http://127.0.0.1/'
	[[ $status == 0 && $output == *"Welcome to nginx"* ]]
	is_clean web
}

@test "nginx in a container, told to serve the passwords: 403; nor does a program read them that is run beside it" {
	client 'busybox wget -O - http://127.0.0.1:81/shadow'
	[[ $status != 0 && $output == *"403 Forbidden"* && $output != *secret* ]]
	run podman exec web cat /etc/shadow
	[[ $status != 0 && $output != *secret* ]]
	alerts_are web "deny file.read /etc/shadow by $(denied_at nginx /etc/shadow)" "deny file.exec /usr/bin/cat by otherwise"
}

# One call of redis-cli for all: a command in a container takes seconds here.
ask_redis() { # COMMAND-LINE...
	run podman exec -i cache redis-cli < <(printf '%s\n' "$@")
	echo "$*: $status: $output"
}

redis_answers() {
	ask_redis ping
	[[ $output == PONG ]]
}

redis_says() { # SECTION LINE...
	local line
	ask_redis "info $1"
	for line in "${@:2}"; do
		grep -q "^$line" <<<"$output" || return 1
	done
}

@test "redis in a container: redis-benchmark, a snapshot, an append-only file; the snapshot outlives the server" {
	local keys
	await redis_answers
	run podman exec cache redis-benchmark -n 500 -c 10 --csv -t ping,set,get,incr,lpush,rpush,lpop,sadd,hset,zadd,mset
	echo "$output"
	[[ $status == 0 && $(grep -c '^"[A-Z]*[^"]*","[0-9]*[1-9][0-9.]*",' <<<"$output") == 12 ]]
	redis_says commandstats cmdstat_{set,get,incr,lpush,rpush,lpop,sadd,hset,zadd,mset}:calls=500,.*rejected_calls=0,failed_calls=0
	ask_redis 'set kept this' dbsize bgsave
	[[ $output == OK*"Background saving started" ]]
	keys=${lines[1]}
	await redis_says persistence rdb_bgsave_in_progress:0 rdb_last_bgsave_status:ok rdb_saves:1
	ask_redis 'config set appendonly yes'
	await redis_says persistence aof_enabled:1 aof_rewrite_in_progress:0 aof_rewrite_scheduled:0 aof_last_bgrewrite_status:ok \
		aof_rewrites:1 aof_last_write_status:ok
	[[ -s $DATA/redis/dump.rdb && -s $DATA/redis/appendonlydir/appendonly.aof.1.base.rdb ]]
	is_clean cache
	podman kill --signal KILL cache
	podman wait cache
	podman start cache
	await redis_answers
	ask_redis 'get kept' dbsize
	[[ $output == this$'\n'"$keys" ]]
	is_clean cache
}

@test "redis in a container, told to save elsewhere, to load a module, to keep its settings: refused; and there is no shell" {
	ask_redis 'config set dir /etc' save 'config set dir /var/lib/redis dbfilename planted.so' save \
		'module load /var/lib/redis/module.rdb' 'config rewrite'
	[[ $(grep -o '^OK\|^ERR' <<<"$output" | paste -sd ' ') == "OK ERR OK ERR ERR ERR" ]]
	[[ ! -e $DATA/redis/planted.so ]]
	run podman exec cache sh -c 'cat /etc/shadow'
	[[ $status != 0 && $output != *secret* ]]
	alerts_are cache "deny file.create /etc/temp-1.rdb by otherwise" \
		"deny file.create /var/lib/redis/planted.so by otherwise" \
		"deny file.exec /var/lib/redis/module.rdb by otherwise" \
		"deny file.create /etc/redis/redis.conf.LOT by otherwise" \
		"deny file.exec /usr/bin/dash by $(denied_at redis '/usr/bin/*sh')"
}

sql() { # COMMAND...
	local command=() part
	for part in "$@"; do
		command+=(-c "$part")
	done
	run podman exec db $PG/psql -X -A -t -q "${command[@]}"
	echo "$status: $output"
}

postgres_answers() {
	podman exec db $PG/pg_isready
}

# pgbench's options; what it prints must say that much was done, and that nothing failed.
pgbench() { # TRANSACTIONS OPTION...
	run podman exec db $PG/pgbench "${@:2}"
	echo "$output"
	[[ $status == 0 && $output == *"transactions actually processed: $1/$1"* && $output == *"failed transactions: 0 "* ]]
}

@test "postgres in a container: pgbench, a checkpoint, workers, sorts that spill; what was committed outlives the server" {
	await postgres_answers
	podman exec db $PG/pgbench -i -q
	pgbench 50 -c 2 -t 25
	pgbench 100 -c 2 -t 50 -S -n
	sql checkpoint 'select count(*) from pgbench_history' \
		'select (select sum(delta) from pgbench_history) = (select sum(abalance) from pgbench_accounts)'
	[[ $output == 50$'\n't ]]
	sql 'set force_parallel_mode = on' 'select count(*) from pgbench_accounts' 'set force_parallel_mode = off' \
		"set work_mem = '64kB'" 'create temp table sorted as select * from pgbench_accounts order by filler, -aid' \
		"select timestamptz 'epoch' at time zone 'Etc/GMT-1'" 'select temp_files > 0 from pg_stat_database where datname = current_database()'
	[[ $status == 0 && $output == "100000"$'\n'"1970-01-01 01:00:00"* ]]
	is_clean db
	podman kill --signal KILL db
	podman wait db
	podman start db
	await postgres_answers
	sql 'select count(*) from pgbench_history'
	[[ $output == 50 ]]
	is_clean db
}

@test "postgres in a container, told by its superuser to run a program, read the passwords, change its settings: refused" {
	sql "copy (select 1) to program 'cat /etc/shadow >/tmp/stolen'" "select pg_read_file('/etc/shadow')" \
		"alter system set archive_command = 'true'" \
		"copy (select 1) to '/etc/postgresql/15/main/conf.d/planted.conf'"
	[[ $(grep -c '^ERROR:  could not' <<<"$output") == 4 && $(grep -c 'Permission denied$' <<<"$output") == 3 ]]
	[[ $output == *"could not execute command"* && $output != *secret* ]]
	alerts_are db "deny file.exec /usr/bin/dash by $(denied_at postgres '/usr/bin/*sh')" \
		"deny file.read /etc/shadow by $(denied_at postgres /etc/shadow)" \
		"deny file.create /var/lib/postgresql/15/main/postgresql.auto.conf.tmp by $(denied_at postgres postgresql.auto.conf)" \
		"deny file.create /etc/postgresql/15/main/conf.d/planted.conf by otherwise"
}

@test "servers in containers: what is removed leaves nothing" {
	podman rm --all --force --time 0
	nothing_confined "$CGROUPS"
}

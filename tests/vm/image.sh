#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds what the test machines boot:
#
#   tests/vm/image.sh OUTDIR      ->  OUTDIR/rootfs.ext4  OUTDIR/vmlinuz-6.1  OUTDIR/vmlinuz-6.12
#
# One disk serves both kernels: an MBR with one ext4 partition, a small Debian with the modules of both kernels in it.
# Debian's cloud kernels have NVMe and ext4 built in, so nothing stands between kernel and root file system: no
# initramfs, no boot loader, and systemd only where it is asked for. The root is found by PARTUUID, because NVMe disks are
# probed in any order.
#
# Packages come from the mirrors this machine's apt is configured with. Building takes a minute and needs root (or
# password-less sudo); the result is keyed on this file, vm-init, vm-job.service and the newest kernels that apt knows
# of, and a run that finds the key unchanged does nothing and needs neither.

set -euo pipefail

KERNELS=(6.1 6.12)

PACKAGES=(
	# the harness
	bats busybox-static kmod mount passwd python3-minimal
	# what the enforcer is linked with
	libbpf1 libelf1 libjansson4 libmicrohttpd12 libseccomp2 libyaml-0-2
	# what tests confine, and what they look with
	acl apparmor attr bpftool curl e2fsprogs gcc iproute2 libc6-dev nginx-light procps python3 strace util-linux
	# what makes containers, and the engines before them
	catatonit containerd crun docker.io podman runc
	# what runs in them
	postgresql-15 redis-server redis-tools
	# what starts services, on the machines that are booted with it
	dbus systemd
)

# Nothing in the guest reads these, and they are a third of the image.
EXCLUDE=('/usr/share/doc/*' '/usr/share/man/*' '/usr/share/info/*' '/usr/share/locale/*' '/usr/share/lintian/*')
# Nor these: sources of locales, and postgresql's compiler of queries, without which it interprets them.
EXCLUDE+=('/usr/share/i18n/*' '/usr/lib/postgresql/*/lib/llvmjit*'
	'/usr/lib/postgresql/*/lib/bitcode/*' '*/libLLVM-*')

PARTITION_OFFSET=$((1024 * 1024))
FREE_KIB=$((384 * 1024))	# for what tests write

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() {
	echo "image: $*" >&2
}

die() {
	say "$@"
	exit 1
}

# Debian's own archives among this machine's sources, as lines of a sources.list.
guest_sources() {
	# shellcheck disable=SC2016 # apt expands these
	apt-get indextargets --format '$(ORIGIN) deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
		sed -n 's/^Debian //p' | sort -u
}

# Lines of "series package version". Kernel packages carry their version in the name: the newest is found, not written
# down. One question to apt for all of it, because apt may have to parse all its lists for each.
kernel_packages() {
	local found series newest
	found=$(apt-cache search --names-only --full '^linux-image-6\.[0-9]+\.[^ ]*-cloud-amd64$' |
		awk '$1 == "Package:" { name = $2 } $1 == "Version:" { print name, $2 }' | sort -V)
	for series in "${KERNELS[@]}"; do
		newest=$(grep "^linux-image-${series//./\\.}\\." <<<"$found" | tail -n 1)
		[[ -n $newest ]] || return 1
		echo "$series $newest"
	done
}

image_key() {
	{
		cat "${BASH_SOURCE[0]}" "$here"/vm-{init,job.service}
		kernel_packages || true
	} | sha256sum | cut -d ' ' -f 1
}

is_current() {
	local series
	for series in "${KERNELS[@]}"; do
		[[ -s $outdir/vmlinuz-$series ]] || return 1
	done
	[[ -s $outdir/rootfs.ext4 && -s $outdir/image.key && $(<"$outdir/image.key") == "$(image_key)" ]]
}

explain_missing_kernel() {
	say "apt knows no linux-image-*-cloud-amd64 for one of: ${KERNELS[*]}"
	guest_sources | grep -q -- '-security ' ||
		say "the apt configuration of this machine lacks the security suite (bookworm-security); add it and try again"
	exit 1
}

# The guest's apt sees an empty /etc, so what this machine's apt was told about reaching a mirror is passed on.
apt_options() {
	apt-config dump | sed -n 's/^\(Acquire::\(https\?::Proxy\|Check-[A-Za-z-]*\) .*;\)$/--aptopt=\1/p'
}

make_tree() {
	local options exclude
	mapfile -t options < <(apt_options)
	for exclude in "${EXCLUDE[@]}"; do
		options+=("--dpkgopt=path-exclude=$exclude")
	done
	guest_sources | mmdebstrap --quiet --mode=root --variant=apt --format=directory \
		--aptopt='Acquire::Retries "3"' "${options[@]}" \
		--include="$(IFS=, && echo "${PACKAGES[*]}")" "$codename" "$tree" -
}

# The package is unpacked, not installed: its maintainer scripts would build an initramfs that nobody boots.
add_kernel() {
	local series=$1 package=$2 version=${2#linux-image-} unpacked=$work/kernel-$1
	mkdir "$unpacked"
	(cd "$unpacked" && apt-get -qq -o APT::Sandbox::User=root -o Acquire::Retries=3 download "$package" &&
		dpkg-deb -x ./*.deb .)
	mkdir -p "$tree/usr/lib/modules"
	cp -a "$unpacked"{,/usr}"/lib/modules/$version" "$tree/usr/lib/modules/" 2>/dev/null ||
		[[ -d $tree/usr/lib/modules/$version/kernel ]]
	chroot "$tree" depmod "$version"
	cp "$unpacked/boot/vmlinuz-$version" "$work/vmlinuz-$series"
}

# An unprivileged user with a home, and nothing that says where the image was built.
add_settings() {
	chroot "$tree" useradd --uid 1000 --create-home --shell /bin/bash tester
	echo ringfence-vm >"$tree/etc/hostname"
	printf '127.0.0.1 localhost ringfence-vm\n::1 localhost\n' >"$tree/etc/hosts"
	rm -f "$tree/etc/resolv.conf"
	: >"$tree/etc/apt/sources.list"
	install -m 755 "$here/vm-init" "$tree/sbin/vm-init"
	install -m 644 "$here/vm-job.service" "$tree/etc/systemd/system/vm-job.service"
}

little_endian32() {
	printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}

# A partition table of one entry: a signature, which the PARTUUID is made of, and a Linux partition.
write_mbr() {
	local disk=$1 sectors=$2 entry
	entry='\0\0\0\0\x83\0\0\0'$(little_endian32 $((PARTITION_OFFSET / 512)))$(little_endian32 "$sectors")
	printf 'RFVM\0\0%b' "$entry" | dd of="$disk" bs=1 seek=440 conv=notrunc status=none
	printf '\x55\xaa' | dd of="$disk" bs=1 seek=510 conv=notrunc status=none
}

make_disk() {
	local disk=$1 kib
	kib=$(du -sk "$tree" | cut -f 1)
	kib=$((kib + kib / 8 + FREE_KIB))
	truncate -s $((PARTITION_OFFSET + kib * 1024)) "$disk"
	mke2fs -q -F -t ext4 -L ringfence-vm -E offset=$PARTITION_OFFSET -d "$tree" "$disk" ${kib}k
	write_mbr "$disk" $((kib * 2))
}

# The key goes last: an image is complete or it is built again.
publish() {
	local series
	rm -f "$outdir/image.key"
	for series in "${KERNELS[@]}"; do
		mv "$work/vmlinuz-$series" "$outdir/"
	done
	mv "$work/rootfs.ext4" "$outdir/"
	image_key >"$outdir/image.key"
}

build() {
	local series package version
	apt-get -qq update || say "apt-get update failed, going on with the package lists at hand"
	kernel_packages >"$work/kernels" || explain_missing_kernel
	# A mirror may have gained a kernel or not: with fresh lists the image at hand can turn out to be current.
	! is_current || return 0

	say "building $outdir/rootfs.ext4 with" "$(cut -d ' ' -f 3 "$work/kernels" | paste -sd ' ')"
	make_tree
	while read -r series package version; do
		add_kernel "$series" "$package"
	done <"$work/kernels"
	add_settings
	make_disk "$work/rootfs.ext4"
	publish
	say "done in $SECONDS s, $(du -m "$outdir/rootfs.ext4" | cut -f 1) MiB"
}

main() {
	[[ $# -eq 1 ]] || die "usage: tests/vm/image.sh OUTDIR"
	mkdir -p "$1"
	outdir=$(cd "$1" && pwd)
	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")

	exec 9>"$outdir/image.lock"
	flock 9
	! is_current || return 0
	if [[ $(id -u) -ne 0 ]]; then
		sudo -n true 2>/dev/null || die "building the image needs root: run 'sudo tests/vm/image.sh $1' once"
		exec 9>&-
		exec sudo -n "$here/image.sh" "$outdir"
	fi
	command -v mmdebstrap >/dev/null || die "mmdebstrap is missing, run tests/deps.sh vm"

	# Beside the result, so that moving it there is a rename; not in /tmp, which may be small or forbid devices.
	work=$(mktemp -d "$outdir/image.XXXXXX")
	tree=$work/tree
	trap 'rm -rf --one-file-system "$work"' EXIT
	build
}

main "$@"

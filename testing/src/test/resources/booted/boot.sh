#!/usr/bin/env bash
# Starts the machine whose files are in ROOT: a systemd of its own as process 1, in mount, network, process, cgroup, host name and IPC
# namespaces of root's. It ends when the machine does.
#
# boot.sh ROOT
set -euo pipefail
[ "${2:-}" = inside ] || exec unshare --mount --net --pid --cgroup --uts --ipc --fork --kill-child bash "$0" "$1" inside

root=$1
ip link set lo up
mount --make-rprivate /
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  : >dev/$device
  mount --bind /dev/$device dev/$device
done
mkdir dev/shm dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp
mkdir -p before
pivot_root . before
umount -l /before
mount --make-rshared /
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=multi-user.target

#!/usr/bin/env bash
# The files of a Debian machine of its own: systemd, what the package depends on, the package itself in /root, and a walk that runs
# whenever the machine has started. Packages come from where this machine takes its own.
#
# image.sh PACKAGE WALK ROOT
set -euo pipefail
# What it mounts is gone with it, however it ends: nobody deletes a folder with the host's devices in it.
[ "${4:-}" = inside ] || exec unshare --mount --propagation private bash "$0" "$@" inside

package=$1 walk=$2 root=$3

sources=/etc/apt/sources.list.d/debian.sources
[ -e $sources ] || sources=/etc/apt/sources.list
depends=$(dpkg-deb --field "$package" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/ //g')
mmdebstrap --quiet --variant=minbase --include="systemd-sysv,dbus,apt,passwd,adduser,procps,tzdata,$depends" \
  "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" "$root" - <"$sources"
cp "$package" "$root/root/counterfoil.deb"
install -m 755 "$walk" "$root/usr/local/sbin/walk"
cat >"$root/etc/systemd/system/walk.service" <<'END'
[Unit]
Description=What the test does on this machine
After=dbus.service

[Service]
Type=exec
ExecStart=/usr/local/sbin/walk
StandardOutput=append:/root/walk.log
StandardError=append:/root/walk.log
END
ln -s /etc/systemd/system/walk.service "$root/etc/systemd/system/multi-user.target.wants/walk.service"
echo machine >"$root/etc/hostname"

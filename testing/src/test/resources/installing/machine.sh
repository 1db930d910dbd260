#!/usr/bin/env bash
# A machine of its own for the commands of docs/operate/installing.md, in mount, network and process namespaces of root's: private
# /etc, /var/lib, /run, /opt and folders of units' users. Users, folders and credentials are made by systemd's own tools. What needs a
# systemd that runs is done here: systemctl starts a unit's own command as the unit's user, with its groups and its credential.
#
# machine.sh ROOT CLONE COMMANDS
set -euo pipefail
root=$1 clone=$2 commands=$3

ip link set lo up
mkdir -p "$root"/{etc,var-lib,home,clone}
cp -a /etc/. "$root/etc/"
mount --bind "$root/etc" /etc
mount --bind "$root/var-lib" /var/lib
for place in /opt /run /usr/local/bin /usr/lib/sysusers.d /usr/lib/tmpfiles.d; do
  mount -t tmpfs -o mode=755 none "$place"
done
mkdir -p /var/lib/systemd /etc/systemd/system

cat >/usr/local/bin/sudo <<'END'
#!/usr/bin/env bash
exec "$@"
END
cat >/usr/local/bin/apt-get <<'END'
#!/usr/bin/env bash
# What the page installs is there: it runs this test.
END
cat >/usr/local/bin/systemctl <<'END'
#!/usr/bin/env bash
set -euo pipefail
value() { sed -n "s/^$2=//p" "/etc/systemd/system/$1.service"; }
groups_of() { [ -n "$1" ] && echo "--groups=$(getent group "$1" | cut -d: -f3)" || echo --clear-groups; }
start() {
  local unit=$1 user groups credential folder
  user=$(value "$unit" User)
  groups=$(value "$unit" SupplementaryGroups)
  credential=$(value "$unit" LoadCredentialEncrypted)
  if [ -n "$credential" ]; then
    folder=/run/credentials/$unit.service
    rm -rf "$folder"
    mkdir -p "$folder"
    systemd-creds decrypt --name="${credential%%:*}" "${credential#*:}" "$folder/${credential%%:*}"
    chmod 400 "$folder/${credential%%:*}"
    chown -R "$user:" "$folder"
  fi
  ulimit -c 0
  ulimit -l unlimited 2>/dev/null || true
  umask 022
  cd /
  rm -f "/run/$unit.stopped"
  # A process of its own, which starts it again as Restart=on-failure does.
  setsid "$0" supervise "$unit" "$user" "$(groups_of "$groups")" >>"/run/$unit.log" 2>&1 </dev/null &
}
supervise() {
  local unit=$1 user=$2 groups=$3 code
  while true; do
    code=0
    # shellcheck disable=SC2046
    setpriv --reuid "$user" --regid "$user" "$groups" -- $(value "$unit" ExecStart) &
    echo $! >"/run/$unit.pid"
    wait $! || code=$?
    if [ "$code" = 0 ] || [ -e "/run/$unit.stopped" ] ||
      [[ " $(value "$unit" RestartPreventExitStatus) " == *" $code "* ]]; then
      return
    fi
    sleep 2
  done
}
stop() {
  local pid
  pid=$(cat "/run/$1.pid")
  touch "/run/$1.stopped"
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
}
verb=$1
shift
if [ "$verb" = supervise ]; then
  supervise "$@"
  exit 0
fi
for word in "$@"; do
  case $word in
    --*) continue ;;
  esac
  case $verb in
    enable)
      # One that a test has broken; one that runs stays.
      [ ! -e "/run/broken-$word" ] || { echo "$word is broken" >&2; exit 1; }
      [ -e "/run/$word.enabled" ] || start "$word"
      touch "/run/$word.enabled"
      ;;
    is-enabled) [ -e "/run/$word.enabled" ] ;;
    restart) stop "$word" && start "$word" ;;
    *) echo "systemctl $verb is not for this machine" >&2; exit 1 ;;
  esac
done
END
cat >"$root/clone/dev" <<'END'
#!/usr/bin/env bash
# The build made the distribution before this test.
END
chmod 755 /usr/local/bin/* "$root/clone/dev"
cp -r "$clone/deploy" "$root/clone/deploy"
# What the page has a person edit: the issuer is the listener, since no proxy speaks TLS here.
sed -i 's#https://login.example#http://127.0.0.1:8480#' "$root"/clone/deploy/etc/*.yaml
ln -s "$clone/cli/target" "$root/clone/dist"

cd "$root/clone"
export HOME=$root/home
told() {
  echo "FAILED, exit code $?"
  for log in /run/*.log; do
    echo "--- $log"
    tail -40 "$log"
  done
  exit 1
}
bash -eu "$commands" || told

#!/usr/bin/env bash
# Runs at each start of the machine. First it installs the package and lives through what happens to hosts; then it contains a theft.
set -euo pipefail
trap 'code=$?; [ $code -eq 0 ] || { journalctl -b --no-pager -u "counterfoil-*" | tail -n 60; echo "## failed with $code"; }; systemctl poweroff' EXIT
cd /root
units=(registrar signer authority monitor)

say() { printf '## %s\n' "$*"; }
is_good() {
  counterfoil token --client shop --out "$1"
  counterfoil verify "$1" --audience mail --report-as mail
}
until_good() {
  local end=$((SECONDS + 300))
  until is_good "$1" >"$1.said" 2>&1; do
    [ $SECONDS -lt $end ] || { cat "$1.said"; return 1; }
    sleep 1
  done
  grep -o 'VERIFIED' "$1.said" | head -n 1
}

if [ ! -e installed ]; then
  say installs
  apt-get install -y -qq ./counterfoil.deb
  for unit in "${units[@]}"; do systemctl is-active "counterfoil-$unit" && exit 9 || true; done
  counterfoil-setup trial
  say 'first token'
  counterfoil client add shop --tenant contoso --audience mail --scope read
  counterfoil client add mail --tenant counterfoil --audience counterfoil-monitor --scope counterfoil:sightings --make-key
  until_good first
  say protection
  counterfoil signer doctor
  say 'host life'
  adduser --quiet --disabled-password --gecos '' visitor
  chsh -s /bin/sh visitor
  ln -sf /usr/share/zoneinfo/Asia/Kolkata /etc/localtime
  journalctl --quiet --rotate --vacuum-size=1M
  echo '# no servers' >/etc/resolv.conf.new && mv /etc/resolv.conf.new /etc/resolv.conf
  until_good lived
  say 'each alone'
  for unit in monitor authority signer registrar; do
    systemctl restart "counterfoil-$unit"
    until_good "after-$unit"
  done
  touch installed
  say 'stops'
  exit
fi

say 'second start'
until_good second
for unit in "${units[@]}"; do systemctl is-active "counterfoil-$unit"; done
say killed
systemctl kill --signal=KILL counterfoil-signer
until_good after-kill
say forged
counterfoil token --client shop --forge --out forged
counterfoil verify forged --audience mail --report-as mail || echo "refused: $?"
for _ in $(seq 60); do
  counterfoil findings --kind unknown-key >findings || break
  sleep 1
done
grep -o 'unknown-key' findings | head -n 1
say contained
useradd another
counterfoil compromise s1 --yes
until_good last
say removed
apt-get remove -y -qq counterfoil
systemctl list-units --no-legend 'counterfoil-*' | grep . && exit 9 || echo 'no unit is left'
say done

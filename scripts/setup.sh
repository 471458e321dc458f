#!/usr/bin/env bash
# Installs what is missing: system packages where it may, then .venv/ with the command emv-harness.
# Idempotent, and quick the second time. Usage: scripts/setup.sh run|test
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:-run}
state=.setup
mkdir -p "$state"

say() { printf '%s\n' "setup: $*" >&2; }

system_packages=(pcscd libccid vsmartcard-vpcd libpcsclite-dev gcc pkg-config swig python3-dev python3-venv)
[ "$purpose" = test ] && system_packages+=(pcsc-tools cardpeek)

missing_packages() {
  local package
  for package in "${system_packages[@]}"; do
    dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || printf '%s ' "$package"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then env DEBIAN_FRONTEND=noninteractive "$@"
  else sudo -n env DEBIAN_FRONTEND=noninteractive "$@"; fi
}

install_system_packages() {
  command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || {
    say "not a Debian or Ubuntu system: for the PC/SC part install pcscd, libccid, the vpcd driver and pcsc-lite's headers by hand"
    return 0
  }
  local missing
  missing=$(missing_packages)
  [ -z "$missing" ] && return 0
  if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
    say "the PC/SC part needs root once: apt-get install $missing"
    return 0
  fi
  say "installing system packages: $missing"
  # shellcheck disable=SC2086
  { as_root apt-get install -y --no-install-recommends $missing ||
    { as_root apt-get update && as_root apt-get install -y --no-install-recommends $missing; }
  } >"$state/apt.log" 2>&1 || say "apt-get failed (see $state/apt.log): the in-process part still runs"
}

find_python() {
  local name
  for name in python3.11 python3.12 python3.13 python3.14 python3; do
    if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return 0
    fi
  done
  say "no Python 3.11 or newer with venv was found: install python3 and python3-venv"
  return 1
}

install_python_packages() {
  local extras=$1 stamp want python
  want=$( { cat pyproject.toml constraints.txt scripts/setup.sh; echo "$extras"; pwd; } | sha256sum | cut -d' ' -f1)
  stamp=$state/python-packages
  if [ -x .venv/bin/emv-harness ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then
    return 0
  fi
  python=$(find_python)
  say "preparing .venv with $("$python" --version)"
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m pip install --disable-pip-version-check -q -c constraints.txt -e ".[$extras]" \
    >"$state/pip.log" 2>&1 || return 1
  # Start-up is a budget, and some environments forbid Python to write these by itself.
  .venv/bin/python -m compileall -q harness || true
  echo "$want" >"$stamp"
}

install_system_packages
# gmpy2 and pyscard are worth having and not needed: without them everything but real PC/SC works.
installed=""
for extras in dev,fast,pcsc dev,pcsc dev,fast dev; do
  if [ "$extras" != "${extras/pcsc/}" ] && [ ! -e /usr/include/PCSC/winscard.h ]; then continue; fi
  if install_python_packages "$extras"; then installed=$extras; break; fi
  say "installing the extras [$extras] failed (see $state/pip.log)"
done
[ -n "$installed" ] || { say "the Python packages could not be installed; the last lines were:"; tail -5 "$state/pip.log" >&2; exit 1; }
case $installed in *pcsc*) ;; *) say "without pyscard: readers over PC/SC are not available (needs gcc and libpcsclite-dev, then: .venv/bin/pip install -e .[pcsc])";; esac

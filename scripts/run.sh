#!/usr/bin/env bash
# The main job: the acceptance run over every virtual card, in process and, where possible, behind
# a real pcscd that this script starts for itself (the system's daemon is left alone).
set -uo pipefail
cd "$(dirname "$0")/.."
out=bench-runs/$(date -u +%Y-%m-%dT%H-%M-%S)
reason=$(.venv/bin/python -m harness.testing.private_pcscd --check 2>&1) && private=yes || private=no
if [ "$private" = yes ]; then
  # Both options concern only the readers that are started here.
  exec .venv/bin/python -m harness.testing.private_pcscd -- .venv/bin/emv-harness run \
    --reader virtual --reader vpcd --allow-state-change --own-test-keys --out "$out"
fi
printf '%s\n' "PC/SC part left out: ${reason##*$'\n'}" >&2
exec .venv/bin/emv-harness run --reader virtual --out "$out"

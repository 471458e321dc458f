#!/usr/bin/env bash
# Coverage-guided fuzzing of the decoders, and the virtual card against its model, side by side.
# Usage: scripts/fuzz.sh [MINUTES]
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-10}
seconds=$((minutes * 60))
if [ "$seconds" -eq 0 ]; then
  seconds=10
fi
if ! .venv/bin/python -c 'import atheris' 2>/dev/null; then
  .venv/bin/python -m pip install -q -c constraints.txt 'atheris>=2.3' || {
    echo "fuzz: atheris could not be installed (it ships wheels for Linux x86-64)" >&2
    exit 3
  }
fi
corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT
.venv/bin/python scripts/fuzz_seeds.py "$corpus"
.venv/bin/python scripts/fuzz_card.py "$minutes" &
card=$!
.venv/bin/python scripts/fuzz_codec.py "$corpus" -max_len=4096 -timeout=5 -print_final_stats=1 \
  -max_total_time="$seconds"
wait "$card"

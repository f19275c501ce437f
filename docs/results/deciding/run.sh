#!/usr/bin/env bash
# best, small and best's members on real films, encoders frozen: scored on dev; then, nothing trained again, on test.
# From the repository's root: docs/results/deciding/run.sh CORPUS TEXT_ENCODER VISION_ENCODER OUT
set -euo pipefail
corpus=$1 text=$2 vision=$3 out=$4
export OMP_NUM_THREADS=1
for split in dev test; do
  rm -f "$out/comparison.json"  # two calls make one: the second keeps what the first found, on one split
  for asked in "knowledge-graph,centralnet,gmu --seeds 3" "best,small"; do
    # shellcheck disable=SC2086 -- the models and their seeds are several words
    .venv/bin/cinefuse compare --corpus "$corpus" --models $asked --out "$out" --resume --split "$split" \
      --set profile=frozen --set "text_encoder=$text" --set "vision_encoder=$vision"
  done
  cp "$out/comparison.json" "$out/comparison-$split.json"
done

#!/usr/bin/env bash
# The seven models on real films, two at a time on two cores; then their table.
# From the repository's root: docs/results/open/run.sh CORPUS TEXT_ENCODER VISION_ENCODER OUT
set -euo pipefail
corpus=$1 text=$2 vision=$3 out=$4
export OMP_NUM_THREADS=1
mkdir -p "$out"

train() {
  for recipe in "$@"; do
    settings=(--set profile=two-cores)
    case $recipe in *-fusion | bert-text) settings+=(--set "text_encoder=$text") ;; esac
    case $recipe in *-fusion | resnet-vision) settings+=(--set "vision_encoder=$vision") ;; esac
    .venv/bin/cinefuse train "$recipe" --corpus "$corpus" --out "$out/$recipe" --resume "${settings[@]}"
  done
}

train late-fusion attention-fusion lstm-text &
other=$!
train bert-text early-fusion resnet-vision cnn-vision
wait "$other"
.venv/bin/cinefuse compare --corpus "$corpus" --out "$out" --resume --set profile=two-cores \
  --set "text_encoder=$text" --set "vision_encoder=$vision"

#!/bin/sh
# Everything from the registries, into EASEL_TRAIN (default /work/train): environment, icon sets, glyph bank, words, emoji, notes.
# The tokenizer is part of the model folder and stays fixed once weights exist; build_tokenizer.py made it.
# With --concepts N also what another number of concepts needs, beside the shipped one: its list and its judge (some minutes).
set -e
here=$(cd "$(dirname "$0")" && pwd)
export EASEL_TRAIN=${EASEL_TRAIN:-/work/train}
work=$EASEL_TRAIN
mkdir -p "$work/node" "$work/log" "$work/data"
[ -x "$work/venv/bin/python" ] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q -r "$here/requirements.txt"
cp "$here/bank/package.json" "$work/node/package.json"
(cd "$work/node" && npm install --no-audit --no-fund --ignore-scripts)
node "$here/bank/build-bank.mjs"
node "$here/bank/build-words.mjs"
node "$here/bank/build-emoji.mjs"
"$work/venv/bin/python" "$here/annotate.py"
[ "$1" = --concepts ] || exit 0
export EASEL_CONCEPTS=$2
"$work/venv/bin/python" "$here/concepts.py"
for part in prompts train_judge references calibrate notices; do "$work/venv/bin/python" "$here/../judge/$part.py"; done

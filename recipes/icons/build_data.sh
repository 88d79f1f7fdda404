#!/bin/sh
# Everything from the registries, into EASEL_TRAIN (default /work/train): environment, icon sets, glyph bank, notes.
# The tokenizer is part of the model folder and stays fixed once weights exist; build_tokenizer.py made it.
set -e
here=$(cd "$(dirname "$0")" && pwd)
work=${EASEL_TRAIN:-/work/train}
mkdir -p "$work/node" "$work/log"
[ -x "$work/venv/bin/python" ] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q -r "$here/requirements.txt"
cp "$here/bank/package.json" "$work/node/package.json"
(cd "$work/node" && npm install --no-audit --no-fund --ignore-scripts)
EASEL_TRAIN=$work node "$here/bank/build-bank.mjs"
EASEL_TRAIN=$work "$work/venv/bin/python" "$here/annotate.py"

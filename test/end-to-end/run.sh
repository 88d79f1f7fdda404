#!/usr/bin/env bash
# The end-to-end tests: a built VSIX in a real VS Code in a real browser. Ends with "N passed, N failed, N skipped".
# usage: test/end-to-end/run.sh [VSIX]     without one, `npm run package` builds it for this platform
# EASEL_EDITOR_DIR says where the editor lies (or is put); pictures of the screen are kept in test-results/.
set -euo pipefail
cd "$(dirname "$0")/../.."
vsix=${1:-}
export EASEL_EDITOR_DIR=${EASEL_EDITOR_DIR:-$PWD/.cache/editor}
test/end-to-end/setup-editor.sh "$EASEL_EDITOR_DIR" >&2
if [ -z "$vsix" ]; then
  npm run --silent package -- --target linux-x64 >&2
  vsix=$(find out -name '*-linux-x64-*.vsix' -print0 | xargs -0 -r ls -t | head -1)
  [ -n "$vsix" ] || { echo "npm run package left no linux-x64 VSIX in out/" >&2; exit 1; }
fi
EASEL_VSIX=$(realpath "$vsix") exec npx mocha --config test/end-to-end/.mocharc.json

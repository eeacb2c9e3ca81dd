#!/usr/bin/env bash
# Prefect's server with its UI from PyPI in the cache folder given, once. A newer fastapi breaks it.
set -euo pipefail
version=3.8.8
target="$1/prefect-$version"
"$target/bin/python" -c "import importlib.metadata as m; assert m.version('prefect') == '$version'" 2>/dev/null && exit 0
rm -rf "$target"
python3 -m venv "$target"
"$target/bin/pip" install -q --disable-pip-version-check "prefect==$version" 'fastapi==0.139.*'

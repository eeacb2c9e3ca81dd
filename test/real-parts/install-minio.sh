#!/usr/bin/env bash
# Builds MinIO with its console from its Go module into the cache folder given, once.
set -euo pipefail
version=v0.0.0-20260212201848-7aac2a2c5b7c
target="$1/minio-${version##*-}"
[ -x "$target" ] && exit 0
draft=$(mktemp -d)
GOBIN="$draft" CGO_ENABLED=0 go install -ldflags '-s -w' "github.com/minio/minio@$version"
mv "$draft/minio" "$target"
rm -rf "$draft"

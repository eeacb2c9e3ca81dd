#!/usr/bin/env bash
# Keycloak's distribution from Maven Central into the cache folder given, once, built for its embedded database so that
# a start takes no build. Needs Maven, and Java 17 to run.
set -euo pipefail
version=26.4.0
target="$1/keycloak-$version"
[ -x "$target/bin/kc.sh" ] && exit 0
draft=$(mktemp -d "$1/keycloak.XXXXXX")
trap 'rm -rf "$draft"' EXIT
mvn -q -B dependency:copy "-Dartifact=org.keycloak:keycloak-quarkus-dist:$version:zip" "-DoutputDirectory=$draft"
python3 -m zipfile -e "$draft/keycloak-quarkus-dist-$version.zip" "$draft"
chmod +x "$draft/keycloak-$version/bin/kc.sh"
"$draft/keycloak-$version/bin/kc.sh" build --db=dev-file >"$draft/build.log" 2>&1 || { cat "$draft/build.log"; exit 1; }
rm -rf "$target"
mv "$draft/keycloak-$version" "$target"

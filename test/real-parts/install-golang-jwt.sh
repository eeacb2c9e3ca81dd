#!/usr/bin/env bash
# golang-jwt and keyfunc in the cache folder given, once, and `build SOURCES OUTPUT`, which builds a program with them.
# Needs Go >= 1.25. keyfunc 3.9 wants a module that the proxy does not have.
set -euo pipefail
version=5.3.1
target="$1/golang-jwt-$version"
[ -x "$target/build" ] && exit 0
mkdir -p "$target"
cd "$target"
rm -f go.mod go.sum
go mod init beamgate.test/check 2>/dev/null
cat > needed.go <<'GO'
package main

import (
	_ "github.com/MicahParks/keyfunc/v3"
	_ "github.com/golang-jwt/jwt/v5"
)

func main() {}
GO
go get "github.com/golang-jwt/jwt/v5@v$version" github.com/MicahParks/keyfunc/v3@v3.8.0 2>/dev/null
go build -o /dev/null .
cat > build.new <<'SH'
#!/usr/bin/env bash
set -euo pipefail
cp "$(dirname "$0")/go.mod" "$(dirname "$0")/go.sum" "$1/"
cd "$1"
GOPROXY=off exec go build -o "$2" .
SH
chmod +x build.new
mv build.new build

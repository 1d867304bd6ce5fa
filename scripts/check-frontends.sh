#!/usr/bin/env bash
# Checks both front ends: their types are those of the API, everything type-checks, WeChat's own compiler takes the WeChat build, what a
# browser loads first is small, and web/dist is what a fresh build makes. Without Node one line says what was not covered.
set -eu
cd "$(dirname "$0")/.."
if ! command -v npm >/dev/null; then
  echo "not covered: Node is not installed; the front ends are neither checked nor built"
  exit 0
fi
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

# compare FRONT: the committed build is what the source makes.
compare() {
  diff -rq "web/dist/$1" "$fresh/$1" || { echo "web/dist/$1 is not what its source makes: run \`make frontends\` and commit it"; exit 1; }
}

cd miniprogram
npm ci --no-audit --no-fund --loglevel=error
npm run --silent check
npm run --silent weixin >"$fresh/weixin.log" 2>&1 || { cat "$fresh/weixin.log"; exit 1; }
echo "WeChat build: $(grep -c '^ok' "$fresh/weixin.log") templates, packages and icons in order"
CI=true UNI_OUTPUT_DIR="$fresh/m" npx uni build >"$fresh/m.log" 2>&1 || { cat "$fresh/m.log"; exit 1; }
npm run --silent size | tail -1
cd ..
compare m

cd web/admin
npm ci --no-audit --no-fund --loglevel=error
npm run --silent check
npx vite build --outDir "$fresh/admin" --emptyOutDir --logLevel error
npm run --silent size | tail -1
cd ../..
compare admin

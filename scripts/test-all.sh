#!/usr/bin/env bash
# Every test: Go's, then those that drive the real server in a browser. Without Node or Chromium one line says what was not covered.
set -eu
cd "$(dirname "$0")/.."
"${GO:-go}" test -timeout 14m ./...
if command -v npm >/dev/null && command -v chromium >/dev/null; then
  make --no-print-directory browser
else
  echo "not covered: Node or Chromium is not installed; nothing was driven in a browser"
fi

#!/usr/bin/env bash
# Runs uv: the machine's, else the one that make_env.sh put into .venv.
set -euo pipefail
if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
    exec uv "$@"
fi
exec "$(dirname "$0")/../.venv/bin/uv" "$@"

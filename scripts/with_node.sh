#!/usr/bin/env bash
# Runs a command with Node.js 20.19 or later on the path: the machine's, else one put into .venv.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

is_new_enough() {
    "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number);
             process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

if ! { command -v npm >/dev/null && is_new_enough node; }; then
    if [[ ! -x $root/.venv/bin/node ]]; then
        "$root/scripts/uv.sh" pip install --quiet --python "$root/.venv/bin/python" \
            --require-hashes -r "$root/requirements/node.txt" >&2
    fi
    export PATH="$root/.venv/bin:$PATH"
fi
exec "$@"

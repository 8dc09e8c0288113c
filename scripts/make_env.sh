#!/usr/bin/env bash
# Makes .venv: pinned packages, checked by hash, then the given packages of this workspace, editable.
set -euo pipefail
cd "$(dirname "$0")/.."

find_python() {
    for name in python3.11 python3.12 python3.13 python3.14 python3; do
        if "$name" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}

has_uv() { command -v uv >/dev/null && uv --version >/dev/null 2>&1; }

if [[ ! -x .venv/bin/python ]]; then
    python=$(find_python)
    if has_uv; then
        # Without a fitting Python on the machine uv brings one.
        uv venv --python "${python:->=3.11}" .venv
    elif [[ -n $python ]]; then
        "$python" -m venv .venv
    else
        echo "Python 3.11 or later is needed (Debian: apt install python3-venv)." >&2
        exit 1
    fi
fi
if ! has_uv && [[ ! -x .venv/bin/uv ]]; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check uv
fi

uv_pip() { scripts/uv.sh pip install --quiet --python .venv/bin/python "$@"; }

uv_pip --require-hashes -r requirements/build.txt -r requirements/runtime.txt \
    -r requirements/dev.txt --compile-bytecode
editable=()
for package in "$@"; do editable+=(-e "$package"); done
uv_pip --no-deps --no-build-isolation "${editable[@]}"
.venv/bin/python -m compileall -q "${@/%//src}"

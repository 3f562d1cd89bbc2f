#!/bin/sh
# Prints the Python that Curtsy's environment is made with: 3.11 or newer, able to make a virtual environment.
fit='import sys, venv, ensurepip; raise SystemExit(sys.version_info < (3, 11))'
for name in python3.13 python3.12 python3.11 python3; do
    if python=$(command -v "$name") && "$python" -c "$fit" >/dev/null 2>&1; then
        echo "$python"
        exit 0
    fi
done
cat >&2 <<'ADVICE'
Curtsy needs Python 3.11 or newer with its venv module, and found none on the PATH.
  Debian, Ubuntu:  apt-get install python3 python3-venv
  Fedora:          dnf install python3
  macOS:           brew install python@3.13
ADVICE
exit 1

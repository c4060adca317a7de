#!/bin/sh
# Say whether a Python can make the environment: `tools/python-check.sh PROGRAM`. Used by the Makefile.
python=${1:-python3}
hint="Install a newer Python, or name another one that you have:  make course PYTHON=python3.12"

if ! command -v "$python" >/dev/null 2>&1; then
    echo "This course needs Python 3.11 or newer; found no program called '$python'." >&2
    echo "$hint" >&2
    exit 1
fi
if ! version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); then
    echo "This course needs Python 3.11 or newer; '$python' does not run." >&2
    echo "$hint" >&2
    exit 1
fi
major=${version%%.*} minor=${version#*.}
if [ "$major" -lt 3 ] || { [ "$major" -eq 3 ] && [ "$minor" -lt 11 ]; }; then
    echo "This course needs Python 3.11 or newer; '$python' ($(command -v "$python")) is Python $version." >&2
    echo "$hint" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    echo "'$python' (Python $version) has no modules venv and ensurepip, which make the environment." >&2
    echo "On Debian and Ubuntu install them with:  sudo apt-get install python$version-venv" >&2
    exit 1
fi
echo "Python $version: $(command -v "$python")"

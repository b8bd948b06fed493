# The demonstration while one works on it: Vite serves the pages and reloads them; the program is built again and restarted when a Go file or
# an embedded file changes. Arguments go to wangge. Ends, with everything it started, at Ctrl-C.
set -eu

pages=
server=
stamp=$(mktemp)
stop() {
	trap - EXIT INT TERM
	[ -z "$pages" ] || kill "$pages" 2>/dev/null || true
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	wait
	rm -f "$stamp"
}
trap stop EXIT
trap 'exit 130' INT TERM

build() { CGO_ENABLED=0 go build -buildvcs=false -o bin/wangge ./cmd/wangge; }
changed() {
	find cmd internal geodata go.mod -type f \( -name '*.go' -o -name '*.sql' -o -name '*.yaml' -o -name go.mod \) -newer "$stamp" | head -n 1
}

npm --prefix frontend run dev &
pages=$!
while :; do
	touch "$stamp"
	if build; then
		if [ -n "$server" ]; then
			kill "$server" 2>/dev/null || true
			wait "$server" || true
		fi
		bin/wangge "$@" &
		server=$!
	fi
	while [ -z "$(changed)" ]; do sleep 1; done
	echo 'changed: building again' >&2
done

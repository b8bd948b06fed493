# Names the Go files that gofmt would write differently, and fails if there are any.
set -eu
found=$(find cmd internal frontend geodata deploy -name node_modules -prune -o -name '*.go' -exec gofmt -l {} +)
if [ -n "$found" ]; then
	echo 'not as gofmt writes them (gofmt -w FILE):' >&2
	echo "$found" >&2
	exit 1
fi

# Everything that `make test` runs, from the repository's root: tools, frontend, Go with the race detector, fuzzing, browser. A failing step does
# not keep the others from running; the last lines say what passed. Needs no terminal, no input and no particular user.
#
# GO_TEST_FLAGS adds flags to go test; STEPS names the steps to run instead of all ("go fuzz").
set -u
. deploy/scripts/tools.sh
exec </dev/null
unset MAKEFLAGS MFLAGS MAKELEVEL

summary=''
passed=0
failed=0

# step NAME COMMAND…: runs one step and notes how it went. Returns the command's status.
step() {
	name=$1
	shift
	case " tools ${STEPS:-$name} " in *" $name "*) ;; *) return 0 ;; esac
	printf '\n=== %s\n' "$name"
	began=$(date +%s)
	"$@"
	status=$?
	took=$(($(date +%s) - began))
	if [ "$status" -eq 0 ]; then
		passed=$((passed + 1))
		summary="$summary$(printf '\n  passed  %-10s %5d s' "$name" "$took")"
	else
		failed=$((failed + 1))
		summary="$summary$(printf '\n  FAILED  %-10s %5d s' "$name" "$took")"
	fi
	return "$status"
}

finish() {
	printf '\n=== summary%s\nSteps: %d passed, %d failed\n' "$summary" "$passed" "$failed"
	[ "$failed" -eq 0 ]
	exit $?
}

# Without its tools nothing can be tested: each missing one is named, then the run ends.
tools() {
	missing=0
	for tool in need_go need_cc need_node need_redis need_chromium; do
		"$tool" || missing=1
	done
	[ "$missing" -eq 0 ] || return 1
	go version
	echo "node $(node --version)"
	redis-server --version
	echo "$CHROMIUM_PATH"
	make deploy/postgres/node_modules/.stamp frontend/node_modules/.stamp
}

go_tests() {
	# shellcheck disable=SC2086 # flags are several words
	go vet ./... && go test -race -timeout 30m ${GO_TEST_FLAGS:-} ./...
}

step tools tools || finish
step typecheck npm --prefix frontend run typecheck
step build make build || finish
step unit npm --prefix frontend run test
step go go_tests
step fuzz sh deploy/scripts/fuzz.sh
step browser npm --prefix frontend run e2e
finish

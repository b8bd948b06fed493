# Runs every fuzz target for FUZZ_RUNS inputs (3000) beyond its corpus. They are counted and not timed: a time that ends while Go's workers are
# starting is reported as a failure ("context deadline exceeded") that no input has caused. A failing input is kept by Go under the package's
# testdata/fuzz; commit it with the fix.
set -eu
runs=${FUZZ_RUNS:-3000}

list=$(mktemp)
trap 'rm -f "$list"' EXIT
find cmd internal -name '*_test.go' -exec grep -l '^func Fuzz' {} + | sed 's|/[^/]*$||' | sort -u | while read -r dir; do
	names=$(go test -list '^Fuzz' "./$dir") || { echo "$names" >&2; exit 1; }
	echo "$names" | sed -n "s|^Fuzz|./$dir Fuzz|p"
done >"$list"

count=$(wc -l <"$list")
[ "$count" -gt 0 ] || { echo 'there is no fuzz target' >&2; exit 1; }
echo "$count fuzz targets, $runs inputs each"
failed=0
while read -r dir name; do
	go test -run '^$' -fuzz "^$name\$" -fuzztime "${runs}x" -fuzzminimizetime 1x "$dir" </dev/null || failed=$((failed + 1))
done <"$list"
[ "$failed" -eq 0 ] || { echo "$failed of $count fuzz targets failed" >&2; exit 1; }

# Runs every fuzz target for a few seconds: FUZZ_SECONDS each (5), FUZZ_TOTAL seconds at most for all of them (240). A failing input is kept
# by Go under the package's testdata/fuzz; commit it with the fix.
set -eu
each=${FUZZ_SECONDS:-5}
total=${FUZZ_TOTAL:-240}

list=$(mktemp)
trap 'rm -f "$list"' EXIT
find cmd internal -name '*_test.go' -exec grep -l '^func Fuzz' {} + | sed 's|/[^/]*$||' | sort -u | while read -r dir; do
	names=$(go test -list '^Fuzz' "./$dir") || { echo "$names" >&2; exit 1; }
	echo "$names" | sed -n "s|^Fuzz|./$dir Fuzz|p"
done >"$list"

count=$(wc -l <"$list")
[ "$count" -gt 0 ] || { echo 'there is no fuzz target' >&2; exit 1; }
if [ $((count * each)) -gt "$total" ]; then
	each=$((total / count))
	[ "$each" -gt 0 ] || each=1
fi
echo "$count fuzz targets, ${each} s each"
failed=0
while read -r dir name; do
	go test -run '^$' -fuzz "^$name\$" -fuzztime "${each}s" -fuzzminimizetime 1x "$dir" </dev/null || failed=$((failed + 1))
done <"$list"
[ "$failed" -eq 0 ] || { echo "$failed of $count fuzz targets failed" >&2; exit 1; }

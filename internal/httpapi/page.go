package httpapi

// Lists come in pages: a list is asked for one more item than it shows, and that one says whether there is a next page.

const defaultLimit = 50

// limitOf is how many items a page shows.
func limitOf(asked int) int {
	if asked <= 0 {
		return defaultLimit
	}
	return asked
}

// page cuts a list to its page and tells where the next one begins: behind the last item shown.
func page[T any](items []T, limit int, place func(T) string) (shown []T, next string) {
	if len(items) <= limit {
		return items, ""
	}
	return items[:limit], place(items[limit-1])
}

// views puts every item into its public form; never nil, so that an empty list is [] in JSON.
func views[T, V any](items []T, view func(T) V) []V {
	out := make([]V, 0, len(items))
	for _, item := range items {
		out = append(out, view(item))
	}
	return out
}

-- +goose Up
-- Every sign and every pair of neighbouring signs of a text: with an index on it, a part of two signs or more is found without reading
-- every row, in Chinese as well, and in a database of any locale (trigrams need three signs, and know no Chinese in some locales).
-- +goose StatementBegin
CREATE FUNCTION search_pairs(words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT coalesce(array_agg(DISTINCT substr(t, i, n)), '{}')
    FROM lower(words) t, generate_series(1, 2) n, generate_series(1, length(t) - n + 1) i
$$;
-- +goose StatementEnd
CREATE INDEX incident_words ON incident USING gin (search_pairs(code || ' ' || text || ' ' || address));
CREATE INDEX incident_by_class ON incident (class, reported_at DESC);
-- Figures of a day ask for what was closed since its start.
CREATE INDEX incident_closed ON incident (closed_at) WHERE closed_at IS NOT NULL;

-- +goose Down
DROP INDEX incident_closed, incident_by_class, incident_words;
DROP FUNCTION search_pairs;

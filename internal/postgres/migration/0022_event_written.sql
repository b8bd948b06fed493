-- +goose Up
-- When an event was written, by the log's own clock: "at" is when it happened, which for what devices tell may be long ago. Rows from
-- before have none.
ALTER TABLE event_log ADD COLUMN written timestamptz;
ALTER TABLE event_log ALTER COLUMN written SET DEFAULT clock_timestamp();

-- +goose Down
ALTER TABLE event_log DROP COLUMN written;

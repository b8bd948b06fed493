-- +goose Up
-- Filters of the incident list that people keep for themselves.
CREATE TABLE saved_filter (
    account_id bigint NOT NULL REFERENCES account ON DELETE CASCADE,
    name       text NOT NULL,
    filter     text NOT NULL,
    saved_at   timestamptz NOT NULL,
    PRIMARY KEY (account_id, name)
);

-- +goose Down
DROP TABLE saved_filter;

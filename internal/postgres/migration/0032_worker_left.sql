-- +goose Up
-- Who left serves no more and is kept for what was done.
ALTER TABLE worker ADD COLUMN has_left boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE worker DROP COLUMN has_left;

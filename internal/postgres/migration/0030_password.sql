-- +goose Up
-- A password that somebody else made must be changed at the next sign-in.
ALTER TABLE account ADD COLUMN must_change boolean NOT NULL DEFAULT false, ADD COLUMN last_sign_in timestamptz;
CREATE INDEX account_worker ON account (worker_id) WHERE worker_id IS NOT NULL;

-- +goose Down
DROP INDEX account_worker;
ALTER TABLE account DROP COLUMN must_change, DROP COLUMN last_sign_in;

-- +goose Up
-- Today's figures count what was closed today.
CREATE INDEX incident_closed ON incident (closed_at) WHERE closed_at IS NOT NULL;

-- +goose Down
DROP INDEX incident_closed;

-- +goose Up
CREATE TABLE alarm (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            text NOT NULL,
    key             text NOT NULL,
    severity        text NOT NULL,
    area            text NOT NULL,
    subject         jsonb NOT NULL,
    since           timestamptz NOT NULL,
    raised_at       timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text NOT NULL DEFAULT '',
    note            text NOT NULL DEFAULT '',
    cleared_at      timestamptz,
    version         bigint NOT NULL
);
-- However many nodes look, one alarm is open for one thing.
CREATE UNIQUE INDEX alarm_open ON alarm (kind, key) WHERE cleared_at IS NULL;
CREATE INDEX alarm_raised ON alarm (raised_at);

-- +goose Down
DROP TABLE alarm;

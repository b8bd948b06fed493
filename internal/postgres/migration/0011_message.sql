-- +goose Up
-- Short texts to workers.
CREATE TABLE message (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    worker_id    int NOT NULL REFERENCES worker,
    area         text NOT NULL,           -- where the worker was posted when it was sent
    sender_id    bigint NOT NULL REFERENCES account,
    sender       text NOT NULL,           -- display name at that time
    text         text NOT NULL,
    sent_at      timestamptz NOT NULL,
    delivered_at timestamptz,
    read_at      timestamptz,
    version      bigint NOT NULL
);
CREATE INDEX message_worker ON message (worker_id, id DESC);

-- +goose Down
DROP TABLE message;

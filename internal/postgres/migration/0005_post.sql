-- +goose Up
CREATE TABLE worker (
    id      int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code    text NOT NULL UNIQUE,
    name    text NOT NULL,
    phone   text NOT NULL DEFAULT '',
    duty    text NOT NULL,
    area    text NOT NULL,
    demo    boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1
);
CREATE INDEX worker_area ON worker (area text_pattern_ops);

CREATE TABLE shift (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    worker_id int NOT NULL REFERENCES worker,
    starts    timestamptz NOT NULL,
    ends      timestamptz,                -- null while open-ended
    started   boolean NOT NULL DEFAULT false, -- whether shift.started has been written
    ended     boolean NOT NULL DEFAULT false, -- whether shift.ended has been written
    version   bigint NOT NULL DEFAULT 1,
    CHECK (ends IS NULL OR ends > starts)
);
CREATE INDEX shift_worker ON shift (worker_id, starts);
CREATE INDEX shift_ends ON shift (ends);
-- What the clock looks for every second: shifts whose beginning or end has not been told yet.
CREATE INDEX shift_to_start ON shift (starts) WHERE NOT started;
CREATE INDEX shift_to_end ON shift (ends) WHERE NOT ended AND ends IS NOT NULL;
-- A worker has at most one shift at any instant.
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE shift ADD CONSTRAINT shift_no_overlap EXCLUDE USING gist (worker_id WITH =, tstzrange(starts, ends) WITH &&);

-- +goose Down
DROP TABLE shift, worker;

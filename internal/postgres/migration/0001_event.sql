-- +goose Up
-- What this database is, so that a cursor or an idempotency key of another one is recognised.
CREATE TABLE deployment (
    one     int PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    epoch   bigint NOT NULL,              -- random; part of every event cursor
    created timestamptz NOT NULL DEFAULT now()
);
INSERT INTO deployment (epoch) VALUES (('x' || substr(md5(gen_random_uuid()::text), 1, 15))::bit(60)::bigint);

-- Everything that happens, written in the transaction of the change. Readers order by (xid, id) and stop below pg_snapshot_xmin, so
-- a transaction that commits late is never skipped and commits never queue behind one lock.
CREATE TABLE event_log (
    id        bigint GENERATED ALWAYS AS IDENTITY,
    xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
    kind      text NOT NULL,
    entity    text NOT NULL,
    entity_id text NOT NULL,
    version   bigint NOT NULL,
    area      text NOT NULL,
    at        timestamptz NOT NULL,
    actor     text NOT NULL DEFAULT '',
    data      jsonb NOT NULL,
    PRIMARY KEY (xid, id)
);
CREATE INDEX event_log_at ON event_log USING brin (at);

-- Answers already given to state-changing requests, so that a repeated one is answered alike and done once.
CREATE TABLE idempotency (
    account_id  bigint NOT NULL,
    key         text NOT NULL,
    claim       uuid NOT NULL,            -- which attempt works on it: one that was taken for dead can no longer change anything
    fingerprint bytea NOT NULL,           -- SHA-256 of method, path and body
    changed     boolean NOT NULL DEFAULT false, -- set in the transaction of the change itself
    status      int,                      -- null while the first request is still being worked on
    location    text NOT NULL DEFAULT '', -- of what was created
    body        bytea,
    created     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_created ON idempotency (created);

-- +goose Down
DROP TABLE idempotency, event_log, deployment;

-- +goose Up
CREATE TABLE account (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL UNIQUE CHECK (name = lower(name) AND name <> ''),
    display_name text NOT NULL,
    role         text NOT NULL,
    scope        text NOT NULL,           -- area code
    worker_id    int,
    password     text NOT NULL,           -- argon2id, PHC string
    disabled     boolean NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL DEFAULT now(),
    version      bigint NOT NULL DEFAULT 1
);

-- Server-side sessions. The browser's cookie holds the token, this table only its SHA-256: who reads a backup cannot sign in with it.
CREATE TABLE session (
    key        bytea PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES account,
    address    text NOT NULL,             -- where it was begun
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,      -- last request, to the minute
    expires_at timestamptz NOT NULL       -- the end whatever happens
);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expires ON session (expires_at);

-- Failed sign-ins, for throttling per account and per address on every node alike.
CREATE TABLE sign_in_failure (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    account text NOT NULL,
    address text NOT NULL
);
CREATE INDEX sign_in_failure_account ON sign_in_failure (account, at);
CREATE INDEX sign_in_failure_address ON sign_in_failure (address, at);
CREATE INDEX sign_in_failure_at ON sign_in_failure (at);

-- Who did what, and who looked at whom. Append-only.
CREATE TABLE audit (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    account_id bigint,                    -- null when nobody was signed in
    actor      text NOT NULL,             -- account name at that time
    action     text NOT NULL,             -- "session.start", "session.refused", "shift.start", "track.read" …
    entity     text NOT NULL DEFAULT '',
    entity_id  text NOT NULL DEFAULT '',
    area       text NOT NULL DEFAULT '',
    address    text NOT NULL DEFAULT '',  -- of the caller
    request_id text NOT NULL DEFAULT '',
    detail     jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_entity ON audit (entity, entity_id, id);

-- +goose Down
DROP TABLE audit, sign_in_failure, session, account;

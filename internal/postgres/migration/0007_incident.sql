-- +goose Up
CREATE TABLE incident (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text NOT NULL UNIQUE,
    class       text NOT NULL,
    severity    text NOT NULL,
    state       text NOT NULL,
    text        text NOT NULL,
    address     text NOT NULL DEFAULT '',
    lon         double precision NOT NULL,
    lat         double precision NOT NULL,
    area        text NOT NULL,
    source      text NOT NULL,
    reported_by text NOT NULL,
    reported_at timestamptz NOT NULL,
    closed_at   timestamptz,
    version     bigint NOT NULL
);
CREATE INDEX incident_open ON incident (reported_at DESC, id DESC) WHERE closed_at IS NULL;
CREATE INDEX incident_area ON incident (area text_pattern_ops, reported_at DESC, id DESC);
CREATE INDEX incident_reported ON incident (reported_at DESC, id DESC);

CREATE TABLE incident_entry (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id bigint NOT NULL REFERENCES incident,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    from_state  text NOT NULL DEFAULT '',
    to_state    text NOT NULL,
    note        text NOT NULL DEFAULT ''
);
CREATE INDEX incident_entry_incident ON incident_entry (incident_id, id);

-- Serial numbers of incident codes, one row per district day.
CREATE TABLE incident_serial (
    day    date PRIMARY KEY,
    serial int NOT NULL
);

-- +goose Down
DROP TABLE incident_serial, incident_entry, incident;

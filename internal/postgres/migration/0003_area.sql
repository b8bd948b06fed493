-- +goose Up
CREATE TABLE area (
    id           int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code         text NOT NULL UNIQUE,
    name         text NOT NULL,
    level        text NOT NULL,
    parent       text NOT NULL DEFAULT '',
    kind         text NOT NULL DEFAULT '',
    households   int NOT NULL DEFAULT 0,
    boundary     bytea NOT NULL,          -- WKB MultiPolygon, WGS-84
    label_lon    double precision NOT NULL,
    label_lat    double precision NOT NULL,
    leader_name  text NOT NULL DEFAULT '',
    leader_phone text NOT NULL DEFAULT '',
    demo         boolean NOT NULL DEFAULT false,
    version      bigint NOT NULL DEFAULT 1
);
CREATE INDEX area_parent ON area (parent);

CREATE TABLE building (
    code       text PRIMARY KEY,
    name       text NOT NULL,
    address    text NOT NULL DEFAULT '',
    grid       text NOT NULL,
    households int NOT NULL DEFAULT 0,
    floors     int NOT NULL DEFAULT 0,
    footprint  bytea NOT NULL             -- WKB Polygon, WGS-84
);
CREATE INDEX building_grid ON building (grid);

CREATE TABLE facility (
    code text PRIMARY KEY,
    kind text NOT NULL,
    name text NOT NULL,
    grid text NOT NULL,
    lon  double precision NOT NULL,
    lat  double precision NOT NULL,
    windows int NOT NULL DEFAULT 0        -- service stations: how many 综合窗口
);
CREATE INDEX facility_grid ON facility (grid);

CREATE TABLE street (
    id    int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name  text NOT NULL,
    class text NOT NULL,
    line  bytea NOT NULL                  -- WKB LineString, WGS-84
);

-- One row per import: its id is the revision of the map. An import is worked out from one revision and refused when another came
-- between, so this table is locked while one is written.
CREATE TABLE area_import (
    id      int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    source  text NOT NULL,
    sha256  bytea NOT NULL,
    summary jsonb NOT NULL
);

-- +goose Down
DROP TABLE area_import, street, facility, building, area;

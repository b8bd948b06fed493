-- +goose Up
-- What may send positions. A secret is kept only as SHA-256 (it is 256 bits of randomness, not a password).
CREATE TABLE device (
    id        int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid       text NOT NULL UNIQUE,       -- as the device sends it: IMEI, Traccar id, "user/device" for OwnTracks
    name      text NOT NULL DEFAULT '',
    worker_id int REFERENCES worker,
    secret    bytea,                      -- null: the id alone is enough (many trackers can send nothing else)
    gateway   boolean NOT NULL DEFAULT false, -- may send fixes for every device (a Traccar server)
    disabled  boolean NOT NULL DEFAULT false,
    last_seen timestamptz,
    version   bigint NOT NULL DEFAULT 1
);

-- Whose each device has ever been: with it, a worker's history is found by the key of position, without a second index there.
CREATE TABLE device_worker (
    device_id int NOT NULL REFERENCES device,
    worker_id int NOT NULL REFERENCES worker,
    PRIMARY KEY (worker_id, device_id)
);

-- Ids that sent something and are nobody's: an administrator claims them. Bounded by the program.
CREATE TABLE device_unclaimed (
    uid        text PRIMARY KEY,
    protocol   text NOT NULL,
    address    text NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen  timestamptz NOT NULL,
    tries      bigint NOT NULL
);

-- Every accepted fix, partitioned by district day of the device's time; the default partition takes what clocks gone wrong claim.
-- (device, device time) is there once: clients send again until they are answered.
CREATE TABLE position (
    device_id   int NOT NULL,
    fix_at      timestamptz NOT NULL,     -- the device's own time
    worker_id   int NOT NULL,
    at          timestamptz NOT NULL,     -- what counts for ordering: fix_at, or the server's time when the clock is ahead
    received_at timestamptz NOT NULL,
    lon         int NOT NULL,             -- 1e-7 degree
    lat         int NOT NULL,             -- 1e-7 degree
    grid_id     int NOT NULL,             -- area id, 0 outside
    speed       real,                     -- m/s
    course      real,                     -- degrees
    altitude    real,                     -- metres
    accuracy    real,                     -- metres
    battery     real,                     -- 0 … 1
    flags       int NOT NULL,
    attrs       jsonb,
    PRIMARY KEY (device_id, fix_at)
) PARTITION BY RANGE (fix_at);
CREATE TABLE position_default PARTITION OF position DEFAULT;
CREATE INDEX position_at ON position USING brin (at);
-- Fixes of clocks gone wrong (FlagClockWrong) are the few whose "at" is not their "fix_at": the newest of them is found here.
CREATE INDEX position_clock ON position (device_id, at) WHERE flags & 1 = 1;

-- Which grid each worker is in, after hysteresis: changes are events.
CREATE TABLE worker_grid (
    worker_id int PRIMARY KEY REFERENCES worker,
    grid_id   int NOT NULL,               -- 0 outside
    since     timestamptz NOT NULL,
    version   bigint NOT NULL
);

-- +goose Down
DROP TABLE worker_grid, position, device_unclaimed, device_worker, device;

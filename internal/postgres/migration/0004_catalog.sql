-- +goose Up
-- Classes of incident, keyed by (standard, kind, code): the 2013 and 2026 standards number differently (domain.md §1).
CREATE TABLE incident_class (
    standard text NOT NULL,
    kind     text NOT NULL,               -- "matter" 事项, "component" 部件, "grid" 网格治理
    code     text NOT NULL,
    name     text NOT NULL,
    name_en  text NOT NULL,
    severity text NOT NULL,               -- default severity
    sort     int NOT NULL,
    PRIMARY KEY (standard, kind, code)
);

-- +goose Down
DROP TABLE incident_class;

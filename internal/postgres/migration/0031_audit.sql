-- +goose Up
-- What the audit log is looked through by, newest first.
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_action ON audit (action text_pattern_ops, id);
CREATE INDEX audit_area ON audit (area text_pattern_ops, id);

-- +goose Down
DROP INDEX audit_actor, audit_action, audit_area;

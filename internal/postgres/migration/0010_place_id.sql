-- +goose Up
-- Numbers for buildings and facilities, short enough for links and map tiles. A number stays with its code over imports.
ALTER TABLE building ADD COLUMN id int GENERATED ALWAYS AS IDENTITY UNIQUE;
ALTER TABLE facility ADD COLUMN id int GENERATED ALWAYS AS IDENTITY UNIQUE;

-- +goose Down
ALTER TABLE facility DROP COLUMN id;
ALTER TABLE building DROP COLUMN id;

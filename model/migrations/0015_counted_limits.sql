-- +goose Up
-- What a deadline was counted from, so that it can be counted again: the day 0 and the working days. Empty: a person named the day.
ALTER TABLE request_helper ADD COLUMN counted_from text NOT NULL DEFAULT '';
ALTER TABLE request_helper ADD COLUMN counted_days bigint NOT NULL DEFAULT 0;
ALTER TABLE request_revisit ADD COLUMN counted_from text NOT NULL DEFAULT '';
ALTER TABLE request_revisit ADD COLUMN counted_days bigint NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE request_revisit DROP COLUMN counted_days;
ALTER TABLE request_revisit DROP COLUMN counted_from;
ALTER TABLE request_helper DROP COLUMN counted_days;
ALTER TABLE request_helper DROP COLUMN counted_from;

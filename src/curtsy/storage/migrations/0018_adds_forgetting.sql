-- 1 when what a finished task knew of people in words is gone: its note, and what was read of a profile.
ALTER TABLE tasks ADD COLUMN wiped BIGINT NOT NULL DEFAULT 0;
CREATE INDEX tasks_with_words ON tasks (finished_at) WHERE finished_at IS NOT NULL AND wiped = 0;

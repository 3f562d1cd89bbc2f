-- What keeps every question as cheap beside ten million finished tasks as beside none, and what lets them go.

-- The list by status, and the counts, without walking over what is in another state. It does what tasks_of_team did.
CREATE INDEX tasks_by_state ON tasks (team_id, state, id);
DROP INDEX tasks_of_team;
-- Tasks that were put off. A new one is due at once and costs this index nothing.
CREATE INDEX tasks_put_off ON tasks (member_id, not_before) WHERE state = 'queued' AND not_before > created_at;
CREATE INDEX tasks_doubted ON tasks (doubt_since) WHERE state = 'unconfirmed';
CREATE INDEX pauses_by_cause ON pauses (member_id, cause, since);

-- 1 when a task keeps only what guards its person from a second invitation.
ALTER TABLE tasks ADD COLUMN pruned BIGINT NOT NULL DEFAULT 0;
CREATE INDEX tasks_finished ON tasks (finished_at) WHERE finished_at IS NOT NULL AND pruned = 0;
CREATE INDEX tasks_merged ON tasks (same_as) WHERE same_as IS NOT NULL;

-- What a member allows of themselves: whether each invitation waits for their yes, and ceilings below the team's pace.
ALTER TABLE members ADD COLUMN approve_first BIGINT NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN own_day BIGINT;
ALTER TABLE members ADD COLUMN own_week BIGINT;

-- When the member said yes; and who is to be invited, as the member's browser read them for that.
ALTER TABLE tasks ADD COLUMN approved_at BIGINT;
ALTER TABLE tasks ADD COLUMN person TEXT;
CREATE INDEX tasks_approved ON tasks (member_id, kind, id) WHERE state = 'queued' AND approved_at IS NOT NULL;

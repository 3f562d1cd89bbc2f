-- When a member works, what is read for callers, and how long they have been here. Members of before are not warmed up.
ALTER TABLE members ADD COLUMN hours TEXT;
ALTER TABLE members ADD COLUMN warm_up BIGINT NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN warm_from BIGINT;
ALTER TABLE members ADD COLUMN profile_reads BIGINT NOT NULL DEFAULT 100;
ALTER TABLE members ADD COLUMN connection_reads BIGINT NOT NULL DEFAULT 10;

-- Whether the LinkedIn account pays, as the browser last read; null while nobody has said.
ALTER TABLE agents ADD COLUMN premium BIGINT;

-- An act with a note, and a read that a caller asked for: both have windows of their own.
ALTER TABLE attempts ADD COLUMN noted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN read_kind TEXT;
CREATE INDEX attempts_noted ON attempts (account, started_at) WHERE noted = 1;
CREATE INDEX attempts_reads ON attempts (member_id, read_kind, leased_at) WHERE read_kind IS NOT NULL;
CREATE INDEX tasks_profiles_read ON tasks (member_id, profile_key, finished_at)
    WHERE kind = 'fetch_profile' AND state = 'completed';

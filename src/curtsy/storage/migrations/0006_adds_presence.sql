-- Whether it was told that a browser is gone, so that it is told once, and its return too.
ALTER TABLE agents ADD COLUMN told_offline BIGINT NOT NULL DEFAULT 0;
CREATE INDEX agents_going ON agents (last_seen_at) WHERE revoked_at IS NULL AND told_offline = 0;

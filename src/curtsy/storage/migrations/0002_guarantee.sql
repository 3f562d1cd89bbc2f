-- What a caller was answered, by the key it sent along; whether doubt that was looked at twice may lead to a second act.

CREATE TABLE answers (
    team_id TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (team_id, key)
);
CREATE INDEX answers_by_age ON answers (at);

ALTER TABLE teams ADD COLUMN absence_requeues BIGINT NOT NULL DEFAULT 0;

-- From when "not pending" may count: the start, or the restore of a backup, after which any browser may have acted.
ALTER TABLE tasks ADD COLUMN doubt_since BIGINT;
UPDATE tasks SET doubt_since = started_at;

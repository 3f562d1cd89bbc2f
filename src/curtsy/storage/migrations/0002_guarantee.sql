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

-- Who LinkedIn says the person is, beside what the caller asked for, which stays as it was.
ALTER TABLE tasks ADD COLUMN resolved_urn TEXT;
UPDATE tasks SET resolved_urn = profile_urn WHERE started_at IS NOT NULL;

-- What one team's browsers say of names and installations is nothing to another team.
DROP TABLE known_slugs;
CREATE TABLE known_names (
    team_id TEXT NOT NULL,
    name TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, name)
);
DROP INDEX agents_one_installation;
CREATE UNIQUE INDEX agents_one_installation ON agents (team_id, installation_id) WHERE revoked_at IS NULL;

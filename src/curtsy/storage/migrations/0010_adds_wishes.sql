-- What a caller wishes besides: words of their own, and what becomes of a note that LinkedIn does not take.
ALTER TABLE tasks ADD COLUMN metadata TEXT;
ALTER TABLE tasks ADD COLUMN note_wish TEXT NOT NULL DEFAULT 'require';

CREATE TABLE task_metadata (
    team_id TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    task_id TEXT NOT NULL,
    PRIMARY KEY (team_id, key, value, task_id)
);
CREATE INDEX task_metadata_of_task ON task_metadata (task_id);

-- The team whose calls a team of the test world rehearses; null for a team that means it.
ALTER TABLE teams ADD COLUMN rehearses TEXT;
CREATE INDEX teams_rehearsing ON teams (rehearses) WHERE rehearses IS NOT NULL;

-- What happens next to a task of the test world, and when.
CREATE TABLE rehearsals (task_id TEXT PRIMARY KEY, team_id TEXT NOT NULL, step TEXT NOT NULL, due_at BIGINT NOT NULL);
CREATE INDEX rehearsals_due ON rehearsals (due_at);

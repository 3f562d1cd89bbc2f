-- What becomes of an invitation after it was sent: pending, accepted, withdrawn or gone.
CREATE TABLE invitations (
    task_id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    profile_key TEXT NOT NULL,
    state TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    accepted_at BIGINT,
    checked_at BIGINT,
    missed_at BIGINT
);
CREATE INDEX invitations_pending ON invitations (member_id, sent_at) WHERE state = 'pending';

-- When a member's invitations are looked for next; no row: nothing is pending.
CREATE TABLE checks (member_id TEXT PRIMARY KEY, team_id TEXT NOT NULL, due_at BIGINT NOT NULL);
CREATE INDEX checks_due ON checks (due_at);

-- Invitations that a member made without us: they count in what LinkedIn allows, and are no task.
CREATE TABLE invitations_by_hand (
    account TEXT NOT NULL,
    profile_key TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (account, profile_key)
);
CREATE INDEX invitations_by_hand_by_age ON invitations_by_hand (sent_at);

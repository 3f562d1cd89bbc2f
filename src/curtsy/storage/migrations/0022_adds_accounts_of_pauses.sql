-- The LinkedIn account that a pause is about: what LinkedIn did to it stays with it, whoever pairs it next.
ALTER TABLE pauses ADD COLUMN account TEXT;
CREATE INDEX pauses_of_account ON pauses (account, since) WHERE account IS NOT NULL;

-- Invitations that are being sent, or of which nobody knows yet whether they were: colleagues ask nobody of those.
CREATE INDEX tasks_acting ON tasks (team_id, profile_key, member_id)
    WHERE kind = 'send_connection_request' AND state IN ('started', 'unconfirmed', 'needs_review');

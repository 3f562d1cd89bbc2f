-- Who made a sign-in link for somebody else, and whose link opened a session: such a session may not say what only the
-- member may. NULL: the member's own, or made by whoever runs the server.
ALTER TABLE sign_ins ADD COLUMN lent_by TEXT;
ALTER TABLE sessions ADD COLUMN lent_by TEXT;
CREATE INDEX sign_ins_lent ON sign_ins (member_id, expires_at) WHERE lent_by IS NOT NULL;

-- People whom a team leaves alone: for a time, because of what they or we did, or for good, because somebody said so.

-- What was heard of a person, from when, and by whom; with a team it counts for everybody in it.
ALTER TABLE cooldowns ADD COLUMN team_id TEXT;
ALTER TABLE cooldowns ADD COLUMN reason TEXT NOT NULL DEFAULT 'cannot_resend_yet';
ALTER TABLE cooldowns ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
-- The name under which the person was asked, as a key, where profile_key is LinkedIn's id for them.
ALTER TABLE cooldowns ADD COLUMN other_key TEXT;
CREATE INDEX cooldowns_of_team ON cooldowns (team_id, profile_key, until) WHERE team_id IS NOT NULL;
CREATE INDEX cooldowns_by_name ON cooldowns (team_id, other_key) WHERE team_id IS NOT NULL AND other_key IS NOT NULL;

-- One entry a person as somebody named them; profile is null once the person was forgotten.
CREATE TABLE do_not_contact (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    profile TEXT,
    reason TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_at BIGINT NOT NULL
);
CREATE INDEX do_not_contact_of_team ON do_not_contact (team_id, id);
-- Everything the person of an entry is known by: ids and names.
CREATE TABLE do_not_contact_names (
    team_id TEXT NOT NULL,
    name TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    PRIMARY KEY (team_id, name, entry_id)
);
CREATE INDEX do_not_contact_names_of_entry ON do_not_contact_names (entry_id);

CREATE INDEX known_names_of_id ON known_names (team_id, profile_id);

-- What was lifted, by whom, and why; nothing changes or removes a row.
CREATE TABLE lifted (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    what TEXT NOT NULL,
    profile TEXT,
    reason TEXT NOT NULL,
    lifted_by TEXT NOT NULL,
    lifted_at BIGINT NOT NULL,
    stood_because TEXT NOT NULL,
    stood_since BIGINT NOT NULL
);
CREATE INDEX lifted_of_team ON lifted (team_id, id);

-- Whom a team waits for an answer of, and who of it.
CREATE INDEX invitations_of_person ON invitations (team_id, profile_key) WHERE state = 'pending';
CREATE INDEX checks_of_team ON checks (team_id);

-- A fingerprint of the note that went out, so that one can see that it goes out again and again.
ALTER TABLE invitations ADD COLUMN note_hash TEXT;
CREATE INDEX invitations_by_note ON invitations (member_id, note_hash, sent_at) WHERE note_hash IS NOT NULL;

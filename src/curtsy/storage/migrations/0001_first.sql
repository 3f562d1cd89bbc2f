-- Text ids, integer milliseconds since 1970, JSON as text: the same words for SQLite and PostgreSQL.

CREATE TABLE house (name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO house (name, value) VALUES ('incarnation', '1');

CREATE TABLE teams (id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at BIGINT NOT NULL);

CREATE TABLE members (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    joined_at BIGINT NOT NULL,
    removed_at BIGINT,
    day BIGINT NOT NULL,
    week BIGINT NOT NULL,
    spacing_from_s BIGINT NOT NULL,
    spacing_to_s BIGINT NOT NULL
);
CREATE UNIQUE INDEX members_one_email ON members (team_id, email) WHERE removed_at IS NULL;
CREATE INDEX members_of_team ON members (team_id, joined_at, id);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    hint TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX api_keys_of_team ON api_keys (team_id, id);

-- One-time links and the sessions they open; member_id is null only on a server without a team.
CREATE TABLE sign_ins (
    hash TEXT PRIMARY KEY,
    member_id TEXT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE TABLE sessions (
    hash TEXT PRIMARY KEY,
    member_id TEXT,
    expires_at BIGINT NOT NULL
);

CREATE TABLE pairing_codes (
    hash TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    agent_id TEXT,
    checked TEXT
);

CREATE TABLE agents (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    installation_id TEXT NOT NULL,
    browser TEXT NOT NULL,
    version TEXT NOT NULL,
    account TEXT NOT NULL,
    account_name TEXT NOT NULL,
    boot_id TEXT,
    seen_account TEXT,
    paused BIGINT NOT NULL DEFAULT 0,
    outdated TEXT,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX agents_of_member ON agents (member_id, id);
CREATE INDEX agents_of_team ON agents (team_id, last_seen_at) WHERE revoked_at IS NULL;
CREATE INDEX agents_of_account ON agents (account);
CREATE UNIQUE INDEX agents_one_installation ON agents (installation_id) WHERE revoked_at IS NULL;

CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    profile_key TEXT NOT NULL,
    profile_urn TEXT,
    profile_slug TEXT,
    note TEXT,
    holds_person BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    acts BIGINT NOT NULL DEFAULT 0,
    fruitless BIGINT NOT NULL DEFAULT 0,
    lease_id TEXT,
    lease_agent TEXT,
    lease_until BIGINT,
    lease_purpose TEXT,
    account_in_hand TEXT,
    act_lease TEXT,
    act_boot TEXT,
    act_installation TEXT,
    act_agent TEXT,
    cancel_wanted BIGINT NOT NULL DEFAULT 0,
    look_at BIGINT,
    looked_elsewhere BIGINT NOT NULL DEFAULT 0,
    absent_at BIGINT,
    output TEXT,
    code TEXT,
    error TEXT,
    same_as TEXT
);
-- The two promises the table itself keeps: one open-or-sent task a person, one task in hand a LinkedIn account.
CREATE UNIQUE INDEX tasks_one_a_person ON tasks (member_id, kind, profile_key) WHERE holds_person = 1;
CREATE UNIQUE INDEX tasks_one_in_hand ON tasks (account_in_hand) WHERE account_in_hand IS NOT NULL;
-- Open tasks only: finished ones cost the queue nothing.
CREATE INDEX tasks_queue ON tasks (member_id, kind, id) WHERE state = 'queued';
CREATE INDEX tasks_expiring ON tasks (expires_at) WHERE state = 'queued';
CREATE INDEX tasks_leases ON tasks (lease_until) WHERE lease_id IS NOT NULL;
CREATE INDEX tasks_in_doubt ON tasks (member_id, look_at) WHERE state = 'unconfirmed';
CREATE INDEX tasks_of_team ON tasks (team_id, id);

CREATE TABLE attempts (
    lease_id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    account TEXT NOT NULL,
    purpose TEXT NOT NULL,
    leased_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    outcome TEXT,
    linkedin_code TEXT,
    state_after TEXT,
    spent BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX attempts_of_task ON attempts (task_id, leased_at);
CREATE INDEX attempts_spent ON attempts (account, started_at) WHERE spent = 1;
CREATE INDEX attempts_ended ON attempts (member_id, finished_at) WHERE finished_at IS NOT NULL AND started_at IS NOT NULL;

CREATE TABLE evidence (
    n $SERIAL,
    task_id TEXT NOT NULL,
    lease_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    source TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX evidence_of_task ON evidence (task_id, n);

CREATE TABLE events (
    n $SERIAL,
    id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    type TEXT NOT NULL,
    task_id TEXT,
    member_id TEXT,
    at BIGINT NOT NULL,
    data TEXT NOT NULL
);

CREATE TABLE pauses (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    cause TEXT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT,
    lasted BIGINT,
    lifted_at BIGINT,
    lifted_by TEXT
);
CREATE UNIQUE INDEX pauses_one_a_cause ON pauses (member_id, cause) WHERE lifted_at IS NULL;
CREATE INDEX pauses_ending ON pauses (until) WHERE lifted_at IS NULL;

-- Names LinkedIn resolved to ids, and people who may not be invited again yet.
CREATE TABLE known_slugs (slug TEXT PRIMARY KEY, profile_id TEXT NOT NULL, seen_at BIGINT NOT NULL);
CREATE TABLE cooldowns (
    member_id TEXT NOT NULL,
    profile_key TEXT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (member_id, profile_key)
);

-- Where a team wants to be told what happens. Secrets are sealed. (txid, n) is the last event that was put in line for it.
CREATE TABLE webhook_endpoints (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    url TEXT NOT NULL,
    types TEXT,
    payload TEXT NOT NULL,
    secret TEXT NOT NULL,
    old_secret TEXT,
    old_until BIGINT,
    txid BIGINT NOT NULL,
    n BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    delivered_at BIGINT,
    failing_since BIGINT,
    off_at BIGINT,
    off_because TEXT,
    removed_at BIGINT
);
CREATE INDEX webhook_endpoints_of_team ON webhook_endpoints (team_id, id) WHERE removed_at IS NULL;

-- One event for one endpoint; its id is the webhook-id of every try. due_at is null once it is settled.
CREATE TABLE webhook_messages (
    id TEXT PRIMARY KEY,
    endpoint_id TEXT NOT NULL,
    type TEXT NOT NULL,
    event_id TEXT,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT,
    tries BIGINT NOT NULL DEFAULT 0,
    taken_until BIGINT NOT NULL DEFAULT 0,
    delivered_at BIGINT
);
CREATE INDEX webhook_messages_due ON webhook_messages (endpoint_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_messages_made ON webhook_messages (endpoint_id, created_at);
CREATE INDEX webhook_messages_by_age ON webhook_messages (created_at);

-- Every try: what was sent, and what came back.
CREATE TABLE webhook_deliveries (
    id TEXT PRIMARY KEY,
    endpoint_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    try BIGINT NOT NULL,
    at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    request TEXT NOT NULL,
    status BIGINT,
    answer TEXT,
    error TEXT,
    next TEXT NOT NULL
);
CREATE INDEX webhook_deliveries_of_endpoint ON webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (at);

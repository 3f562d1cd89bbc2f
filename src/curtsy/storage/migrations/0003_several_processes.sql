-- What several processes on one database need.

-- Which transaction wrote an event: one that began earlier may commit later, and a cursor must not skip what it wrote.
ALTER TABLE events ADD COLUMN txid BIGINT NOT NULL DEFAULT $TXID;
CREATE INDEX events_in_order ON events (team_id, txid, n);

CREATE INDEX members_removed ON members (removed_at) WHERE removed_at IS NOT NULL;

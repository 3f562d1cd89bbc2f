-- Until when an endpoint has asked to be told nothing (Retry-After); null is not at all.
ALTER TABLE webhook_endpoints ADD COLUMN quiet_until BIGINT;

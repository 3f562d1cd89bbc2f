-- The secrets that were replaced before old_secret and sign still: a JSON list of [sealed secret, until], the newest first.
ALTER TABLE webhook_endpoints ADD COLUMN older_secrets TEXT;

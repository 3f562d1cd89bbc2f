-- Who a browser read the person of a task to be, beside what was asked for: LinkedIn's id, and a public name.
ALTER TABLE tasks ADD COLUMN seen_id TEXT;
ALTER TABLE tasks ADD COLUMN seen_slug TEXT;

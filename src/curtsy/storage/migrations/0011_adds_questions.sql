-- What a read is asked for besides a person, as JSON.
ALTER TABLE tasks ADD COLUMN question TEXT;

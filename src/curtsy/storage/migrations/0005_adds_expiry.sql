-- What is void by its age is found by its age.

CREATE INDEX known_names_by_age ON known_names (seen_at);
CREATE INDEX cooldowns_by_end ON cooldowns (until);
